#include "engine/outbox/file_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMendBytes = 64 * 1024;  // read at once in search of the last line's beginning

std::unexpected<Error> failed(const char* doing, const std::string& path) {
  return fail(Code::io, "{} sink file {}: {}", doing, path, std::strerror(errno));
}

bool write_all(int fd, const std::string& bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t wrote = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += static_cast<size_t>(wrote);
  }
  return true;
}

void sync_directory(const std::string& path) {
  fs::path parent = fs::path(path).parent_path();
  int fd = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

std::string numbered(const std::string& path, int n) { return fmt::format("{}.{}", path, n); }

}  // namespace

FileSink::~FileSink() { close(); }

void FileSink::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Status FileSink::write(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines) bytes.append(line).append("\n");
  if (fd_ >= 0 && moved_away()) close();
  if (fd_ < 0) {
    if (auto opened = open(); !opened) return opened;
  }
  if (bytes_ > 0 && bytes_ + bytes.size() > rotate_bytes_) {
    if (auto rotated = rotate(); !rotated) return rotated;
  }
  if (!write_all(fd_, bytes) || ::fdatasync(fd_) != 0) {
    auto error = failed("write", path_);
    static_cast<void>(::ftruncate(fd_, static_cast<off_t>(bytes_)));
    close();
    return error;
  }
  bytes_ += bytes.size();
  return {};
}

Status FileSink::open() {
  std::error_code ignored;
  fs::path parent = fs::path(path_).parent_path();
  if (!parent.empty()) fs::create_directories(parent, ignored);
  fd_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd_ < 0) return failed("open", path_);
  sync_directory(path_);
  auto mended = mend();
  if (!mended) close();
  return mended;
}

// Somebody's log rotation, or a person, took the file away or put another in its place.
bool FileSink::moved_away() const {
  struct stat here{}, there{};
  return ::fstat(fd_, &here) != 0 || ::stat(path_.c_str(), &there) != 0 || here.st_ino != there.st_ino ||
         here.st_dev != there.st_dev;
}

Status FileSink::mend() {
  off_t size = ::lseek(fd_, 0, SEEK_END);
  if (size < 0) return failed("read", path_);
  off_t end = size;
  std::string piece;
  while (end > 0) {
    off_t from = std::max<off_t>(0, end - static_cast<off_t>(kMendBytes));
    piece.resize(static_cast<size_t>(end - from));
    if (::pread(fd_, piece.data(), piece.size(), from) != static_cast<ssize_t>(piece.size()))
      return failed("read", path_);
    size_t newline = piece.rfind('\n');
    end = newline == std::string::npos ? from : from + static_cast<off_t>(newline) + 1;
    if (newline != std::string::npos) break;
  }
  if (end != size && ::ftruncate(fd_, end) != 0) return failed("cut", path_);
  bytes_ = static_cast<uint64_t>(end);
  return {};
}

Status FileSink::rotate() {
  close();
  std::error_code ignored;
  fs::remove(numbered(path_, keep_), ignored);
  for (int n = keep_ - 1; n >= 1; --n) fs::rename(numbered(path_, n), numbered(path_, n + 1), ignored);
  if (keep_ > 0 ? ::rename(path_.c_str(), numbered(path_, 1).c_str()) != 0 : ::unlink(path_.c_str()) != 0)
    return failed("rotate", path_);
  return open();
}

}  // namespace hookswitch
