#include "tests/torture/ledger.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/torture/log_reader.h"

namespace hookswitch::torture {
namespace {

// Both kinds of delivery carry it behind a word that nothing else uses.
constexpr std::string_view kMark = "torture_";
constexpr size_t kDigits = 10;

std::string blob_bytes(const std::string& data_dir, std::string_view name) {
  std::string path = fmt::format("{}/blobs/{}/{}", data_dir, name.substr(0, 2), name.substr(2));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("a record names a blob that does not exist: " + path);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

}  // namespace

std::string id_in(std::string_view body) {
  size_t at = body.find(kMark);
  return at == std::string_view::npos ? "" : std::string(body.substr(at, kMark.size() + kDigits));
}

void Ledger::sent(const std::string& id, uint64_t body_hash) {
  std::lock_guard lock(mutex_);
  hashes_[id] = body_hash;
}

void Ledger::acknowledged(uint64_t seq, const std::string& id) {
  std::lock_guard lock(mutex_);
  acknowledged_ids_.push_back(id);
  unchecked_[seq] = id;
}

void Ledger::check_log(const std::string& data_dir) {
  std::lock_guard lock(mutex_);
  const bool nothing_promised = read_to_ == 0 && acknowledged_ids_.empty();
  if (nothing_promised && !std::filesystem::exists(data_dir + "/log/data.mdb")) return;  // killed before it was made
  LogExtent extent = read_log(data_dir + "/log", read_to_ + 1, [&](const LoggedRecord& record) {
    if (record.kind != 1) return;
    std::string blob = record.is_blob ? blob_bytes(data_dir, record.body) : std::string();
    std::string_view body = record.is_blob ? blob : record.body;
    std::string id = id_in(body);
    if (!id.empty()) check_record(record.seq, id, XXH3_64bits(body.data(), body.size()));
  });
  if (extent.first_seq > read_to_ + 1) {
    throw std::runtime_error(
        fmt::format("records up to {} were trimmed before anybody looked at those from {}: let the log keep more",
                    extent.first_seq - 1, read_to_ + 1));
  }
  if (extent.last_seq < read_to_) {
    throw std::runtime_error(fmt::format("the log ended at {} and now ends at {}", read_to_, extent.last_seq));
  }
  read_to_ = extent.last_seq;
  if (!unchecked_.empty()) {
    throw std::runtime_error(fmt::format("LOST: {} acknowledged deliveries are not in the log, the first one {} at {}",
                                         unchecked_.size(), unchecked_.begin()->second, unchecked_.begin()->first));
  }
}

void Ledger::check_record(uint64_t seq, const std::string& id, uint64_t body_hash) {
  auto known = hashes_.find(id);
  if (known == hashes_.end()) throw std::runtime_error(fmt::format("{} holds {}, which nobody sent", seq, id));
  if (known->second != body_hash) throw std::runtime_error(fmt::format("{} holds {} with other bytes", seq, id));
  auto promised = unchecked_.find(seq);
  if (promised != unchecked_.end()) {
    if (promised->second != id) {
      throw std::runtime_error(fmt::format("{} was promised to {} and holds {}", seq, promised->second, id));
    }
    unchecked_.erase(promised);
  }
  in_log_.insert(id);
}

size_t Ledger::acknowledged_count() const {
  std::lock_guard lock(mutex_);
  return acknowledged_ids_.size();
}

std::vector<std::string> Ledger::sample(size_t count) const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  size_t step = std::max<size_t>(1, acknowledged_ids_.size() / count);
  for (size_t i = 0; i < acknowledged_ids_.size(); i += step) out.push_back(acknowledged_ids_[i]);
  return out;
}

}  // namespace hookswitch::torture
