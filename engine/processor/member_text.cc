#include "engine/processor/member_text.h"

namespace hookswitch {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

// Behind the string that begins at `at`.
size_t string_end(std::string_view text, size_t at) {
  size_t end = at;
  do {
    end = text.find('"', end + 1);
    if (end == std::string_view::npos) return text.size();
    size_t before = text.find_last_not_of('\\', end - 1);
    if ((end - before) % 2 == 1) return end + 1;  // an even number of backslashes escapes each other
  } while (true);
}

int deeper(char c) { return c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0; }

// Behind the object or array that begins at `at`.
size_t value_end(std::string_view text, size_t at) {
  int depth = 0;
  while (at < text.size()) {
    if (text[at] == '"') {
      at = string_end(text, at);
      continue;
    }
    depth += deeper(text[at++]);
    if (depth == 0) break;
  }
  return at;
}

// Where the value begins that belongs to the key before `at`; npos when that was no key.
size_t value_begin(std::string_view text, size_t at) {
  size_t colon = text.find_first_not_of(kBlank, at);
  if (colon == std::string_view::npos || text[colon] != ':') return std::string_view::npos;
  return text.find_first_not_of(kBlank, colon + 1);
}

}  // namespace

std::optional<std::string_view> member_text(std::string_view object, std::string_view name) {
  int depth = 0;
  for (size_t at = 0; at < object.size();) {
    if (object[at] != '"') {
      depth += deeper(object[at++]);
      continue;
    }
    size_t end = string_end(object, at);
    bool wanted = depth == 1 && object.substr(at + 1, end - at - 2) == name;
    at = end;
    size_t begin = wanted ? value_begin(object, end) : std::string_view::npos;
    if (begin == std::string_view::npos) continue;
    if (deeper(object[begin]) != 1) return std::nullopt;
    return object.substr(begin, value_end(object, begin) - begin);
  }
  return std::nullopt;
}

}  // namespace hookswitch
