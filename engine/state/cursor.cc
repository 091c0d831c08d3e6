#include "engine/state/cursor.h"

#include <optional>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/sealing/keys.h"

namespace hookswitch {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_base64url(std::string_view bytes) {
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (unsigned char byte : bytes) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) out += kAlphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) out += kAlphabet[bits << (6 - held) & 63];
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (char letter : text) {
    size_t value = kAlphabet.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 255);
  }
  return out;
}

// A seal against cursors of another listing and against typing errors; a client could compute it, and would gain
// nothing, for a cursor only says where to begin within what the filters allow.
uint64_t seal(std::string_view scope, std::string_view place) { return hash64(place, hash64(scope)); }

const Keys& hiding_keys() {
  static const std::shared_ptr<const Keys> kKeys = Keys::make(random_bytes(kKeyBytes)).value();
  return *kKeys;
}

}  // namespace

std::string encode_cursor(std::string_view scope, std::string_view place) {
  std::string bytes;
  put_le(bytes, seal(scope, place));
  bytes += place;
  return to_base64url(bytes);
}

std::string encode_hidden_cursor(std::string_view scope, std::string_view place) {
  return to_base64url(hiding_keys().sealed(scope, place));
}

Result<std::string> decode_cursor(std::string_view scope, std::string_view cursor) {
  auto bytes = from_base64url(cursor);
  if (bytes && bytes->size() >= sizeof(uint64_t)) {
    std::string place = bytes->substr(sizeof(uint64_t));
    if (get_le<uint64_t>(bytes->data()) == seal(scope, place)) return place;
    if (auto hidden = hiding_keys().opened(scope, *bytes)) return hidden;
  }
  return fail(Code::invalid,
              "read cursor: found {} characters that this listing with these filters did not give out, "
              "expected next_cursor of the page before",
              cursor.size());
}

}  // namespace hookswitch
