#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

#include "engine/base/hash.h"
#include "engine/base/owned.h"
#include "engine/log/blob_files.h"
#include "engine/log/blob_io.h"
#include "engine/log/blob_seal.h"

namespace hookswitch {
namespace {

using Digest = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

class FileBlobWriter final : public BlobWriter {
 public:
  FileBlobWriter(std::string dir, std::string temporary, int fd, Digest digest)
      : dir_(std::move(dir)), temporary_(std::move(temporary)), fd_(fd), digest_(std::move(digest)) {}

  ~FileBlobWriter() override {
    ::close(fd_);
    if (!finished_) ::unlink(temporary_.c_str());
  }

  /// Before the first write().
  Status begin_sealed(BlobSeal seal) {
    seal_ = std::move(seal);
    return write_bytes(seal_->front());
  }

  Status write(std::string_view piece) override {
    if (EVP_DigestUpdate(digest_.get(), piece.data(), piece.size()) != 1) {
      return fail(Code::internal, "hash {} bytes of {}: OpenSSL refused", piece.size(), temporary_);
    }
    bytes_ += piece.size();
    return seal_ ? write_sealed(piece) : write_bytes(piece);
  }

  Result<std::string> finish() override {
    if (seal_) {
      if (auto last = write_chunk(true); !last) return std::unexpected(last.error());
    }
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(digest_.get(), digest, &size) != 1) {
      return fail(Code::internal, "hash {}: OpenSSL refused", temporary_);
    }
    std::string name = to_hex({reinterpret_cast<const char*>(digest), size});
    const std::string path = blob_path(dir_, name);
    std::error_code error;
    std::filesystem::create_directory(std::filesystem::path(path).parent_path(), error);
    if (error) return blob_error("make the directory of", path, error.value());
    if (auto placed = place(path); !placed) return std::unexpected(placed.error());
    finished_ = true;
    return name;
  }

  uint64_t bytes() const override { return bytes_; }

 private:
  // A file that is there already belongs to records that were acknowledged: only one that is on disk itself may take
  // its place. A new one is synced later, by whoever appends the first record that names it.
  Status place(const std::string& path) const {
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return {};
    bool there = errno == EEXIST || errno == EINVAL;  // EINVAL: the file system cannot tell
    if (there && ::fsync(fd_) == 0 && ::rename(temporary_.c_str(), path.c_str()) == 0) return {};
    return blob_error("move a finished body to", path, errno);
  }

  // A full chunk is written when more comes, for the last one is sealed otherwise.
  Status write_sealed(std::string_view piece) {
    while (!piece.empty()) {
      if (chunk_.size() == kBlobChunkBytes) {
        if (auto written = write_chunk(false); !written) return written;
      }
      const size_t taken = std::min(piece.size(), kBlobChunkBytes - chunk_.size());
      chunk_.append(piece.substr(0, taken));
      piece.remove_prefix(taken);
    }
    return {};
  }

  Status write_chunk(bool last) {
    if (auto sealed = seal_->seal(chunks_++, last, chunk_, sealed_); !sealed) return sealed;
    chunk_.clear();
    return write_bytes(sealed_);
  }

  Status write_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return blob_error("write", temporary_, errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  const std::string dir_;
  const std::string temporary_;
  const int fd_;
  Digest digest_;
  std::optional<BlobSeal> seal_;
  std::string chunk_, sealed_;  // what waits to be sealed, and the room it is sealed into
  uint64_t chunks_ = 0;
  uint64_t bytes_ = 0;
  bool finished_ = false;
};

}  // namespace

std::unexpected<Error> blob_error(std::string_view attempted, const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return fail(full ? Code::unavailable : Code::io, "{} {}: {}", attempted, path, std::strerror(error));
}

Result<std::unique_ptr<BlobWriter>> write_blob(const std::string& dir, const std::string& temporary, const Keys* keys) {
  Digest digest(EVP_MD_CTX_new());
  if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) {
    return fail(Code::internal, "begin to hash a body: OpenSSL refused");
  }
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return blob_error("make", temporary, errno);
  auto writer = std::make_unique<FileBlobWriter>(dir, temporary, fd, std::move(digest));
  if (keys == nullptr) return writer;
  auto seal = BlobSeal::make(*keys);
  if (!seal) return std::unexpected(seal.error());
  if (auto begun = writer->begin_sealed(std::move(*seal)); !begun) return std::unexpected(begun.error());
  return writer;
}

}  // namespace hookswitch
