#include "engine/log/file_extender.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace hookswitch {

namespace {

// One write: large, because each one makes the next commit flush the file's new length.
constexpr size_t kPieceBytes = 1024 * 1024;
constexpr std::chrono::milliseconds kPause{2};
constexpr size_t kDirectAlignment = 4096;
alignas(kDirectAlignment) const std::array<char, kPieceBytes> kZeros{};

int open_to_append(const std::string& path) {
  const int flags = O_WRONLY | O_APPEND | O_CLOEXEC;
  const int fd = ::open(path.c_str(), flags | O_DIRECT);
  return fd < 0 && errno == EINVAL ? ::open(path.c_str(), flags) : fd;
}

/// Appends up to `bytes` zeros; returns how many, or -1.
ssize_t append_zeros(int fd, uint64_t bytes) {
  const size_t piece = std::min<uint64_t>(kPieceBytes, bytes);
  const ssize_t written = ::write(fd, kZeros.data(), piece);
  if (written >= 0 || errno != EINVAL) return written;
  ::fcntl(fd, F_SETFL, O_APPEND);  // this file cannot be written past the page cache: no O_DIRECT any more
  return ::write(fd, kZeros.data(), piece);
}

}  // namespace

FileExtender::FileExtender(std::string path, uint64_t ahead_bytes, std::function<void()> afterwards)
    : path_(std::move(path)), ahead_bytes_(ahead_bytes), afterwards_(std::move(afterwards)) {
  if (ahead_bytes_ > 0) thread_ = std::thread([this] { run(); });
}

FileExtender::~FileExtender() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  asked_.notify_all();
  thread_.join();
}

bool FileExtender::used(uint64_t bytes) {
  used_.store(bytes, std::memory_order_relaxed);
  if (ahead_bytes_ == 0 || bytes < low_water_.load(std::memory_order_relaxed)) return false;
  {
    std::lock_guard lock(mutex_);
    target_ = bytes + ahead_bytes_;
    low_water_ = bytes + ahead_bytes_ / 2;
  }
  asked_.notify_all();
  return true;
}

void FileExtender::run() {
  std::unique_lock lock(mutex_);
  uint64_t done = 0;
  for (;;) {
    asked_.wait(lock, [&] { return stop_ || target_ > done; });
    if (stop_) return;
    const uint64_t target = target_;
    lock.unlock();
    extend_to(target);
    if (afterwards_) afterwards_();
    lock.lock();
    done = target;  // also when it failed: the next call of used() beyond the mark asks again
  }
}

void FileExtender::extend_to(uint64_t target) {
  const int fd = open_to_append(path_);
  if (fd < 0) return;
  for (struct stat file{}; ::fstat(fd, &file) == 0 && static_cast<uint64_t>(file.st_size) < target;) {
    // No more once the disk is full: what is left of it serves the log itself.
    if (append_zeros(fd, target - static_cast<uint64_t>(file.st_size)) <= 0) break;
    if (!pause(static_cast<uint64_t>(file.st_size))) break;
  }
  ::fdatasync(fd);  // a failure is the commit's to find, for its own pages
  ::close(fd);
}

/// A write keeps commits out of the file for its time, so while there is room they have their turn between two.
bool FileExtender::pause(uint64_t file_bytes) {
  std::unique_lock lock(mutex_);
  const bool urgent = used_ + ahead_bytes_ / 4 > file_bytes;
  if (!urgent) asked_.wait_for(lock, kPause, [&] { return stop_; });
  return !stop_;
}

}  // namespace hookswitch
