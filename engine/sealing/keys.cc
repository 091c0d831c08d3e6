#include "engine/sealing/keys.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <list>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/sealing/cipher.h"

namespace hookswitch {
namespace {

constexpr size_t kEpochBytes = 16;
constexpr size_t kEpochAt = 8;
constexpr size_t kCountAt = 24;
constexpr size_t kEpochsKept = 64;  // ciphers a thread keeps ready for opening
constexpr size_t kSealersKept = 8;  // and for sealing

std::atomic<uint64_t> keys_made{0};

// Goes up in a forked child, so that it does not go on with the epochs of its parent.
std::atomic<uint64_t> process_number{0};
[[maybe_unused]] const int kWatchingForks =
    pthread_atfork(nullptr, nullptr, [] { process_number.fetch_add(1, std::memory_order_relaxed); });

std::string epoch_key(std::string_view secret, std::string_view epoch) {
  return hmac_sha256(secret, "hookswitch epoch" + std::string(epoch));
}

void put_nonce(char* nonce, uint64_t count) {
  std::memset(nonce, 0, kNonceBytes - sizeof count);
  std::memcpy(nonce + kNonceBytes - sizeof count, &count, sizeof count);
}

// What this thread seals with: one epoch.
struct Sealer {
  uint64_t keys;
  uint64_t process;
  std::string epoch;
  uint64_t count;
  GcmCipher cipher;
};

// What this thread has opened with: the key of an epoch.
struct Opener {
  uint64_t keys;
  std::string front;  // key id and epoch
  GcmCipher cipher;
};

thread_local std::list<Sealer> sealers;  // the one used last is in front
thread_local std::list<Opener> openers;

template <class List, class Is>
auto* to_front(List& list, Is is) {
  auto found = std::find_if(list.begin(), list.end(), is);
  if (found == list.end()) return static_cast<typename List::value_type*>(nullptr);
  list.splice(list.begin(), list, found);
  return &list.front();
}

Result<Sealer*> sealer_of(uint64_t keys, std::string_view secret) {
  const uint64_t process = process_number.load(std::memory_order_relaxed);
  auto is = [&](const Sealer& sealer) { return sealer.keys == keys && sealer.process == process; };
  if (Sealer* found = to_front(sealers, is)) return found;
  std::string epoch = random_bytes(kEpochBytes);
  auto cipher = GcmCipher::make(CipherUse::seal, epoch_key(secret, epoch));
  if (!cipher) return std::unexpected(cipher.error());
  sealers.push_front({keys, process, std::move(epoch), 0, std::move(*cipher)});
  if (sealers.size() > kSealersKept) sealers.pop_back();
  return &sealers.front();
}

Result<Opener*> opener_of(uint64_t keys, std::string_view secret, std::string_view sealed) {
  const std::string_view front = sealed.substr(0, kCountAt);
  auto is = [&](const Opener& opener) { return opener.front == front && opener.keys == keys; };
  if (Opener* found = to_front(openers, is)) return found;
  auto cipher = GcmCipher::make(CipherUse::open, epoch_key(secret, sealed.substr(kEpochAt, kEpochBytes)));
  if (!cipher) return std::unexpected(cipher.error());
  openers.push_front({keys, std::string(front), std::move(*cipher)});
  if (openers.size() > kEpochsKept) openers.pop_back();
  return &openers.front();
}

uint64_t id_of(std::string_view secret) { return get_le<uint64_t>(hmac_sha256(secret, "hookswitch key id").data()); }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string from_hex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  size_t written = 0;
  const int done = OPENSSL_hexstr2buf_ex(reinterpret_cast<unsigned char*>(out.data()), out.size(), &written,
                                         std::string(text).c_str(), '\0');
  return done == 1 && written == out.size() ? out : "";
}

std::string from_base64(std::string_view text) {
  std::string out(text.size(), '\0');
  const int bytes = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                    reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (bytes != static_cast<int>(kKeyBytes) + 1 || !text.ends_with('=') || text.ends_with("=="))
    return "";  // it counts the padding as a byte
  return out.substr(0, kKeyBytes);
}

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string out(kKeyBytes, '\0');
  unsigned size = 0;
  const auto* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
           bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size);
  ENSURE(made != nullptr && size == out.size(), "HMAC-SHA256 of {} bytes: OpenSSL refused", bytes.size());
  return out;
}

std::string random_bytes(size_t count) {
  std::string out(count, '\0');
  ENSURE(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1,
         "the system has no random numbers");
  return out;
}

Result<std::string> read_key(std::string_view text) {
  text = trimmed(text);
  std::string key;
  if (text.size() == 2 * kKeyBytes) key = from_hex(text);
  if (text.size() == (kKeyBytes + 2) / 3 * 4) key = from_base64(text);
  if (key.size() == kKeyBytes) return key;
  return fail(Code::invalid, "read a key: found something else ({} characters), expected {} bytes as hex or base64",
              text.size(), kKeyBytes);
}

