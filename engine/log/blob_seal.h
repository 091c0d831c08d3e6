// A sealed body on disk: AES-256-GCM by chunks, so that a body streams in and any range of it is read without the rest.
//
//   file                              bytes   at
//   magic "HSBLOB1\n"                   8      0
//   u64 key id (sealing/keys.h)         8      8
//   salt, random                       16     16
//   chunks: up to 65536 bytes of the          32
//     body sealed, and a tag of 16
//
// The key is HMAC-SHA256(configured key, "hookswitch blob" and the salt): one for each file. A chunk's nonce is its
// number (u64, little-endian), one byte that is 1 for the last, and three of zero. A file is written once, from its
// first chunk to its last, so none comes twice; chunks that are swapped, left out or cut off at the end do not open.
// All chunks but the last are full; the last of an empty body is empty. Any other file in data/blobs is a body in
// clear.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/sealing/cipher.h"
#include "engine/sealing/keys.h"

namespace hookswitch {

/// What a sealed body's file begins with.
constexpr std::string_view kBlobMagic = "HSBLOB1\n";
constexpr size_t kBlobChunkBytes = 65'536;
constexpr size_t kBlobFrontBytes = 32;

/// One file's chunks. [one thread]
class BlobSeal {
 public:
  /// For a new file.
  static Result<BlobSeal> make(const Keys& keys);
  /// For a file that begins so; nullopt: its body is in clear. denied: its key is not there.
  static Result<std::optional<BlobSeal>> read(std::string_view front, const Keys* keys);

  /// What the file begins with.
  const std::string& front() const { return front_; }
  Status seal(uint64_t number, bool last, std::string_view chunk, std::string& out);
  Status open(uint64_t number, bool last, std::string_view sealed, std::string& out);

  /// Of the body of a file of that size; nullopt: no body makes such a file.
  static std::optional<uint64_t> body_bytes(uint64_t file_bytes);

 private:
  BlobSeal(std::string front, GcmCipher cipher) : front_(std::move(front)), cipher_(std::move(cipher)) {}

  std::string front_;
  GcmCipher cipher_;
};

}  // namespace hookswitch
