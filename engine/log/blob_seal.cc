#include "engine/log/blob_seal.h"

#include <cstring>

#include "engine/base/bytes.h"

namespace hookswitch {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kSealedChunkBytes = kBlobChunkBytes + kSealTagBytes;

void put_nonce(char* nonce, uint64_t number, bool last) {
  std::memset(nonce, 0, kNonceBytes);
  std::memcpy(nonce, &number, sizeof number);
  nonce[sizeof number] = last ? 1 : 0;
}

Result<GcmCipher> cipher_of(const Keys& keys, CipherUse use, std::string_view front) {
  const uint64_t key_id = get_le<uint64_t>(front.data() + kBlobMagic.size());
  auto key = keys.derive(key_id, "hookswitch blob" + std::string(front.substr(kBlobFrontBytes - kSaltBytes)));
  if (!key) return std::unexpected(key.error());
  return GcmCipher::make(use, *key);
}

}  // namespace

Result<BlobSeal> BlobSeal::make(const Keys& keys) {
  std::string front(kBlobMagic);
  put_le(front, keys.newest());
  front += random_bytes(kSaltBytes);
  auto cipher = cipher_of(keys, CipherUse::seal, front);
  if (!cipher) return std::unexpected(cipher.error());
  return BlobSeal(std::move(front), std::move(*cipher));
}

Result<std::optional<BlobSeal>> BlobSeal::read(std::string_view front, const Keys* keys) {
  if (front.size() != kBlobFrontBytes || !front.starts_with(kBlobMagic)) return std::nullopt;
  if (keys == nullptr) {
    return fail(Code::denied, "it is sealed with the key {}, and the configuration has none",
                key_name(get_le<uint64_t>(front.data() + kBlobMagic.size())));
  }
  auto cipher = cipher_of(*keys, CipherUse::open, front);
  if (!cipher) return std::unexpected(cipher.error());
  return BlobSeal(std::string(front), std::move(*cipher));
}

Status BlobSeal::seal(uint64_t number, bool last, std::string_view chunk, std::string& out) {
  char nonce[kNonceBytes];
  put_nonce(nonce, number, last);
  out.resize(chunk.size() + kSealTagBytes);
  if (cipher_.begin(nonce, front_) && cipher_.add(chunk, out.data()) && cipher_.end_sealing(out.data() + chunk.size()))
    return {};
  return fail(Code::internal, "seal {} bytes of a body: OpenSSL refused", chunk.size());
}

Status BlobSeal::open(uint64_t number, bool last, std::string_view sealed, std::string& out) {
  char nonce[kNonceBytes];
  put_nonce(nonce, number, last);
  const std::string_view chunk = sealed.substr(0, sealed.size() - std::min(sealed.size(), kSealTagBytes));
  out.resize(chunk.size());
  if (sealed.size() >= kSealTagBytes && cipher_.begin(nonce, front_) && cipher_.add(chunk, out.data()) &&
      cipher_.end_opening(chunk.data() + chunk.size())) {
    return {};
  }
  out.clear();
  return fail(Code::corrupt, "open piece {} of {} sealed bytes: they were changed or cut off", number, sealed.size());
}

std::optional<uint64_t> BlobSeal::body_bytes(uint64_t file_bytes) {
  if (file_bytes < kBlobFrontBytes + kSealTagBytes) return std::nullopt;
  const uint64_t sealed = file_bytes - kBlobFrontBytes;
  const uint64_t chunks = (sealed + kSealedChunkBytes - 1) / kSealedChunkBytes;
  if (sealed - (chunks - 1) * kSealedChunkBytes < kSealTagBytes) return std::nullopt;
  return sealed - chunks * kSealTagBytes;
}

}  // namespace hookswitch
