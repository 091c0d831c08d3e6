#include "engine/log/blobs.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/log/blob_files.h"
#include "engine/log/blob_io.h"

namespace hookswitch {
namespace {

class FileBlobs final : public Blobs {
 public:
  FileBlobs(std::string dir, std::shared_ptr<const Keys> keys) : dir_(std::move(dir)), keys_(std::move(keys)) {}

  Result<std::unique_ptr<BlobWriter>> create() override {
    return write_blob(dir_, fmt::format("{}/tmp/{}-{}", dir_, ::getpid(), next_++), keys_.get());
  }

  Result<std::string> read(std::string_view name) const override {
    auto reader = open_reader(name);
    if (!reader) return std::unexpected(reader.error());
    auto body = (*reader)->read(0, (*reader)->bytes());
    if (!body) return body;
    if (sha256_hex(*body) != name) {
      return fail(Code::corrupt, "read {}: its {} bytes do not have the hash it is named after", path(name),
                  body->size());
    }
    return body;
  }

  Result<std::unique_ptr<BlobReader>> open_reader(std::string_view name) const override {
    if (!is_blob_name(name)) return fail(Code::invalid, "open a blob: the name is not a SHA-256 in lower-case hex");
    return read_blob(blob_path(dir_, name), keys_.get());
  }

  std::string path(std::string_view name) const override { return is_blob_name(name) ? blob_path(dir_, name) : ""; }

  Status remove(std::string_view name) override {
    if (!is_blob_name(name)) return fail(Code::invalid, "remove a blob: the name is not a SHA-256 in lower-case hex");
    return remove_blob(dir_, name);
  }

 private:
  const std::string dir_;
  const std::shared_ptr<const Keys> keys_;
  std::atomic<uint64_t> next_ = 0;
};

}  // namespace

Result<std::unique_ptr<Blobs>> Blobs::open(const std::string& dir, std::shared_ptr<const Keys> keys) {
  const std::filesystem::path temporary = std::filesystem::path(dir) / "tmp";
  std::error_code error;
  std::filesystem::remove_all(temporary, error);
  if (!error) std::filesystem::create_directories(temporary, error);
  if (error) return blob_error("prepare", temporary.string(), error.value());
  return std::make_unique<FileBlobs>(dir, std::move(keys));
}

std::unique_ptr<const Blobs> Blobs::open_to_read(const std::string& dir, std::shared_ptr<const Keys> keys) {
  return std::make_unique<FileBlobs>(dir, std::move(keys));
}

}  // namespace hookswitch
