#include "engine/doctor/refusal_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".refusal";

std::optional<std::string> read_file(DIR* dir, const std::string& file) {
  const int fd = ::openat(::dirfd(dir), file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat found{};
  std::string text;
  if (fd >= 0 && ::fstat(fd, &found) == 0) text.resize(static_cast<size_t>(found.st_size));
  const bool read = fd >= 0 && ::read(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  return read ? std::optional(std::move(text)) : std::nullopt;
}

// Only its owner may read: bodies hold what people said.
Status write_file(DIR* dir, const std::string& file, const std::string& text) {
  const std::string fresh = file + ".new";
  const int in = ::dirfd(dir);
  int fd = ::openat(in, fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  int error = errno;
  if (fd >= 0) ::close(fd);
  if (written && ::renameat(in, fresh.c_str(), in, file.c_str()) == 0) return {};
  ::unlinkat(in, fresh.c_str(), 0);
  return fail(Code::io, "write {}: {}", file, std::strerror(error));
}

std::string file_of(uint64_t id) { return fmt::format("{:012}{}", id, kSuffix); }
std::string place_of(uint64_t id) { return fmt::format("refusal {}", id); }

uint64_t id_of(const fs::path& file) {
  std::string stem = file.stem().string();
  uint64_t id = 0;
  auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), id);
  bool whole = error == std::errc() && end == stem.data() + stem.size();
  return whole && file.extension() == kSuffix ? id : 0;
}

}  // namespace

Result<RefusalFiles> RefusalFiles::open(const std::string& dir, RefusalBounds bounds,
                                        std::shared_ptr<const Keys> keys) {
  std::error_code error;
  fs::create_directories(dir, error);
  fs::permissions(dir, fs::perms::owner_all, error);
  if (error) return fail(Code::io, "open {}: {}", dir, error.message());
  Directory opened(::opendir(dir.c_str()));
  if (!opened) return fail(Code::io, "open {}: {}", dir, std::strerror(errno));
  RefusalFiles out(std::move(opened), bounds, std::move(keys));
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    uint64_t id = id_of(entry.path());
    auto text = id == 0 ? std::nullopt : out.text_in(entry.path().filename().string(), id);
    auto refusal = text ? refusal_of(*text) : std::nullopt;
    if (!refusal) {
      std::error_code ignored;
      fs::remove(entry.path(), ignored);
      continue;
    }
    refusal->id = id;
    out.enter(*refusal, text->size());
  }
  return out;
}

void RefusalFiles::enter(const RefusedDelivery& refusal, size_t bytes) {
  std::string group = refusal.source + ' ' + refusal.code;
  ++groups_[group];
  bytes_ += bytes;
  last_id_ = std::max(last_id_, refusal.id);
  entries_[refusal.id] = {refusal.time_ms, bytes, refusal.source, std::move(group)};
}

Status RefusalFiles::add(RefusedDelivery& refusal, int64_t now_ms) {
  refusal.id = ++last_id_;
  std::string text = text_of(refusal);
  if (keys_) text = keys_->sealed(place_of(refusal.id), text);
  if (auto written = write_file(dir_.get(), file_of(refusal.id), text); !written) return written;
  enter(refusal, text.size());
  remove_older_than(now_ms - bounds_.keep_ms);
  while (entries_.size() > bounds_.count || bytes_ > bounds_.bytes) remove(most_expendable());
  return {};
}

/// The oldest of those of which there are most.
uint64_t RefusalFiles::most_expendable() const {
  auto most = std::ranges::max_element(groups_, {}, [](const auto& group) { return group.second; });
  auto oldest = std::ranges::find(entries_, most->first, [](const auto& entry) { return entry.second.group; });
  return oldest->first;
}

std::vector<RefusedDelivery> RefusalFiles::newest(const std::string& source, size_t count) const {
  std::vector<RefusedDelivery> out;
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && out.size() < count; ++entry) {
    if (!source.empty() && entry->second.source != source) continue;
    if (auto refusal = find(entry->first)) out.push_back(std::move(*refusal));
  }
  return out;
}

std::optional<RefusedDelivery> RefusalFiles::find(uint64_t id) const {
  if (!entries_.contains(id)) return std::nullopt;
  auto text = text_in(file_of(id), id);
  auto refusal = text ? refusal_of(*text) : std::nullopt;
  if (refusal) refusal->id = id;
  return refusal;
}

// A file from before there were keys is in clear.
std::optional<std::string> RefusalFiles::text_in(const std::string& file, uint64_t id) const {
  auto text = read_file(dir_.get(), file);
  if (!text || !keys_ || !keys_->has(key_id_of(*text))) return text;
  auto opened = keys_->opened(place_of(id), *text);
  return opened ? std::optional(std::move(*opened)) : std::nullopt;
}

uint64_t RefusalFiles::forget(const std::function<bool(const RefusedDelivery&)>& is_meant) {
  std::vector<uint64_t> ids;
  for (const auto& [id, entry] : entries_) {
    auto refusal = find(id);
    if (refusal && is_meant(*refusal)) ids.push_back(id);
  }
  for (uint64_t id : ids) remove(id);
  return ids.size();
}

void RefusalFiles::remove(uint64_t id) {
  auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  ::unlinkat(::dirfd(dir_.get()), file_of(id).c_str(), 0);
  bytes_ -= entry->second.bytes;
  if (--groups_[entry->second.group] == 0) groups_.erase(entry->second.group);
  entries_.erase(entry);
}

void RefusalFiles::remove_older_than(int64_t time_ms) {
  while (!entries_.empty() && entries_.begin()->second.time_ms < time_ms) remove(entries_.begin()->first);
}

}  // namespace hookswitch
