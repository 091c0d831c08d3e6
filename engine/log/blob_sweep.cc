#include "engine/log/blob_sweep.h"

#include <sys/stat.h>

#include <filesystem>

#include "engine/log/blob_files.h"

namespace hookswitch {

namespace {

constexpr size_t kShards = 256;

/// Unix milliseconds of the last change; "now" for what cannot be looked at, so that it stays.
int64_t changed_ms(const std::string& path, int64_t now_ms) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) return now_ms;
  return static_cast<int64_t>(file.st_mtim.tv_sec) * 1000 + file.st_mtim.tv_nsec / 1'000'000;
}

}  // namespace

Result<size_t> BlobSweep::step(int64_t now_ms) {
  if (now_ms < due_ms_) return 0;
  const size_t shard = next_shard_++;
  if (next_shard_ == kShards) {
    next_shard_ = 0;
    due_ms_ = now_ms + kBlobSweepMs;
  }
  return sweep(shard, now_ms);
}

Result<size_t> BlobSweep::sweep(size_t shard, int64_t now_ms) const {
  const std::string prefix = fmt::format("{:02x}", shard);
  std::error_code error;
  size_t removed = 0;
  for (std::filesystem::directory_iterator file(dir_ + "/" + prefix, error), end; !error && file != end;
       file.increment(error)) {
    const std::string name = prefix + file->path().filename().string();
    if (!is_blob_name(name)) continue;
    if (changed_ms(file->path().string(), now_ms) > now_ms - kBlobOrphanMs) continue;
    auto named = store_.names_blob(name);
    if (!named) return std::unexpected(named.error());
    if (*named || (holds_ && holds_(name))) continue;
    if (auto gone = remove_blob(dir_, name); !gone) return std::unexpected(gone.error());
    ++removed;
  }
  return removed;
}

}  // namespace hookswitch
