// A public key in JSON, as RFC 7517 and RFC 8037 describe it, becomes OpenSSL's.
#pragma once

#include <openssl/evp.h>

#include <string>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace hookswitch {

struct Jwk {
  std::string kid;  // "": none
  std::string alg;
  EVP_PKEY* key = nullptr;  // the caller's to free
};

/// Errors, `invalid`: no RSA, EC or Ed25519 public key, or one that is not for signatures.
Result<Jwk> read_jwk(const Json& jwk);

}  // namespace hookswitch