std::string key_name(uint64_t key_id) { return fmt::format("{:016x}", key_id); }

uint64_t key_id_of(std::string_view sealed) { return sealed.size() < kSealBytes ? 0 : get_le<uint64_t>(sealed.data()); }

Result<std::shared_ptr<const Keys>> Keys::make(std::string newest, std::vector<std::string> retired) {
  std::vector<Key> keys;
  retired.insert(retired.begin(), std::move(newest));
  for (std::string& secret : retired) {
    if (secret.size() != kKeyBytes)
      return fail(Code::invalid, "make keys: found one of {} bytes, expected {}", secret.size(), kKeyBytes);
    const uint64_t id = id_of(secret);
    if (std::ranges::find(keys, id, &Key::id) != keys.end())
      return fail(Code::invalid, "make keys: found the key {} twice, expected each once", key_name(id));
    keys.push_back({id, std::move(secret)});
  }
  return std::shared_ptr<const Keys>(new Keys(std::move(keys)));
}

Keys::Keys(std::vector<Key> keys) : number_(++keys_made), keys_(std::move(keys)) {}

Keys::~Keys() {
  for (Key& key : keys_) OPENSSL_cleanse(key.secret.data(), key.secret.size());
}

const Keys::Key* Keys::find(uint64_t key_id) const {
  auto found = std::ranges::find(keys_, key_id, &Key::id);
  return found == keys_.end() ? nullptr : &*found;
}

Status Keys::seal(std::string_view place, std::initializer_list<std::string_view> pieces, char* out) const {
  auto sealer = sealer_of(number_, keys_.front().secret);
  if (!sealer) return std::unexpected(sealer.error());
  const uint64_t count = (*sealer)->count++;
  const uint64_t id = newest();
  std::memcpy(out, &id, sizeof id);
  std::memcpy(out + kEpochAt, (*sealer)->epoch.data(), kEpochBytes);
  std::memcpy(out + kCountAt, &count, sizeof count);
  char nonce[kNonceBytes];
  put_nonce(nonce, count);
  bool ok = (*sealer)->cipher.begin(nonce, place);
  char* at = out + kSealFrontBytes;
  for (std::string_view piece : pieces) {
    ok = ok && (*sealer)->cipher.add(piece, at);
    at += piece.size();
  }
  if (ok && (*sealer)->cipher.end_sealing(at)) return {};
  return fail(Code::internal, "seal {} bytes: OpenSSL refused", at - out - kSealFrontBytes);
}

Status Keys::open(std::string_view place, std::string_view sealed, char* out) const {
  if (sealed.size() < kSealBytes)
    return fail(Code::corrupt, "open sealed bytes: found {}, expected at least {}", sealed.size(), kSealBytes);
  const Key* key = find(key_id_of(sealed));
  if (key == nullptr)
    return fail(Code::denied, "open sealed bytes: their key {} is not among those of `encryption`",
                key_name(key_id_of(sealed)));
  auto opener = opener_of(number_, key->secret, sealed);
  if (!opener) return std::unexpected(opener.error());
  char nonce[kNonceBytes];
  put_nonce(nonce, get_le<uint64_t>(sealed.data() + kCountAt));
  const std::string_view text = sealed.substr(kSealFrontBytes, sealed.size() - kSealBytes);
  GcmCipher& cipher = (*opener)->cipher;
  if (cipher.begin(nonce, place) && cipher.add(text, out) && cipher.end_opening(text.data() + text.size())) return {};
  OPENSSL_cleanse(out, text.size());
  return fail(Code::corrupt, "open {} sealed bytes: they were changed, or belong elsewhere", sealed.size());
}

std::string Keys::sealed(std::string_view place, std::string_view bytes) const {
  std::string out(bytes.size() + kSealBytes, '\0');
  const auto done = seal(place, {bytes}, out.data());
  ENSURE(done.has_value(), "{}", done.error().message);
  return out;
}

Result<std::string> Keys::opened(std::string_view place, std::string_view sealed) const {
  std::string out(sealed.size() < kSealBytes ? 0 : sealed.size() - kSealBytes, '\0');
  if (auto done = open(place, sealed, out.data()); !done) return std::unexpected(done.error());
  return out;
}

Result<std::string> Keys::derive(uint64_t key_id, std::string_view label) const {
  const Key* key = find(key_id);
  if (key == nullptr) return fail(Code::denied, "the key {} is not among those of `encryption`", key_name(key_id));
  return hmac_sha256(key->secret, label);
}

}  // namespace hookswitch
