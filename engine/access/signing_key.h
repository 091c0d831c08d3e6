// A key that tokens are signed with: public, or a shared secret. Bound to one algorithm, so that a token cannot choose.
//
// All cryptography is OpenSSL's. What is ours is the form: base64url, JWK members, r and s of an ECDSA signature.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace hookswitch {

/// The names of JWS algorithms that are understood: RS, PS, ES and HS with 256, 384 and 512, and EdDSA (Ed25519).
/// "none" is not among them.
const std::vector<std::string>& signing_algorithms();
/// HS256 and its like: both sides have the secret.
bool is_symmetric(std::string_view alg);

class SigningKey {
 public:
  /// Errors, `invalid`: a key of another kind than `alg` needs, or a weaker one: RSA of less than 2048 bits, a secret
  /// of less than limits::kHmacSecretBytes. No message holds any of the key.
  static Result<SigningKey> from_pem(std::string kid, std::string_view alg, const std::string& pem);
  static Result<SigningKey> from_secret(std::string kid, std::string_view alg, std::string secret);
  /// One member of a JWK set. An RSA key that names no algorithm is for RS256. A secret is an error: a file of public
  /// keys is no place for it.
  static Result<SigningKey> from_jwk(const Json& jwk);

  const std::string& kid() const { return kid_; }  // "": has none
  const std::string& alg() const { return alg_; }
  /// The same key by the same name and for the same algorithm.
  bool operator==(const SigningKey& other) const;
  /// [any] Whether this key has signed `text`. The signature as JWS carries it, decoded.
  bool verifies(std::string_view text, std::string_view signature) const;

 private:
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };

  SigningKey(std::string kid, std::string_view alg) : kid_(std::move(kid)), alg_(alg) {}
  static Result<SigningKey> with_key(std::string kid, std::string_view alg, EVP_PKEY* key);

  std::string kid_;
  std::string alg_;
  std::shared_ptr<EVP_PKEY> key_;  // null for a secret
  std::string secret_;
};

}  // namespace hookswitch
