// Bytes at rest, sealed with AES-256-GCM: nobody without the key reads them, and nobody changes them unnoticed.
//
//   sealed                                       bytes   at
//   u64 key id: which configured key, see below    8      0   little-endian
//   epoch, random                                 16      8
//   u64 count within the epoch                     8     24
//   ciphertext, as long as what was sealed               32
//   tag                                           16          at the end
//
// The key of an epoch is HMAC-SHA256(configured key, "hookswitch epoch" and the epoch); the nonce is four zero bytes
// and the count. A key's id is the first eight bytes of HMAC-SHA256(key, "hookswitch key id"): it tells keys apart and
// nothing of them.
//
// Why no nonce is used twice with one key: an epoch belongs to one thread of one process, which draws it from the
// system's random numbers when it first seals, and counts up for as long as it lives. Nothing of it is stored, so
// nothing that is put back, copied or restored from a backup can take a count again: the next start draws another
// epoch. A forked child draws its own. Two epochs are alike with a chance of 2^-128. A random nonce for each record
// under one key, as is often done, would be safe only up to 2^32 of them: hours at full load.
//
// Each sealed text is bound to its place: what it is, and where it lies as far as that is known when it is sealed.
// Moved to another place it does not open.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"

namespace hookswitch {

constexpr size_t kKeyBytes = 32;
constexpr size_t kSealFrontBytes = 32;
constexpr size_t kSealTagBytes = 16;
constexpr size_t kSealBytes = kSealFrontBytes + kSealTagBytes;  // more than what is sealed

/// A key as people write it: 64 hex digits, or 44 characters of base64; blanks around it do not count. The error does
/// not show it.
Result<std::string> read_key(std::string_view text);

/// 16 hex digits, as messages name a key.
std::string key_name(uint64_t key_id);

/// What a sealed text says of its key; 0 when it is too short to be one.
uint64_t key_id_of(std::string_view sealed);

/// The configured keys: the newest seals, all of them open. Immutable. [any]
class Keys {
 public:
  /// Each of kKeyBytes bytes. Errors: invalid, when one has another length or stands there twice.
  static Result<std::shared_ptr<const Keys>> make(std::string newest, std::vector<std::string> retired = {});
  ~Keys();
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  uint64_t newest() const { return keys_.front().id; }
  bool has(uint64_t key_id) const { return find(key_id) != nullptr; }

  /// Writes the pieces, one after another, sealed into `out`: kSealBytes more than they have together. Errors:
  /// internal, when OpenSSL refuses.
  Status seal(std::string_view place, std::initializer_list<std::string_view> pieces, char* out) const;
  std::string sealed(std::string_view place, std::string_view bytes) const;

  /// Writes what was sealed into `out`: kSealBytes less than `sealed` has. Errors: denied, when its key is not
  /// configured; corrupt, when the bytes or their place are not those that were sealed.
  Status open(std::string_view place, std::string_view sealed, char* out) const;
  Result<std::string> opened(std::string_view place, std::string_view sealed) const;

  /// HMAC-SHA256 of `label` with that key: a key for something of its own, such as one file. denied: no such key.
  Result<std::string> derive(uint64_t key_id, std::string_view label) const;

 private:
  struct Key {
    uint64_t id;
    std::string secret;
  };
  explicit Keys(std::vector<Key> keys);
  const Key* find(uint64_t key_id) const;

  const uint64_t number_;  // of this object among all of the process: what a thread keeps for it is told apart by it
  std::vector<Key> keys_;  // the newest first
};

/// HMAC-SHA256: 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// From the system, for keys and epochs.
std::string random_bytes(size_t count);

}  // namespace hookswitch
