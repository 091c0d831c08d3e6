#include "engine/sealing/cipher.h"

#include <climits>

#include "engine/sealing/keys.h"

namespace hookswitch {
namespace {

const unsigned char* bytes_of(const char* text) { return reinterpret_cast<const unsigned char*>(text); }
unsigned char* bytes_of(char* text) { return reinterpret_cast<unsigned char*>(text); }

// Looked up once: OpenSSL searches its providers each time otherwise.
const EVP_CIPHER* aes_256_gcm() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

}  // namespace

Result<GcmCipher> GcmCipher::make(CipherUse use, std::string_view key) {
  Context context(EVP_CIPHER_CTX_new());
  const int encrypt = use == CipherUse::seal ? 1 : 0;
  if (!context || aes_256_gcm() == nullptr || key.size() != kKeyBytes ||
      EVP_CipherInit_ex2(context.get(), aes_256_gcm(), bytes_of(key.data()), nullptr, encrypt, nullptr) != 1) {
    return fail(Code::internal, "make an AES-256-GCM key ready: OpenSSL refused");
  }
  return GcmCipher(std::move(context), use);
}

bool GcmCipher::begin(const char* nonce, std::string_view place) {
  int written = 0;
  const int encrypt = use_ == CipherUse::seal ? 1 : 0;
  return EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, bytes_of(nonce), encrypt, nullptr) == 1 &&
         (place.empty() || EVP_CipherUpdate(context_.get(), nullptr, &written, bytes_of(place.data()),
                                            static_cast<int>(place.size())) == 1);
}

bool GcmCipher::add(std::string_view piece, char* out) {
  int written = 0;
  if (piece.empty()) return true;
  if (piece.size() > INT_MAX) return false;
  return EVP_CipherUpdate(context_.get(), bytes_of(out), &written, bytes_of(piece.data()),
                          static_cast<int>(piece.size())) == 1 &&
         static_cast<size_t>(written) == piece.size();
}

bool GcmCipher::end_sealing(char* tag) {
  int written = 0;
  unsigned char none[16];
  return EVP_CipherFinal_ex(context_.get(), none, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_GET_TAG, kSealTagBytes, tag) == 1;
}

bool GcmCipher::end_opening(const char* tag) {
  int written = 0;
  unsigned char none[16];
  return EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_SET_TAG, kSealTagBytes, const_cast<char*>(tag)) == 1 &&
         EVP_CipherFinal_ex(context_.get(), none, &written) == 1;
}

}  // namespace hookswitch
