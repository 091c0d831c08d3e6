// One AES-256-GCM key made ready to be used again and again. [one thread]
#pragma once

#include <openssl/evp.h>

#include <string_view>

#include "engine/base/error.h"
#include "engine/base/owned.h"

namespace hookswitch {

constexpr size_t kNonceBytes = 12;

enum class CipherUse { seal, open };

class GcmCipher {
 public:
  /// `key` has 32 bytes.
  static Result<GcmCipher> make(CipherUse use, std::string_view key);

  // One text: begin, then its pieces, then the tag. Each is false when OpenSSL refuses.
  /// `nonce` has kNonceBytes.
  bool begin(const char* nonce, std::string_view place);
  bool add(std::string_view piece, char* out);
  /// Of what was sealed: writes the tag.
  bool end_sealing(char* tag);
  /// Of what was opened: whether the tag is right. If not, nothing that was written may be looked at.
  bool end_opening(const char* tag);

 private:
  using Context = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
  GcmCipher(Context context, CipherUse use) : context_(std::move(context)), use_(use) {}

  Context context_;
  CipherUse use_;
};

}  // namespace hookswitch
