#include "engine/backup/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/owned.h"

namespace hookswitch {

namespace fs = std::filesystem;

namespace {

constexpr size_t kPieceBytes = 256 * 1024;

std::unexpected<Error> io_error(std::string_view attempted, const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  const Code code = error == ENOENT ? Code::not_found : full ? Code::unavailable : Code::io;
  return fail(code, "{} {}: {}", attempted, path, std::strerror(error));
}

std::string unfinished(const std::string& path) { return path + ".new"; }

class Sha256 {
 public:
  Sha256() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string hex() {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), out, &size);
    return to_hex({reinterpret_cast<const char*>(out), size});
  }

 private:
  Owned<EVP_MD_CTX, EVP_MD_CTX_free> context_{EVP_MD_CTX_new()};
};

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace

struct NewFile::Digest : Sha256 {};

NewFile::NewFile(std::string path, int fd) : path_(std::move(path)), fd_(fd), digest_(std::make_unique<Digest>()) {}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      bytes_(other.bytes_),
      digest_(std::move(other.digest_)) {}

NewFile::~NewFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(unfinished(path_).c_str());
}

Result<NewFile> NewFile::create(const std::string& path) {
  if (auto made = make_dirs(fs::path(path).parent_path().string()); !made) return std::unexpected(made.error());
  const int fd = ::open(unfinished(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return io_error("make", path, errno);
  return NewFile(path, fd);
}

Status NewFile::write(std::string_view bytes) {
  digest_->add(bytes);
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error("write", path_, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<FileSum> NewFile::finish() {
  if (::fsync(fd_) != 0) return io_error("sync", path_, errno);
  if (::rename(unfinished(path_).c_str(), path_.c_str()) != 0) return io_error("put in place", path_, errno);
  ::close(std::exchange(fd_, -1));
  if (auto synced = sync_path(fs::path(path_).parent_path().string()); !synced) return std::unexpected(synced.error());
  return FileSum{bytes_, digest_->hex()};
}

Result<FileSum> read_file(const std::string& path, const std::function<Status(std::string_view)>& visit) {
  const OpenFile file(path);
  if (file.fd() < 0) return io_error("open", path, errno);
  std::vector<char> piece(kPieceBytes);
  Sha256 digest;
  FileSum sum;
  for (;;) {
    const ssize_t got = ::read(file.fd(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("read", path, errno);
    if (got == 0) break;
    const std::string_view bytes(piece.data(), static_cast<size_t>(got));
    digest.add(bytes);
    sum.bytes += bytes.size();
    if (!visit) continue;
    if (auto seen = visit(bytes); !seen) return std::unexpected(seen.error());
  }
  sum.sha256 = digest.hex();
  return sum;
}

Status check_file(const std::string& path, const FileSum& expected) {
  auto found = read_file(path);
  if (!found) return std::unexpected(found.error());
  if (*found == expected) return {};
  return fail(Code::corrupt, "check {}: found {} bytes with SHA-256 {}, expected {} bytes with {}", path, found->bytes,
              found->sha256, expected.bytes, expected.sha256);
}

Result<FileSum> copy_file(const std::string& from, const std::string& to) {
  auto file = NewFile::create(to);
  if (!file) return std::unexpected(file.error());
  auto copied = read_file(from, [&](std::string_view piece) { return file->write(piece); });
  if (!copied) return copied;
  return file->finish();
}

Result<FileSum> write_file(const std::string& path, std::string_view text) {
  auto file = NewFile::create(path);
  if (!file) return std::unexpected(file.error());
  if (auto written = file->write(text); !written) return std::unexpected(written.error());
  return file->finish();
}

Result<std::string> read_text(const std::string& path) {
  std::string out;
  auto read = read_file(path, [&](std::string_view piece) {
    out += piece;
    return Status();
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Status make_dirs(const std::string& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) return io_error("make directory", dir, error.value());
  return {};
}

Status remove_all(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return io_error("remove", path, error.value());
  return {};
}

Status sync_path(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int error = fd < 0 || ::fsync(fd) != 0 ? errno : 0;
  if (fd >= 0) ::close(fd);
  if (error != 0) return io_error("sync", path, error);
  return {};
}

Status move_path(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return io_error("move " + from + " to", to, errno);
  return {};
}

}  // namespace hookswitch
