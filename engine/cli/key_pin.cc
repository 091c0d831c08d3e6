#include "engine/cli/key_pin.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <array>

#include "engine/base/owned.h"
#include "engine/base/small_file.h"

namespace hookswitch::cli {
namespace {

using Certificate = Owned<X509, X509_free>;

Certificate read_certificate(const std::string& file) {
  const auto read = read_small_file(file);
  Owned<BIO, BIO_free_all> in(read ? BIO_new_mem_buf(read->text.data(), static_cast<int>(read->text.size())) : nullptr);
  Certificate found(in ? PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  return found;
}

std::string base64(const std::array<unsigned char, SHA256_DIGEST_LENGTH>& bytes) {
  std::array<unsigned char, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> text{};
  const int size = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + size};
}

}  // namespace

Result<std::string> key_pin(const std::string& cert_file) {
  const Certificate certificate = read_certificate(cert_file);
  unsigned char* bytes = nullptr;
  const int size = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &bytes) : -1;
  if (size <= 0) {
    return fail(Code::invalid, "read the public key of {}: found none, expected a certificate as PEM", cert_file);
  }
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash;
  SHA256(bytes, static_cast<size_t>(size), hash.data());
  OPENSSL_free(bytes);
  return "sha256//" + base64(hash);
}

}  // namespace hookswitch::cli
