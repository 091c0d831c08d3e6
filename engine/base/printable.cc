#include "engine/base/printable.h"

#include <fmt/format.h>

namespace hookswitch {
namespace {

// Beyond ASCII there are more control characters, U+0080 to U+009F, which some terminals obey.
size_t control_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < ' ' || first == 0x7F) return 1;
  const auto second = static_cast<unsigned char>(text.size() > 1 ? text[1] : 0);
  return first == 0xC2 && second >= 0x80 && second < 0xA0 ? 2 : 0;
}

std::string escaped(char c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  return fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
}

}  // namespace

bool is_printable(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (control_size(text.substr(at)) > 0) return false;
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t size = control_size(text.substr(at));
    if (size == 0) out += text[at++];
    for (size_t i = 0; i < size; ++i) out += escaped(text[at++]);
  }
  return out;
}

}  // namespace hookswitch
