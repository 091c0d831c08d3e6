#include "tests/support/jwt_signer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "engine/base/check.h"
#include "engine/base/owned.h"

namespace hookswitch::test {
namespace {

constexpr unsigned kRsaBits = 2048;

const EVP_MD* digest_of(const std::string& alg) {
  if (alg.ends_with("256")) return EVP_sha256();
  if (alg.ends_with("384")) return EVP_sha384();
  return alg.ends_with("512") ? EVP_sha512() : nullptr;
}

EVP_PKEY* fresh_key(const std::string& alg) {
  if (alg == "EdDSA") return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (alg == "ES256") return EVP_EC_gen("P-256");
  if (alg == "ES384") return EVP_EC_gen("P-384");
  if (alg == "ES512") return EVP_EC_gen("P-521");
  return EVP_RSA_gen(kRsaBits);
}

// r and s side by side.
std::string raw_ecdsa(const std::string& der, int number_bytes) {
  const auto* in = reinterpret_cast<const unsigned char*>(der.data());
  Owned<ECDSA_SIG, ECDSA_SIG_free> pair(d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())));
  std::string out(2 * static_cast<size_t>(number_bytes), '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), to, number_bytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), to + number_bytes, number_bytes);
  return out;
}

std::string number(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  ENSURE(EVP_PKEY_get_bn_param(key, name, &value) == 1, "no number {}", name);
  Owned<BIGNUM, BN_free> owned(value);
  std::string out(static_cast<size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

}  // namespace

JwtSigner::JwtSigner(const std::string& alg, const std::string& kid, const std::string& secret)
    : alg_(alg), kid_(kid), secret_(secret) {
  if (!alg.starts_with("HS")) key_ = std::shared_ptr<EVP_PKEY>(fresh_key(alg), EVP_PKEY_free);
}

std::string JwtSigner::public_pem() const {
  Owned<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
  ENSURE(PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1, "cannot write the key");
  char* text = nullptr;
  long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(size)};
}

Json JwtSigner::jwk() const {
  Json out{{"use", "sig"}, {"alg", alg_}, {"kid", kid_}};
  if (alg_ == "EdDSA") {
    unsigned char bytes[32];
    size_t size = sizeof bytes;
    EVP_PKEY_get_raw_public_key(key_.get(), bytes, &size);
    out.update({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base64url({reinterpret_cast<char*>(bytes), size})}});
  } else {
    out.update({{"kty", "RSA"},
                {"n", base64url(number(key_.get(), OSSL_PKEY_PARAM_RSA_N))},
                {"e", base64url(number(key_.get(), OSSL_PKEY_PARAM_RSA_E))}});
  }
  return out;
}

std::string JwtSigner::signature(const std::string& text) const {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::string out(1024, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  size_t size = out.size();
  if (key_ == nullptr) {
    unsigned mac_size = 0;
    HMAC(digest_of(alg_), secret_.data(), static_cast<int>(secret_.size()), bytes, text.size(), to, &mac_size);
    size = mac_size;
  } else {
    Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* padding = nullptr;
    EVP_DigestSignInit(context.get(), &padding, digest_of(alg_), nullptr, key_.get());
    if (alg_.starts_with("PS")) {
      EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST);
    }
    ENSURE(EVP_DigestSign(context.get(), to, &size, bytes, text.size()) == 1, "cannot sign with {}", alg_);
  }
  out.resize(size);
  return alg_.starts_with("ES") ? raw_ecdsa(out, (EVP_PKEY_get_bits(key_.get()) + 7) / 8) : out;
}

std::string JwtSigner::sign(const Json& claims, const Json& header) const {
  Json head{{"alg", alg_}, {"typ", "JWT"}};
  if (!kid_.empty()) head["kid"] = kid_;
  head.update(header);
  std::string text = base64url(dump(head)) + "." + base64url(dump(claims));
  return text + "." + base64url(signature(text));
}

Json JwtSigner::claims(int64_t now_ms, const std::string& role, const std::string& tenant) {
  int64_t now = now_ms / 1000;
  return {{"iss", "https://id.test"}, {"aud", "hookswitch"}, {"sub", "ana"},    {"iat", now},
          {"exp", now + 3600},        {"role", role},        {"tenant", tenant}};
}

std::string base64url(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  for (char& c : out) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  while (out.ends_with('=')) out.pop_back();
  return out;
}

}  // namespace hookswitch::test
