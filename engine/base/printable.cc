#include "engine/base/printable.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

namespace hookswitch {
namespace {

struct Character {
  size_t size = 1;
  bool shown = false;
};

// Beyond ASCII there are more control characters, U+0080 to U+009F, which some terminals obey. A byte that is not UTF-8
// would make of a whole line one that the journal shows no text of.
Character first_of(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {1, first >= ' ' && first != 0x7F};
  for (size_t size = 2; size <= std::min<size_t>(4, text.size()); ++size) {
    if (simdjson::validate_utf8(text.data(), size)) {
      return {size, first != 0xC2 || static_cast<unsigned char>(text[1]) >= 0xA0};
    }
  }
  return {};
}

std::string escaped(char c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  return fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
}

}  // namespace

bool is_printable(std::string_view text) {
  while (!text.empty()) {
    const Character character = first_of(text);
    if (!character.shown) return false;
    text.remove_prefix(character.size);
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character character = first_of(text);
    const std::string_view bytes = text.substr(0, character.size);
    if (character.shown) out += bytes;
    for (size_t i = 0; !character.shown && i < bytes.size(); ++i) out += escaped(bytes[i]);
    text.remove_prefix(character.size);
  }
  return out;
}

}  // namespace hookswitch
