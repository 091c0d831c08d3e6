#include <openssl/crypto.h>
#include <openssl/err.h>

#include <charconv>
#include <string>

#include "engine/base/hash.h"
#include "engine/providers/hmac.h"
#include "engine/providers/host.h"
#include "engine/providers/text.h"

namespace hookswitch {

namespace {

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr size_t kTimeDigits = 15;

int32_t equal(hookswitch_str a, hookswitch_str b) {
  return a.size == b.size && (a.size == 0 || CRYPTO_memcmp(a.data, b.data, a.size) == 0);
}

int32_t ed25519_verify(hookswitch_str public_key, hookswitch_str signature, const hookswitch_str* parts, size_t count) {
  std::string message;
  for (size_t i = 0; i < count; ++i) message.append(parts[i].data, parts[i].size);
  Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key), public_key.size));
  HashContext context(EVP_MD_CTX_new());
  bool valid = key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
               EVP_DigestVerify(context.get(), bytes_of(signature), signature.size, bytes_of({message.data(), 0}),
                                message.size()) == 1;
  if (!valid) ERR_clear_error();  // the queue is per thread and would blame the next caller
  return valid;
}

size_t hex_encode(hookswitch_str in, char* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (size_t i = 0; i < in.size; ++i) {
    *out++ = kDigits[bytes_of(in)[i] >> 4];
    *out++ = kDigits[bytes_of(in)[i] & 15];
  }
  return in.size * 2;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int32_t hex_decode(hookswitch_str text, unsigned char* out, size_t* count) {
  if (text.size % 2 != 0) return 0;
  for (size_t i = 0; i < text.size; i += 2) {
    int high = hex_digit(text.data[i]), low = hex_digit(text.data[i + 1]);
    if (high < 0 || low < 0) return 0;
    *out++ = static_cast<unsigned char>(high * 16 + low);
  }
  *count = text.size / 2;
  return 1;
}

size_t base64_encode(hookswitch_str in, char* out) {
  char* at = out;
  for (size_t i = 0; i < in.size; i += 3) {
    size_t left = in.size - i;
    unsigned group = static_cast<unsigned>(bytes_of(in)[i]) << 16;
    if (left > 1) group |= static_cast<unsigned>(bytes_of(in)[i + 1]) << 8;
    if (left > 2) group |= bytes_of(in)[i + 2];
    *at++ = kBase64[group >> 18];
    *at++ = kBase64[group >> 12 & 63];
    *at++ = left > 1 ? kBase64[group >> 6 & 63] : '=';
    *at++ = left > 2 ? kBase64[group & 63] : '=';
  }
  return static_cast<size_t>(at - out);
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/// One canonical text for each value: full groups, right padding, no bits left over.
int32_t base64_decode(hookswitch_str text, unsigned char* out, size_t* count) {
  if (text.size % 4 != 0) return 0;
  unsigned char* at = out;
  for (size_t i = 0; i < text.size; i += 4) {
    bool last = i + 4 == text.size;
    int padding = !last ? 0 : text.data[i + 3] != '=' ? 0 : text.data[i + 2] != '=' ? 1 : 2;
    unsigned group = 0;
    for (int j = 0; j < 4 - padding; ++j) {
      int digit = base64_digit(text.data[i + static_cast<size_t>(j)]);
      if (digit < 0) return 0;
      group |= static_cast<unsigned>(digit) << (18 - 6 * j);
    }
    if (padding != 0 && (group & ((1U << (8 * padding)) - 1)) != 0) return 0;
    for (int j = 0; j < 3 - padding; ++j) *at++ = static_cast<unsigned char>(group >> (16 - 8 * j));
  }
  *count = static_cast<size_t>(at - out);
  return 1;
}

int32_t check_time(hookswitch_str text, int64_t unit_ms, int64_t now_ms, int64_t back_ms, int64_t ahead_ms) {
  int64_t value = 0;
  bool digits = text.size >= 1 && text.size <= kTimeDigits && text.data[0] != '-';
  if (!digits) return HOOKSWITCH_TIME_MALFORMED;
  const char* end = text.data + text.size;
  if (std::from_chars(text.data, end, value).ptr != end) return HOOKSWITCH_TIME_MALFORMED;
  int64_t time_ms = 0;
  if (__builtin_mul_overflow(value, unit_ms, &time_ms)) return HOOKSWITCH_TIME_AHEAD;
  if (time_ms < now_ms - back_ms) return HOOKSWITCH_TIME_TOO_OLD;
  return time_ms > now_ms + ahead_ms ? HOOKSWITCH_TIME_AHEAD : HOOKSWITCH_TIME_FRESH;
}

}  // namespace

const hookswitch_crypto* crypto_services() {
  static const hookswitch_crypto services{sizeof services,
                                          crypto::key_new,
                                          crypto::key_free,
                                          crypto::hmac,
                                          crypto::sha256,
                                          crypto::hmac_begin,
                                          crypto::sha256_begin,
                                          crypto::digest_update,
                                          crypto::digest_finish,
                                          crypto::digest_drop,
                                          equal,
                                          ed25519_verify,
                                          hex_encode,
                                          base64_encode,
                                          hex_decode,
                                          base64_decode,
                                          check_time};
  return &services;
}

}  // namespace hookswitch
