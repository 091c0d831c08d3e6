#include "engine/providers/hmac.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "engine/base/check.h"
#include "engine/providers/text.h"

struct hookswitch_key {
  std::unique_ptr<hookswitch::HmacSecret> secret;
};

struct hookswitch_digest {
  const hookswitch_key* key;        // null for a plain hash
  hookswitch::MacContext mac;       // for HMAC
  hookswitch::HashContext context;  // for a hash
};

namespace hookswitch {

namespace {

/// Fetched once: looking an algorithm up by name costs more than hashing a webhook.
EVP_MAC* hmac_algorithm() {
  static const Owned<EVP_MAC, EVP_MAC_free> algorithm(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  ENSURE(algorithm != nullptr, "OpenSSL has no HMAC");
  return algorithm.get();
}

EVP_MD* sha256_algorithm() {
  static const Owned<EVP_MD, EVP_MD_free> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  ENSURE(algorithm != nullptr, "OpenSSL has no SHA-256");
  return algorithm.get();
}

const char* digest_name(int32_t algorithm) {
  switch (algorithm) {
    case HOOKSWITCH_HMAC_SHA1:
      return "SHA1";
    case HOOKSWITCH_HMAC_SHA256:
      return "SHA256";
    case HOOKSWITCH_HMAC_SHA512:
      return "SHA512";
    default:
      return nullptr;
  }
}

}  // namespace

std::unique_ptr<HmacSecret> HmacSecret::make(const char* digest, std::string_view secret) {
  MacContext context(EVP_MAC_CTX_new(hmac_algorithm()));
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
                         OSSL_PARAM_construct_end()};
  auto key = reinterpret_cast<const unsigned char*>(secret.data());
  if (!context || EVP_MAC_init(context.get(), key, secret.size(), params) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return std::unique_ptr<HmacSecret>(new HmacSecret(std::move(context)));
}

MacContext HmacSecret::take() const {
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      MacContext context = std::move(free_.back());
      free_.pop_back();
      return context;
    }
  }
  return MacContext(EVP_MAC_CTX_dup(keyed_.get()));
}

void HmacSecret::give_back(MacContext context) const {
  if (EVP_MAC_init(context.get(), nullptr, 0, nullptr) != 1) {
    ERR_clear_error();
    return;
  }
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(context));
}

namespace crypto {

hookswitch_key* key_new(int32_t algorithm, hookswitch_str secret) {
  const char* digest = digest_name(algorithm);
  if (digest == nullptr || secret.size == 0) return nullptr;
  auto made = HmacSecret::make(digest, {secret.data, secret.size});
  return made ? new hookswitch_key{std::move(made)} : nullptr;
}

void key_free(hookswitch_key* key) { delete key; }

size_t hmac(const hookswitch_key* key, const hookswitch_str* parts, size_t count, unsigned char* out) {
  if (key == nullptr) return 0;
  MacContext context = key->secret->take();
  bool ok = context != nullptr;
  for (size_t i = 0; ok && i < count; ++i) ok = EVP_MAC_update(context.get(), bytes_of(parts[i]), parts[i].size) == 1;
  size_t size = 0;
  if (!ok || EVP_MAC_final(context.get(), out, &size, HOOKSWITCH_DIGEST_MAX) != 1) {
    ERR_clear_error();
    return 0;
  }
  key->secret->give_back(std::move(context));
  return size;
}

void sha256(const hookswitch_str* parts, size_t count, unsigned char* out) {
  thread_local const HashContext context(EVP_MD_CTX_new());
  bool ok = context && EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1;
  for (size_t i = 0; ok && i < count; ++i) ok = EVP_DigestUpdate(context.get(), parts[i].data, parts[i].size) == 1;
  ENSURE(ok && EVP_DigestFinal_ex(context.get(), out, nullptr) == 1, "OpenSSL cannot hash {} parts", count);
}

hookswitch_digest* hmac_begin(const hookswitch_key* key) {
  if (key == nullptr) return nullptr;
  MacContext mac = key->secret->take();
  return mac ? new hookswitch_digest{key, std::move(mac), nullptr} : nullptr;
}

hookswitch_digest* sha256_begin() {
  HashContext context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) != 1) return nullptr;
  return new hookswitch_digest{nullptr, nullptr, std::move(context)};
}

void digest_update(hookswitch_digest* digest, hookswitch_str piece) {
  if (digest == nullptr) return;
  bool ok = digest->mac ? EVP_MAC_update(digest->mac.get(), bytes_of(piece), piece.size) == 1
                        : EVP_DigestUpdate(digest->context.get(), piece.data, piece.size) == 1;
  ENSURE(ok, "OpenSSL cannot hash {} bytes", piece.size);
}

size_t digest_finish(hookswitch_digest* digest, unsigned char* out) {
  std::unique_ptr<hookswitch_digest> owned(digest);
  if (!owned) return 0;
  if (!owned->mac) {
    unsigned int size = 0;
    return EVP_DigestFinal_ex(owned->context.get(), out, &size) == 1 ? size : 0;
  }
  size_t size = 0;
  if (EVP_MAC_final(owned->mac.get(), out, &size, HOOKSWITCH_DIGEST_MAX) != 1) return 0;
  owned->key->secret->give_back(std::move(owned->mac));
  return size;
}

void digest_drop(hookswitch_digest* digest) { delete digest; }

}  // namespace crypto

}  // namespace hookswitch
