// hookswitch.url: encode, decode, parse_query, build_query.
#include <fmt/format.h>

#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/modules.h"
#include "engine/rules/read_only.h"

namespace hookswitch {
namespace {

bool is_unreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    is_unreserved(byte) ? out.push_back(c) : static_cast<void>(out += fmt::format("%{:02X}", byte));
  }
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// A '%' that begins no escape stays as it is; '+' is a blank only in queries.
std::string decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '%' && at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
    if (low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      at += 2;
    } else {
      out.push_back(plus_is_blank && text[at] == '+' ? ' ' : text[at]);
    }
  }
  return out;
}

void push_string(lua_State* lua, const std::string& text) { lua_pushlstring(lua, text.data(), text.size()); }

std::string_view charged_url(lua_State* lua, const char* function) {
  const std::string_view text = Arguments::function(lua, function).text(1, "text");
  Sandbox::of(lua).charge(1 + text.size() / 4);
  Sandbox::of(lua).make_room(3 * text.size());
  return text;
}

int encode_url(lua_State* lua) {
  push_string(lua, encoded(charged_url(lua, "url.encode")));
  return 1;
}

int decode_url(lua_State* lua) {
  push_string(lua, decoded(charged_url(lua, "url.decode"), false));
  return 1;
}

/// Of a repeated name the last one counts.
int parse_query(lua_State* lua) {
  std::string_view rest = charged_url(lua, "url.parse_query");
  if (rest.starts_with('?')) rest.remove_prefix(1);
  lua_newtable(lua);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    push_string(lua, decoded(pair.substr(0, equals), true));
    push_string(lua, decoded(pair.substr(std::min(pair.size(), equals + 1)), true));
    lua_rawset(lua, -3);
  }
  return 1;
}

/// Names in sorted order; numbers and truth as text.
int build_query(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "url.build_query");
  arguments.table(1, "fields");
  const Json fields = arguments.json(1, "fields");
  if (fields.is_array()) arguments.refuse("found a list, expected named values");
  std::string out;
  for (const auto& [name, value] : fields.items()) {
    if (value.is_structured() || value.is_null()) arguments.refuse(fmt::format("{}: expected text or a number", name));
    const std::string text = value.is_string() ? value.get<std::string>() : dump(value);
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", encoded(name), encoded(text));
  }
  Sandbox::of(lua).charge(1 + out.size() / 4);
  push_string(lua, out);
  return 1;
}

}  // namespace

void push_module_url(lua_State* lua) {
  lua_newtable(lua);
  set_function<encode_url>(lua, "encode");
  set_function<decode_url>(lua, "decode");
  set_function<parse_query>(lua, "parse_query");
  set_function<build_query>(lua, "build_query");
  make_read_only(lua, "hookswitch.url");
}

}  // namespace hookswitch
