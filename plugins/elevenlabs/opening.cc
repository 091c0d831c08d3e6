#include "plugins/elevenlabs/opening.h"

#include <optional>

namespace hookswitch::plugin::elevenlabs {

namespace {

std::string_view skip_blanks(std::string_view text) {
  size_t at = text.find_first_not_of(" \t\r\n");
  return at == std::string_view::npos ? "" : text.substr(at);
}

/// The place behind the text that begins at `from` with a quote; npos when it breaks off.
size_t end_of_text(std::string_view json, size_t from) {
  for (size_t at = from + 1; at < json.size(); ++at) {
    if (json[at] == '\\') {
      ++at;
    } else if (json[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

/// The place behind the value at the beginning; npos when it breaks off.
size_t end_of_value(std::string_view json) {
  size_t depth = 0;
  for (size_t at = 0; at < json.size(); ++at) {
    char c = json[at];
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) return at;
    if (c == '"') {
      at = end_of_text(json, at);
      if (at == std::string_view::npos) return at;
      --at;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return std::string_view::npos;
}

/// The next value, as written.
std::optional<std::string_view> take_value(std::string_view& text) {
  text = skip_blanks(text);
  size_t end = end_of_value(text);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view value = text.substr(0, end);
  text.remove_prefix(end);
  return value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
}

/// The next member's name with its quotes.
std::optional<std::string_view> take_name(std::string_view& text) {
  text = skip_blanks(text);
  size_t end = text.starts_with('"') ? end_of_text(text, 0) : std::string_view::npos;
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view name = text.substr(0, end);
  text.remove_prefix(end);
  return take(text, ":") ? std::optional(name) : std::nullopt;
}

bool is_plain_text(std::string_view value) {
  return value.size() >= 2 && value[0] == '"' && value.find('\\') == std::string_view::npos;
}

}  // namespace

bool take(std::string_view& text, std::string_view token) {
  text = skip_blanks(text);
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

Opening read_opening(std::string_view text) {
  Opening out;
  if (!take(text, "{")) return out;
  do {
    auto name = take_name(text);
    auto value = name ? take_value(text) : std::nullopt;
    if (!value) return out;
    if (*name == "\"type\"" && out.type.empty() && is_plain_text(*value))
      out.type = value->substr(1, value->size() - 2);
    if (*name == "\"call_id\"") out.call_id = *value != "null";
  } while (take(text, ","));
  return out;
}

}  // namespace hookswitch::plugin::elevenlabs
