// Bodies too large for the log: content-addressed files in data/blobs, written as they arrive.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/sealing/keys.h"

namespace hookswitch {

/// A body on its way in. Write pieces, then finish(); destroyed without finish() the temporary file is removed.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  virtual Status write(std::string_view piece) = 0;
  /// Moves the file to its name, the SHA-256 of its bytes. Not yet synced: the log syncs every blob that a record names
  /// before it commits the record. Returns the name.
  virtual Result<std::string> finish() = 0;
  virtual uint64_t bytes() const = 0;
};

/// A body that is read in pieces, whatever its size. It stays readable until destroyed, also when the blob is removed
/// meanwhile. One thread at a time.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  virtual uint64_t bytes() const = 0;  // of the body
  /// At most `bytes` from `offset`, fewer only at the end. The hash is not looked at: read() of the whole body does
  /// that.
  virtual Result<std::string> read(uint64_t offset, size_t bytes) const = 0;
};

class Blobs {
 public:
  /// `dir` is made when missing; temporary files left by a crash are removed.
  /// With keys what is written is sealed (blob_seal.h), and what is sealed can be read.
  static Result<std::unique_ptr<Blobs>> open(const std::string& dir, std::shared_ptr<const Keys> keys = nullptr);
  /// Beside a running engine, only for read() and path(): touches nothing, for what looks left over may be on its way
  /// in.
  static std::unique_ptr<const Blobs> open_to_read(const std::string& dir, std::shared_ptr<const Keys> keys = nullptr);
  virtual ~Blobs() = default;
  virtual Result<std::unique_ptr<BlobWriter>> create() = 0;           // [any]
  virtual Result<std::string> read(std::string_view name) const = 0;  // [any] the whole body
  /// not_found when there is no such blob.
  virtual Result<std::unique_ptr<BlobReader>> open_reader(std::string_view name) const = 0;  // [any]
  /// data/blobs/ab/cdef..., which may be sealed: to be looked at by name, not read.
  virtual std::string path(std::string_view name) const = 0;
  virtual Status remove(std::string_view name) = 0;
};

}  // namespace hookswitch
