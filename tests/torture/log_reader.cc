#include "tests/torture/log_reader.h"

#include <fmt/format.h>
#include <lmdb.h>
#include <xxhash.h>

#include <cstring>
#include <memory>
#include <stdexcept>

namespace hookswitch::torture {
namespace {

constexpr size_t kGroupHeader = 56;
constexpr size_t kRecordHeader = 48;

void must(int code, const char* what) {
  if (code != MDB_SUCCESS) throw std::runtime_error(fmt::format("{}: {}", what, mdb_strerror(code)));
}

template <typename Number>
Number number(std::string_view bytes, size_t at) {
  if (at + sizeof(Number) > bytes.size()) throw std::runtime_error("a number lies outside of its group");
  Number value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// Keys are big-endian, so that they sort.
uint64_t big_endian(const unsigned char* bytes, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

LoggedRecord record_at(std::string_view group, size_t at, uint64_t seq) {
  auto bytes = number<uint32_t>(group, at + 8);
  if (bytes < kRecordHeader || at + bytes > group.size()) {
    throw std::runtime_error(fmt::format("record {}: {} bytes do not fit into its group", seq, bytes));
  }
  std::string_view record = group.substr(at, bytes);
  if (XXH3_64bits_withSeed(record.data() + 8, record.size() - 8, seq) != number<uint64_t>(record, 0)) {
    throw std::runtime_error(fmt::format("record {}: its checksum does not match", seq));
  }
  auto source_bytes = number<uint16_t>(record, 14);
  auto header_bytes = number<uint32_t>(record, 32);
  auto body_bytes = number<uint32_t>(record, 36);
  if (kRecordHeader + source_bytes + header_bytes + body_bytes != record.size()) {
    throw std::runtime_error(fmt::format("record {}: its parts do not add up to {} bytes", seq, record.size()));
  }
  return {.seq = seq,
          .kind = static_cast<unsigned char>(record[12]),
          .source = record.substr(kRecordHeader, source_bytes),
          .body = record.substr(kRecordHeader + source_bytes + header_bytes, body_bytes),
          .is_blob = (record[13] & 1) != 0};
}

struct Opened {
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  MDB_cursor* cursor = nullptr;

  explicit Opened(const std::string& dir) {
    must(mdb_env_create(&env), "making an environment");
    must(mdb_env_set_maxdbs(env, 16), "asking for tables");
    must(mdb_env_open(env, dir.c_str(), MDB_RDONLY | MDB_NOLOCK, 0644), ("opening " + dir).c_str());
    must(mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn), "beginning to read");
    MDB_dbi groups;
    must(mdb_dbi_open(txn, "groups", 0, &groups), "opening the table of groups");
    must(mdb_cursor_open(txn, groups, &cursor), "opening a cursor");
  }
  ~Opened() {
    if (cursor != nullptr) mdb_cursor_close(cursor);
    if (txn != nullptr) mdb_txn_abort(txn);
    mdb_env_close(env);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
};

}  // namespace

LogExtent read_log(const std::string& dir, uint64_t from_seq, const std::function<void(const LoggedRecord&)>& visit) {
  Opened log(dir);
  LogExtent extent;
  MDB_val key, value;
  for (int found = mdb_cursor_get(log.cursor, &key, &value, MDB_FIRST); found != MDB_NOTFOUND;
       found = mdb_cursor_get(log.cursor, &key, &value, MDB_NEXT)) {
    must(found, "reading a group");
    const auto* key_bytes = static_cast<const unsigned char*>(key.mv_data);
    uint64_t first = big_endian(key_bytes, 8);
    uint64_t count = big_endian(key_bytes + 8, 4);
    std::string_view group(static_cast<const char*>(value.mv_data), value.mv_size);
    if (extent.first_seq == 0) extent.first_seq = first;
    if (extent.last_seq != 0 && first != extent.last_seq + 1) {
      throw std::runtime_error(fmt::format("a gap: sequence {} follows {}", first, extent.last_seq));
    }
    if (group.substr(0, 4) != "HSGR" || number<uint64_t>(group, 8) != first || number<uint32_t>(group, 16) != count) {
      throw std::runtime_error(fmt::format("the group of sequence {} says something else than its key", first));
    }
    extent.last_seq = first + count - 1;
    if (extent.last_seq < from_seq) continue;
    for (uint64_t i = 0; i < count; ++i) {
      if (first + i < from_seq) continue;
      visit(record_at(group, number<uint32_t>(group, kGroupHeader + 4 * i), first + i));
      ++extent.records;
    }
  }
  return extent;
}

}  // namespace hookswitch::torture
