// The host's cryptography (hookswitch.crypto/1) as values that clean up after themselves.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/lib/author.h"

namespace hookswitch::plugin {

inline std::string hex(const hookswitch_crypto& crypto, std::string_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  out.resize(crypto.hex_encode(str(bytes), out.data()));
  return out;
}

inline std::string base64(const hookswitch_crypto& crypto, std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '\0');
  out.resize(crypto.base64_encode(str(bytes), out.data()));
  return out;
}

inline std::string sha256_hex(const hookswitch_crypto& crypto, std::string_view bytes) {
  hookswitch_str part = str(bytes);
  std::string digest(32, '\0');
  crypto.sha256(&part, 1, reinterpret_cast<unsigned char*>(digest.data()));
  return hex(crypto, digest);
}

inline bool equal(const hookswitch_crypto& crypto, std::string_view a, std::string_view b) {
  return crypto.equal(str(a), str(b)) == 1;
}

/// An HMAC or hash under way; dropped if nobody finishes it.
class Digest {
 public:
  Digest(const hookswitch_crypto& crypto, hookswitch_digest* digest) : crypto_(&crypto), digest_(digest) {}
  Digest(Digest&& other) noexcept : crypto_(other.crypto_), digest_(std::exchange(other.digest_, nullptr)) {}
  Digest& operator=(Digest&&) = delete;
  ~Digest() {
    if (digest_ != nullptr) crypto_->digest_drop(digest_);
  }

  void update(std::string_view piece) { crypto_->digest_update(digest_, str(piece)); }

  /// The digest's bytes; once.
  std::string finish() {
    std::string out(HOOKSWITCH_DIGEST_MAX, '\0');
    hookswitch_digest* digest = std::exchange(digest_, nullptr);
    out.resize(crypto_->digest_finish(digest, reinterpret_cast<unsigned char*>(out.data())));
    return out;
  }

 private:
  const hookswitch_crypto* crypto_;
  hookswitch_digest* digest_;
};

/// A secret, ready for HMAC from any thread.
class HmacKey {
 public:
  HmacKey(const hookswitch_crypto& crypto, int32_t algorithm, std::string_view secret)
      : crypto_(&crypto), key_(crypto.key_new(algorithm, str(secret))) {}
  HmacKey(HmacKey&& other) noexcept : crypto_(other.crypto_), key_(std::exchange(other.key_, nullptr)) {}
  HmacKey& operator=(HmacKey&&) = delete;
  ~HmacKey() { crypto_->key_free(key_); }

  /// The HMAC's bytes over the parts, one after another.
  std::string sign(const hookswitch_str* parts, size_t count) const {
    std::string out(HOOKSWITCH_DIGEST_MAX, '\0');
    out.resize(crypto_->hmac(key_, parts, count, reinterpret_cast<unsigned char*>(out.data())));
    return out;
  }
  std::string sign(std::initializer_list<hookswitch_str> parts) const { return sign(parts.begin(), parts.size()); }

  Digest begin() const { return {*crypto_, crypto_->hmac_begin(key_)}; }

 private:
  const hookswitch_crypto* crypto_;
  hookswitch_key* key_;
};

inline std::vector<HmacKey> hmac_keys(const Host& host, int32_t algorithm, const std::vector<std::string>& secrets) {
  std::vector<HmacKey> keys;
  for (const std::string& secret : secrets) keys.emplace_back(*host.crypto, algorithm, secret);
  return keys;
}

}  // namespace hookswitch::plugin
