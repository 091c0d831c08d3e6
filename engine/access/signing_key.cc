#include "engine/access/signing_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>

#include "engine/access/jwk.h"
#include "engine/base/limits.h"
#include "engine/base/owned.h"

namespace hookswitch {
namespace {

enum class Family { rsa, pss, ec, ed, hmac };

struct Algorithm {
  const char* name;
  Family family;
  const EVP_MD* (*digest)();  // null: the algorithm has its own
  const char* group;          // of EC keys, as OpenSSL names it
  size_t number_bytes;        // of r and s each
};

constexpr std::array kAlgorithms{Algorithm{"RS256", Family::rsa, EVP_sha256, "", 0},
                                 Algorithm{"RS384", Family::rsa, EVP_sha384, "", 0},
                                 Algorithm{"RS512", Family::rsa, EVP_sha512, "", 0},
                                 Algorithm{"PS256", Family::pss, EVP_sha256, "", 0},
                                 Algorithm{"PS384", Family::pss, EVP_sha384, "", 0},
                                 Algorithm{"PS512", Family::pss, EVP_sha512, "", 0},
                                 Algorithm{"ES256", Family::ec, EVP_sha256, "prime256v1", 32},
                                 Algorithm{"ES384", Family::ec, EVP_sha384, "secp384r1", 48},
                                 Algorithm{"ES512", Family::ec, EVP_sha512, "secp521r1", 66},
                                 Algorithm{"EdDSA", Family::ed, nullptr, "", 0},
                                 Algorithm{"HS256", Family::hmac, EVP_sha256, "", 0},
                                 Algorithm{"HS384", Family::hmac, EVP_sha384, "", 0},
                                 Algorithm{"HS512", Family::hmac, EVP_sha512, "", 0}};

constexpr int kRsaBitsMin = 2048;

const Algorithm* find_algorithm(std::string_view name) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (name == algorithm.name) return &algorithm;
  }
  return nullptr;
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string group_of(const EVP_PKEY* key) {
  char name[64] = "";
  size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return "";
  return name;
}

// What is wrong with this key for this algorithm; "" when nothing is.
std::string objection(const Algorithm& algorithm, const EVP_PKEY* key) {
  switch (algorithm.family) {
    case Family::rsa:
    case Family::pss:
      if (EVP_PKEY_is_a(key, "RSA") != 1) return "expected an RSA key";
      if (EVP_PKEY_get_bits(key) < kRsaBitsMin)
        return fmt::format("found an RSA key of {} bits, expected {}", EVP_PKEY_get_bits(key), kRsaBitsMin);
      return "";
    case Family::ec:
      if (EVP_PKEY_is_a(key, "EC") == 1 && group_of(key) == algorithm.group) return "";
      return fmt::format("expected an EC key on {}", algorithm.group);
    case Family::ed:
      return EVP_PKEY_is_a(key, "ED25519") == 1 ? "" : "expected an Ed25519 key";
    case Family::hmac:
      return "expected a secret, not a public key";
  }
  return "expected another key";
}

// JWS has r and s side by side, OpenSSL wants them in DER.
std::optional<std::string> ecdsa_der(std::string_view signature, size_t number_bytes) {
  if (signature.size() != 2 * number_bytes) return std::nullopt;
  Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
  int size = static_cast<int>(number_bytes);
  BIGNUM* r = BN_bin2bn(bytes(signature), size, nullptr);
  BIGNUM* s = BN_bin2bn(bytes(signature) + size, size, nullptr);
  ECDSA_SIG_set0(pair.get(), r, s);
  std::string der(static_cast<size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &out);
  return der;
}

bool verify_mac(const Algorithm& algorithm, std::string_view secret, std::string_view text,
                std::string_view signature) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (HMAC(algorithm.digest(), secret.data(), static_cast<int>(secret.size()), bytes(text), text.size(), mac, &size) ==
      nullptr)
    return false;
  return signature.size() == size && CRYPTO_memcmp(mac, signature.data(), size) == 0;
}

bool verify_public(const Algorithm& algorithm, EVP_PKEY* key, std::string_view text, std::string_view signature) {
  Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;  // belongs to the context
  const EVP_MD* digest = algorithm.digest == nullptr ? nullptr : algorithm.digest();
  if (EVP_DigestVerifyInit(context.get(), &padding, digest, nullptr, key) != 1) return false;
  if (algorithm.family == Family::pss && (EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) != 1 ||
                                          EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

}  // namespace

const std::vector<std::string>& signing_algorithms() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Algorithm& algorithm : kAlgorithms) names.emplace_back(algorithm.name);
    return names;
  }();
  return kNames;
}

bool is_symmetric(std::string_view alg) {
  const Algorithm* algorithm = find_algorithm(alg);
  return algorithm != nullptr && algorithm->family == Family::hmac;
}

Result<SigningKey> SigningKey::with_key(std::string kid, std::string_view alg, EVP_PKEY* key) {
  SigningKey out(std::move(kid), alg);
  out.key_ = std::shared_ptr<EVP_PKEY>(key, FreeKey());
  const Algorithm* algorithm = find_algorithm(alg);
  if (algorithm == nullptr)
    return fail(Code::invalid, "found algorithm \"{}\", expected one of {}", alg.substr(0, 40),
                fmt::join(signing_algorithms(), " "));
  if (key == nullptr) return fail(Code::invalid, "found no public key");
  if (std::string wrong = objection(*algorithm, key); !wrong.empty()) return fail(Code::invalid, "{}: {}", alg, wrong);
  return out;
}

Result<SigningKey> SigningKey::from_pem(std::string kid, std::string_view alg, const std::string& pem) {
  Owned<BIO, BIO_free_all> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EVP_PKEY* key = PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr);
  if (key == nullptr) return fail(Code::invalid, "found something else, expected a PEM public key");
  return with_key(std::move(kid), alg, key);
}

Result<SigningKey> SigningKey::from_secret(std::string kid, std::string_view alg, std::string secret) {
  if (!is_symmetric(alg)) return fail(Code::invalid, "{}: found a secret, expected a public key", alg.substr(0, 40));
  if (secret.size() < limits::kHmacSecretBytes)
    return fail(Code::invalid, "{}: found a secret of {} bytes, expected {} or more", alg, secret.size(),
                limits::kHmacSecretBytes);
  SigningKey out(std::move(kid), alg);
  out.secret_ = std::move(secret);
  return out;
}

Result<SigningKey> SigningKey::from_jwk(const Json& jwk) {
  auto key = read_jwk(jwk);
  if (!key) return std::unexpected(key.error());
  return with_key(std::move(key->kid), key->alg, key->key);
}

bool SigningKey::operator==(const SigningKey& other) const {
  if (kid_ != other.kid_ || alg_ != other.alg_ || secret_ != other.secret_) return false;
  return key_ == other.key_ || (key_ && other.key_ && EVP_PKEY_eq(key_.get(), other.key_.get()) == 1);
}

bool SigningKey::verifies(std::string_view text, std::string_view signature) const {
  const Algorithm& algorithm = *find_algorithm(alg_);
  if (algorithm.family == Family::hmac) return verify_mac(algorithm, secret_, text, signature);
  if (algorithm.family != Family::ec) return verify_public(algorithm, key_.get(), text, signature);
  auto der = ecdsa_der(signature, algorithm.number_bytes);
  return der && verify_public(algorithm, key_.get(), text, *der);
}

}  // namespace hookswitch
