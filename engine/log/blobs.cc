#include "engine/log/blobs.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/base/hash.h"
#include "engine/base/owned.h"
#include "engine/log/blob_files.h"

namespace hookswitch {

namespace {

using Digest = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

std::unexpected<Error> io_error(std::string_view attempted, const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return fail(full ? Code::unavailable : Code::io, "{} {}: {}", attempted, path, std::strerror(error));
}

class FileBlobWriter final : public BlobWriter {
 public:
  FileBlobWriter(std::string dir, std::string temporary, int fd, Digest digest)
      : dir_(std::move(dir)), temporary_(std::move(temporary)), fd_(fd), digest_(std::move(digest)) {}

  ~FileBlobWriter() override {
    ::close(fd_);
    if (!finished_) ::unlink(temporary_.c_str());
  }

  Status write(std::string_view piece) override {
    if (EVP_DigestUpdate(digest_.get(), piece.data(), piece.size()) != 1) {
      return fail(Code::internal, "hash {} bytes of {}: OpenSSL refused", piece.size(), temporary_);
    }
    bytes_ += piece.size();
    while (!piece.empty()) {
      const ssize_t written = ::write(fd_, piece.data(), piece.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return io_error("write", temporary_, errno);
      piece.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  Result<std::string> finish() override {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(digest_.get(), digest, &size) != 1) {
      return fail(Code::internal, "hash {}: OpenSSL refused", temporary_);
    }
    std::string name = to_hex({reinterpret_cast<const char*>(digest), size});
    const std::string path = blob_path(dir_, name);
    std::error_code error;
    std::filesystem::create_directory(std::filesystem::path(path).parent_path(), error);
    if (error) return io_error("make the directory of", path, error.value());
    if (::rename(temporary_.c_str(), path.c_str()) != 0) return io_error("move a finished body to", path, errno);
    finished_ = true;
    return name;
  }

  uint64_t bytes() const override { return bytes_; }

 private:
  const std::string dir_;
  const std::string temporary_;
  const int fd_;
  Digest digest_;
  uint64_t bytes_ = 0;
  bool finished_ = false;
};

class FileBlobReader final : public BlobReader {
 public:
  FileBlobReader(std::string path, int fd, uint64_t bytes) : path_(std::move(path)), fd_(fd), bytes_(bytes) {}
  ~FileBlobReader() override { ::close(fd_); }

  uint64_t bytes() const override { return bytes_; }

  Result<std::string> read(uint64_t offset, size_t bytes) const override {
    std::string out(offset < bytes_ ? std::min<uint64_t>(bytes, bytes_ - offset) : 0, '\0');
    for (size_t have = 0; have < out.size();) {
      const ssize_t got = ::pread(fd_, out.data() + have, out.size() - have, static_cast<off_t>(offset + have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return io_error("read", path_, errno);
      if (got == 0) return fail(Code::corrupt, "read {}: it ends at {}, of {} bytes", path_, offset + have, bytes_);
      have += static_cast<size_t>(got);
    }
    return out;
  }

 private:
  const std::string path_;
  const int fd_;
  const uint64_t bytes_;
};

class FileBlobs final : public Blobs {
 public:
  explicit FileBlobs(std::string dir) : dir_(std::move(dir)) {}

  Result<std::unique_ptr<BlobWriter>> create() override {
    Digest digest(EVP_MD_CTX_new());
    if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) {
      return fail(Code::internal, "begin to hash a body: OpenSSL refused");
    }
    std::string temporary = fmt::format("{}/tmp/{}-{}", dir_, ::getpid(), next_++);
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return io_error("make", temporary, errno);
    return std::make_unique<FileBlobWriter>(dir_, std::move(temporary), fd, std::move(digest));
  }

  Result<std::string> read(std::string_view name) const override {
    if (!is_blob_name(name)) return fail(Code::invalid, "read a blob: the name is not a SHA-256 in lower-case hex");
    const std::string at = blob_path(dir_, name);
    std::ifstream in(at, std::ios::binary);
    if (!in) return fail(errno == ENOENT ? Code::not_found : Code::io, "open {}: {}", at, std::strerror(errno));
    std::string body(std::istreambuf_iterator<char>(in), {});
    if (in.bad()) return fail(Code::io, "read {}: the read failed after {} bytes", at, body.size());
    if (sha256_hex(body) != name) {
      return fail(Code::corrupt, "read {}: its {} bytes do not have the hash it is named after", at, body.size());
    }
    return body;
  }

  Result<std::unique_ptr<BlobReader>> open_reader(std::string_view name) const override {
    if (!is_blob_name(name)) return fail(Code::invalid, "open a blob: the name is not a SHA-256 in lower-case hex");
    std::string at = blob_path(dir_, name);
    const int fd = ::open(at.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(errno == ENOENT ? Code::not_found : Code::io, "open {}: {}", at, std::strerror(errno));
    struct stat file{};
    if (::fstat(fd, &file) != 0) {
      const int error = errno;
      ::close(fd);
      return io_error("look at", at, error);
    }
    return std::make_unique<FileBlobReader>(std::move(at), fd, static_cast<uint64_t>(file.st_size));
  }

  std::string path(std::string_view name) const override { return is_blob_name(name) ? blob_path(dir_, name) : ""; }

  Status remove(std::string_view name) override {
    if (!is_blob_name(name)) return fail(Code::invalid, "remove a blob: the name is not a SHA-256 in lower-case hex");
    return remove_blob(dir_, name);
  }

 private:
  const std::string dir_;
  std::atomic<uint64_t> next_ = 0;
};

}  // namespace

Result<std::unique_ptr<Blobs>> Blobs::open(const std::string& dir) {
  const std::filesystem::path temporary = std::filesystem::path(dir) / "tmp";
  std::error_code error;
  std::filesystem::remove_all(temporary, error);
  if (!error) std::filesystem::create_directories(temporary, error);
  if (error) return io_error("prepare", temporary.string(), error.value());
  return std::make_unique<FileBlobs>(dir);
}

std::unique_ptr<const Blobs> Blobs::open_to_read(const std::string& dir) { return std::make_unique<FileBlobs>(dir); }

}  // namespace hookswitch
