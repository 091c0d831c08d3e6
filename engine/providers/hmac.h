// HMAC and SHA-256 for plugins: keys that any thread may use at once without deriving the pads again.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "engine/abi/provider.h"
#include "engine/base/owned.h"

namespace hookswitch {

using MacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using HashContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

/// A secret in the form of ready contexts: one is taken for each computation and comes back afterwards, so there are
/// as many as ever were in use at one time. Starting again with the same key copies the padded state and no more.
class HmacSecret {
 public:
  static std::unique_ptr<HmacSecret> make(const char* digest, std::string_view secret);

  /// A context ready for update; null when OpenSSL fails. [any]
  MacContext take() const;
  void give_back(MacContext context) const;

 private:
  explicit HmacSecret(MacContext keyed) : keyed_(std::move(keyed)) {}

  MacContext keyed_;  // never updated: duplicated when no context is free
  mutable std::mutex mutex_;
  mutable std::vector<MacContext> free_;
};

/// The functions of hookswitch_crypto, by their names there.
namespace crypto {

hookswitch_key* key_new(int32_t algorithm, hookswitch_str secret);
void key_free(hookswitch_key* key);
size_t hmac(const hookswitch_key* key, const hookswitch_str* parts, size_t count, unsigned char* out);
void sha256(const hookswitch_str* parts, size_t count, unsigned char* out);
hookswitch_digest* hmac_begin(const hookswitch_key* key);
hookswitch_digest* sha256_begin();
void digest_update(hookswitch_digest* digest, hookswitch_str piece);
size_t digest_finish(hookswitch_digest* digest, unsigned char* out);
void digest_drop(hookswitch_digest* digest);

}  // namespace crypto

}  // namespace hookswitch
