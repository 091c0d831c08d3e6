#include "engine/log/file_extender.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace hookswitch {

namespace {

constexpr size_t kPieceBytes = 256 * 1024;        // one write
constexpr uint64_t kSyncEvery = 4 * 1024 * 1024;  // so that a commit's own sync finds little of it left to do
const std::array<char, kPieceBytes> kZeros{};

}  // namespace

FileExtender::FileExtender(std::string path, uint64_t ahead_bytes) : path_(std::move(path)), ahead_bytes_(ahead_bytes) {
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

void FileExtender::used(uint64_t bytes) {
  if (ahead_bytes_ == 0 || bytes < low_water_.load(std::memory_order_relaxed)) return;
  {
    std::lock_guard lock(mutex_);
    target_ = bytes + ahead_bytes_;
    low_water_ = bytes + ahead_bytes_ / 2;
  }
  asked_.notify_all();
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
    lock.lock();
    done = target;  // also when it failed: the next call of used() beyond the mark asks again
  }
}

void FileExtender::extend_to(uint64_t target) {
  const int fd = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return;
  uint64_t since_sync = 0;
  for (struct stat file{}; ::fstat(fd, &file) == 0 && static_cast<uint64_t>(file.st_size) < target;) {
    const uint64_t missing = target - static_cast<uint64_t>(file.st_size);
    const ssize_t written = ::write(fd, kZeros.data(), std::min<uint64_t>(kPieceBytes, missing));
    if (written <= 0) break;  // the disk is full: what is left of it serves the log itself
    since_sync += static_cast<uint64_t>(written);
    if (since_sync >= kSyncEvery) {
      ::fdatasync(fd);  // a failure is the commit's to find, for its own pages
      since_sync = 0;
    }
  }
  ::fdatasync(fd);
  ::close(fd);
}

}  // namespace hookswitch
