#include "engine/access/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "engine/access/base64url.h"
#include "engine/base/limits.h"
#include "engine/base/owned.h"

namespace hookswitch {
namespace {

struct Curve {
  const char* name;   // in JSON
  const char* group;  // as OpenSSL names it
  const char* alg;
  size_t bytes;  // of a coordinate
};
constexpr Curve kCurves[] = {
    {"P-256", "prime256v1", "ES256", 32}, {"P-384", "secp384r1", "ES384", 48}, {"P-521", "secp521r1", "ES512", 66}};

std::string member_text(const Json& jwk, const char* name) {
  auto found = jwk.find(name);
  return found != jwk.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string bytes_of(const Json& jwk, const char* name) {
  return base64url_decode(member_text(jwk, name)).value_or("");
}

EVP_PKEY* make_key(const char* type, OSSL_PARAM_BLD* builder) {
  Owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder));
  Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  return EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1 ? key : nullptr;
}

EVP_PKEY* rsa_key(const Json& jwk) {
  std::string n = bytes_of(jwk, "n"), e = bytes_of(jwk, "e");
  if (n.empty() || e.empty()) return nullptr;
  auto number = [](const std::string& bytes) {
    return BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr);
  };
  Owned<BIGNUM, BN_free> modulus(number(n)), exponent(number(e));
  Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return make_key("RSA", builder.get());
}

EVP_PKEY* ec_key(const Json& jwk, const Curve& curve) {
  std::string x = bytes_of(jwk, "x"), y = bytes_of(jwk, "y");
  if (x.size() != curve.bytes || y.size() != curve.bytes) return nullptr;
  std::string point = "\x04" + x + y;  // not compressed
  Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return make_key("EC", builder.get());
}

EVP_PKEY* ed_key(const Json& jwk) {
  std::string x = bytes_of(jwk, "x");
  return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(x.data()),
                                     x.size());
}

// The key and the algorithm that is usual for it.
void read_key(const Json& jwk, Jwk& out) {
  std::string type = member_text(jwk, "kty"), curve = member_text(jwk, "crv");
  if (type == "RSA") {
    out.alg = "RS256";
    out.key = rsa_key(jwk);
  }
  if (type == "OKP" && curve == "Ed25519") {
    out.alg = "EdDSA";
    out.key = ed_key(jwk);
  }
  for (const Curve& known : kCurves) {
    if (type != "EC" || curve != known.name) continue;
    out.alg = known.alg;
    out.key = ec_key(jwk, known);
  }
}

}  // namespace

Result<Jwk> read_jwk(const Json& jwk) {
  if (!jwk.is_object()) return fail(Code::invalid, "found no object, expected a key");
  if (std::string use = member_text(jwk, "use"); !use.empty() && use != "sig")
    return fail(Code::invalid, "found a key that is not for signatures");
  Jwk out;
  out.kid = member_text(jwk, "kid");
  read_key(jwk, out);
  if (out.key == nullptr)
    return fail(Code::invalid, "found kty \"{}\", expected an RSA, EC (P-256, P-384, P-521) or Ed25519 public key",
                member_text(jwk, "kty").substr(0, 40));
  if (std::string alg = member_text(jwk, "alg"); !alg.empty()) out.alg = alg;
  if (out.kid.size() <= limits::kJwtClaimBytes) return out;
  EVP_PKEY_free(out.key);
  return fail(Code::invalid, "found a kid of {} bytes, expected at most {}", out.kid.size(), limits::kJwtClaimBytes);
}

}  // namespace hookswitch
