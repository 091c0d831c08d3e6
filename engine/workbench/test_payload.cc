#include "engine/workbench/test_payload.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/limits.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormMark = "hookswitch.form";

bool is_marked_form(lua_State* lua, int index) {
  if (lua_getmetatable(lua, index) == 0) return false;
  luaL_getmetatable(lua, kFormMark);
  const bool same = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return same;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string encoded(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string form_body(const Json& fields) {
  std::string out;
  for (const auto& [name, value] : fields.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : dump(value);
    out += (out.empty() ? "" : "&") + encoded(name) + "=" + encoded(text);
  }
  return out;
}

}  // namespace

const char* Payload::content_type() const { return form ? "application/x-www-form-urlencoded" : "application/json"; }

Result<Payload> read_payload(const std::string& folder, const std::string& name) {
  const fs::path relative = fs::path(name).lexically_normal();
  if (relative.is_absolute() || relative.begin() == relative.end() || *relative.begin() == "..") {
    return fail(Code::denied, "read \"{}\": expected a file below {}", name, folder);
  }
  std::ifstream file(fs::path(folder) / relative, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(Code::not_found, "read \"{}\": found no such file below {}", name, folder);
  Payload payload{text.str(), relative.extension() == ".form"};
  if (payload.body.size() > limits::kBodyBytes) {
    return fail(Code::too_large, "read \"{}\": found {} bytes, expected at most {}", name, payload.body.size(),
                limits::kBodyBytes);
  }
  return payload;
}

Payload payload_of(lua_State* lua, int index, const char* function, const std::string& folder) {
  if (lua_type(lua, index) == LUA_TSTRING) {
    auto payload = read_payload(folder, lua_tostring(lua, index));
    if (!payload) raise(lua, fmt::format("{}: {}", function, payload.error().message));
    return std::move(*payload);
  }
  if (!lua_istable(lua, index)) {
    raise(lua, fmt::format("{}: found {}, expected a fixture's name or a table", function, luaL_typename(lua, index)));
  }
  const bool form = is_marked_form(lua, index);
  Json value = read_json(lua, index, function, "payload");
  return {form ? form_body(value) : dump(value), form};
}

Json form_fields(const std::string& body) {
  Json out = Json::object();
  std::string_view rest = body;
  while (!rest.empty()) {
    std::string_view field = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), field.size() + 1));
    const size_t mark = field.find('=');
    if (field.empty()) continue;
    out[decoded(field.substr(0, mark))] = mark == std::string_view::npos ? "" : decoded(field.substr(mark + 1));
  }
  return out;
}

void mark_form(lua_State* lua) {
  luaL_newmetatable(lua, kFormMark);
  lua_setmetatable(lua, -2);
}

}  // namespace hookswitch
