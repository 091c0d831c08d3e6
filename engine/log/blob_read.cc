#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/log/blob_io.h"
#include "engine/log/blob_seal.h"

namespace hookswitch {
namespace {

class BlobFile {
 public:
  BlobFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  BlobFile(BlobFile&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  BlobFile& operator=(BlobFile&&) = delete;
  ~BlobFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  const std::string& path() const { return path_; }

  Result<uint64_t> bytes() const {
    struct stat file{};
    if (::fstat(fd_, &file) != 0) return blob_error("look at", path_, errno);
    return static_cast<uint64_t>(file.st_size);
  }

  /// Exactly so many, or `corrupt`.
  Status read(uint64_t offset, size_t bytes, std::string& out) const {
    out.resize(bytes);
    for (size_t have = 0; have < bytes;) {
      const ssize_t got = ::pread(fd_, out.data() + have, bytes - have, static_cast<off_t>(offset + have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return blob_error("read", path_, errno);
      if (got == 0)
        return fail(Code::corrupt, "read {}: it ends at {}, of {} bytes", path_, offset + have, offset + bytes);
      have += static_cast<size_t>(got);
    }
    return {};
  }

 private:
  const std::string path_;
  int fd_;
};

class PlainReader final : public BlobReader {
 public:
  PlainReader(BlobFile file, uint64_t bytes) : file_(std::move(file)), bytes_(bytes) {}

  uint64_t bytes() const override { return bytes_; }

  Result<std::string> read(uint64_t offset, size_t bytes) const override {
    std::string out;
    const size_t wanted = offset < bytes_ ? std::min<uint64_t>(bytes, bytes_ - offset) : 0;
    if (auto read = file_.read(offset, wanted, out); !read) return std::unexpected(read.error());
    return out;
  }

 private:
  const BlobFile file_;
  const uint64_t bytes_;
};

class SealedReader final : public BlobReader {
 public:
  SealedReader(BlobFile file, BlobSeal seal, uint64_t bytes)
      : file_(std::move(file)), seal_(std::move(seal)), bytes_(bytes) {}

  uint64_t bytes() const override { return bytes_; }

  Result<std::string> read(uint64_t offset, size_t bytes) const override {
    std::string out;
    const uint64_t end = offset < bytes_ ? offset + std::min<uint64_t>(bytes, bytes_ - offset) : offset;
    out.reserve(end - offset);
    while (offset < end) {
      const uint64_t number = offset / kBlobChunkBytes;
      if (auto opened = open_chunk(number); !opened) return std::unexpected(opened.error());
      const size_t at = offset % kBlobChunkBytes;
      const size_t taken = std::min<uint64_t>(end - offset, chunk_.size() - at);
      out.append(chunk_, at, taken);
      offset += taken;
    }
    return out;
  }

 private:
  // A reader goes through a chunk in many small pieces: the one opened last is kept.
  Status open_chunk(uint64_t number) const {
    if (number_ == number) return {};
    number_.reset();
    const uint64_t begin = number * kBlobChunkBytes;
    const size_t size = std::min<uint64_t>(kBlobChunkBytes, bytes_ - begin);
    const uint64_t at = kBlobFrontBytes + number * (kBlobChunkBytes + kSealTagBytes);
    if (auto read = file_.read(at, size + kSealTagBytes, sealed_); !read) return read;
    auto opened = seal_.open(number, begin + size == bytes_, sealed_, chunk_);
    if (!opened) return wrap(opened.error(), "read " + file_.path());
    number_ = number;
    return {};
  }

  const BlobFile file_;
  mutable BlobSeal seal_;
  const uint64_t bytes_;
  mutable std::optional<uint64_t> number_;  // of the chunk in chunk_
  mutable std::string sealed_, chunk_;
};

}  // namespace

Result<std::unique_ptr<BlobReader>> read_blob(const std::string& path, const Keys* keys) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(errno == ENOENT ? Code::not_found : Code::io, "open {}: {}", path, std::strerror(errno));
  BlobFile file(path, fd);
  auto bytes = file.bytes();
  if (!bytes) return std::unexpected(bytes.error());
  std::string front;
  if (auto read = file.read(0, std::min<uint64_t>(*bytes, kBlobFrontBytes), front); !read)
    return std::unexpected(read.error());
  auto seal = BlobSeal::read(front, keys);
  if (!seal) return wrap(seal.error(), "read " + path);
  if (!*seal) return std::make_unique<PlainReader>(std::move(file), *bytes);
  auto body_bytes = BlobSeal::body_bytes(*bytes);
  if (!body_bytes) return fail(Code::corrupt, "read {}: no sealed body has a file of {} bytes", path, *bytes);
  return std::make_unique<SealedReader>(std::move(file), std::move(**seal), *body_bytes);
}

}  // namespace hookswitch
