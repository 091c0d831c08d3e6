#include "engine/state/keys.h"

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"

namespace hookswitch {
namespace {

constexpr size_t kHashBytes = 16;
constexpr size_t kBeginningBytes = limits::kIndexedTextBytes - kHashBytes;
constexpr char kHashed = '\xff';

}  // namespace

void put_key_text(std::string& key, std::string_view text) {
  bool fits = text.size() <= limits::kIndexedTextBytes;
  key += fits ? static_cast<char>(text.size()) : kHashed;
  if (fits) {
    key += text;
  } else {
    key += bounded_key(text);
  }
}

size_t key_text_size(std::string_view key) {
  if (key.empty()) return 0;
  size_t size = 1 + (key.front() == kHashed ? limits::kIndexedTextBytes : static_cast<unsigned char>(key.front()));
  return size <= key.size() ? size : 0;
}

std::string bounded_key(std::string_view text) {
  if (text.size() <= limits::kIndexedTextBytes) return std::string(text);
  return std::string(text.substr(0, kBeginningBytes)) + hash128(text);
}

void put_newest_first(std::string& key, int64_t time_ms) { put_ordered_i64(key, ~time_ms); }

int64_t get_newest_first(const char* at) { return ~get_ordered_i64(at); }

}  // namespace hookswitch
