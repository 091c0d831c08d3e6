#include "engine/api/body_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "engine/api/resources.h"

namespace hookswitch {
namespace {

constexpr size_t kShownValueBytes = 80;

struct Type {
  std::string_view name;  // in JSON Schema
  const char* words;
  bool (*fits)(const Json& value);
};
constexpr Type kBodyTypes[] = {{"string", "a text", [](const Json& value) { return value.is_string(); }},
                               {"integer", "a whole number", [](const Json& value) { return value.is_number(); }},
                               {"number", "a number", [](const Json& value) { return value.is_number(); }},
                               {"boolean", "true or false", [](const Json& value) { return value.is_boolean(); }},
                               {"array", "a list", [](const Json& value) { return value.is_array(); }},
                               {"object", "an object", [](const Json& value) { return value.is_object(); }}};

// What a value should be, "a text or a number"; "" when it is that, or when its schema names no types.
std::string expected(const Json& schema, const Json& value) {
  if (!schema.contains("type") || value.is_null()) return "";
  const Json& one = schema["type"];
  std::vector<const char*> words;
  for (const Type& type : kBodyTypes) {
    bool named = one == type.name || (one.is_array() && std::find(one.begin(), one.end(), type.name) != one.end());
    if (named && type.fits(value)) return "";
    if (named) words.push_back(type.words);
  }
  return fmt::format("{}", fmt::join(words, " or "));
}

}  // namespace

Status check_types(const Json& body, const std::string& name) {
  static const Json kSchemas = schemas();
  const Json members = kSchemas.at(name).value("properties", Json::object());
  for (const auto& [member, value] : body.items()) {
    auto schema = members.find(member);
    if (schema == members.end()) continue;
    if (std::string words = expected(*schema, value); !words.empty())
      return fail(Code::invalid, "body: {}: found {}, expected {}", member, dump(value).substr(0, kShownValueBytes),
                  words);
  }
  return {};
}

}  // namespace hookswitch
