// An identity provider of a test's own: makes keys, says the public ones, signs tokens.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "engine/base/json.h"

namespace hookswitch::test {

class JwtSigner {
 public:
  /// A fresh key for one of RS*, PS*, ES*, EdDSA; for HS* the secret.
  explicit JwtSigner(const std::string& alg, const std::string& kid = "", const std::string& secret = "");

  std::string public_pem() const;
  /// The public key in JSON, of RSA and Ed25519 keys.
  Json jwk() const;
  /// A token with this key's `alg` and `kid`; `header` is merged over them.
  std::string sign(const Json& claims, const Json& header = Json::object()) const;
  /// Claims that are good for issuer "https://id.test" and audience "hookswitch" at `now_ms`, for an hour.
  static Json claims(int64_t now_ms, const std::string& role, const std::string& tenant);

 private:
  std::string signature(const std::string& text) const;

  std::string alg_, kid_, secret_;
  std::shared_ptr<EVP_PKEY> key_;
};

std::string base64url(std::string_view bytes);

}  // namespace hookswitch::test
