#include "engine/log/disk_reserve.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace hookswitch {
namespace {

std::optional<struct statvfs> look_at_disk_of(const std::string& file) {
  struct statvfs disk{};
  const std::string dir = std::filesystem::path(file).parent_path().string();
  return ::statvfs(dir.c_str(), &disk) == 0 ? std::optional(disk) : std::nullopt;
}

}  // namespace

DiskReserve::DiskReserve(Options options, const Clock& clock) : options_(std::move(options)), clock_(clock) {
  fit_to_disk();
  struct stat file{};
  const bool there = ::stat(options_.file.c_str(), &file) == 0 && file.st_size > 0;
  held_ = there;
  // Of another size, as of a disk that has grown or of a start that was killed, it is made anew where there is room.
  if (there && static_cast<uint64_t>(file.st_size) != options_.bytes && !low()) give_up();
  tend();
}

uint64_t DiskReserve::free_bytes() const {
  const auto disk = look_at_disk_of(options_.file);
  // What cannot be asked is not full: the log will say so when it is.
  return disk ? static_cast<uint64_t>(disk->f_bavail) * disk->f_frsize : UINT64_MAX;
}

void DiskReserve::fit_to_disk() {
  const auto disk = look_at_disk_of(options_.file);
  if (!disk) return;
  const uint64_t all = static_cast<uint64_t>(disk->f_blocks) * disk->f_frsize;
  options_.bytes = std::min(options_.bytes, all / 8);
  options_.low_bytes = std::min(options_.low_bytes, all / 16);
}

bool DiskReserve::low() const {
  const int64_t now_us = clock_.steady_us();
  int64_t looked_us = looked_us_.load(std::memory_order_relaxed);
  if (looked_us != INT64_MIN && now_us - looked_us < options_.look_us) return low_;
  if (!looked_us_.compare_exchange_strong(looked_us, now_us)) return low_;  // another thread looks
  // Once the file is given up its room counts as used: else intake would take it, and give it up again.
  const uint64_t back = low_ ? options_.low_bytes + (held_ ? 0 : options_.bytes) : 0;
  const uint64_t needed = options_.low_bytes + back;
  low_ = free_bytes() < needed;
  return low_;
}

std::string DiskReserve::tend() {
  const bool is_low = low();
  if (is_low && held_) {
    give_up();
  } else if (!is_low && !held_ && free_bytes() / 2 > options_.bytes) {
    held_ = make();
  }
  if (is_low == told_low_) return "";
  told_low_ = is_low;
  return is_low ? fmt::format(
                      "the disk is nearly full: less than {} MiB are free; deliveries are refused with 503, the "
                      "reserve is given up",
                      options_.low_bytes >> 20)
                : "there is room on the disk again: deliveries are taken";
}

void DiskReserve::give_up() {
  ::unlink(options_.file.c_str());
  held_ = false;
}

bool DiskReserve::make() {
  const int fd = ::open(options_.file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool made = ::posix_fallocate(fd, 0, static_cast<off_t>(options_.bytes)) == 0;
  ::close(fd);
  if (!made) ::unlink(options_.file.c_str());
  return made;
}

}  // namespace hookswitch
