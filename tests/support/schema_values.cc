#include "tests/support/schema_values.h"

#include <array>
#include <limits>
#include <set>
#include <stdexcept>

#include "tests/support/temp_dir.h"

namespace hookswitch::test {
namespace {

constexpr int kDeepest = 8;  // optional members stop here, so that recursive schemas end
constexpr size_t kMostItems = 4;

const std::set<std::string> kUnderstood{
    "$ref",  "type",  "properties", "required", "items",    "enum",     "const", "additionalProperties",
    "oneOf", "anyOf", "minItems",   "format",   "maxItems", "maxLength"};

std::string percent_encoded(const std::string& text) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    if (std::isalnum(c) != 0) {
      out += static_cast<char>(c);
    } else {
      out += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  return out;
}

}  // namespace

SchemaValues::SchemaValues(const std::string& file, uint32_t seed)
    : document_(Json::parse(fixture("openapi/" + file))["components"]["schemas"]), random_(seed) {}

Json SchemaValues::value(const std::string& name) { return make(document_.at(name), 0); }

std::string SchemaValues::form(const std::string& name) {
  Json fields = value(name);
  std::string out;
  for (const auto& [key, text] : fields.items()) {
    out += (out.empty() ? "" : "&") + key + "=" + percent_encoded(text.get<std::string>());
  }
  return out;
}

Json SchemaValues::make(const Json& schema, int depth) {
  if (schema.is_boolean() || schema.empty()) return make_any(depth);
  for (const auto& [key, unused] : schema.items()) {
    if (!kUnderstood.contains(key)) throw std::runtime_error("a schema says \"" + key + "\"");
  }
  if (auto ref = schema.find("$ref"); ref != schema.end()) {
    std::string path = *ref;
    return make(document_.at(path.substr(path.rfind('/') + 1)), depth);
  }
  for (const char* choice : {"oneOf", "anyOf"}) {
    if (auto found = schema.find(choice); found != schema.end()) return make((*found)[below(found->size())], depth);
  }
  if (schema.contains("const")) return schema["const"];
  if (schema.contains("enum")) return schema["enum"][below(schema["enum"].size())];
  std::string type = schema.value("type", "object");
  if (type == "object") return make_object(schema, depth);
  if (type == "array") return make_array(schema, depth);
  if (type == "integer") return make_integer(schema);
  if (type == "boolean") return below(2) == 0;
  if (type == "null") return nullptr;
  if (type == "string") return random_text(random_, schema.value("format", ""));
  if (type != "number") throw std::runtime_error("a schema has the type \"" + type + "\"");
  if (schema.contains("format")) return make_integer(schema);
  static const std::array kNumbers{0.0, -0.0, 0.1, 12.5, -3.75, 1e-300, 1e300, 86400.0, 1e15, 9007199254740993.0};
  return kNumbers[below(kNumbers.size())];
}

Json SchemaValues::make_object(const Json& schema, int depth) {
  Json out = Json::object();
  std::set<std::string> required;
  if (schema.contains("required")) required = schema["required"].get<std::set<std::string>>();
  bool generous = below(2) == 0;
  if (schema.contains("properties")) {
    for (const auto& [name, property] : schema["properties"].items()) {
      bool optional_too = depth < kDeepest && below(4) < (generous ? 3U : 1U);
      if (required.contains(name) || optional_too) out[name] = make(property, depth + 1);
    }
  }
  auto more = schema.find("additionalProperties");
  if (more != schema.end() && *more != Json(false) && depth < kDeepest) {
    for (size_t n = below(kMostItems); n > 0; --n) out[random_text(random_)] = make(*more, depth + 1);
  }
  return out;
}

Json SchemaValues::make_array(const Json& schema, int depth) {
  Json out = Json::array();
  size_t least = schema.value("minItems", size_t{0});
  size_t most = schema.value("maxItems", depth < kDeepest ? kMostItems : least);
  size_t count = least + below(most - least + 1);
  while (out.size() < count) out.push_back(make(schema.contains("items") ? schema["items"] : Json(true), depth + 1));
  return out;
}

Json SchemaValues::make_integer(const Json& schema) {
  if (schema.value("format", "") == "unix-seconds") return 1'700'000'000 + static_cast<int64_t>(below(60'000'000));
  static const std::array<int64_t, 8> kIntegers{
      0, 1, -1, 42, 86'400, 1'700'000'000, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
  return kIntegers[below(kIntegers.size())];
}

Json SchemaValues::make_any(int depth) {
  switch (below(depth < kDeepest ? 7 : 5)) {
    case 0:
      return nullptr;
    case 1:
      return below(2) == 0;
    case 2:
      return make_integer(Json::object());
    case 3:
      return 0.25;
    case 4:
      return random_text(random_);
    case 5:
      return Json::array({make_any(depth + 1), make_any(depth + 1)});
    default:
      return Json{{random_text(random_), make_any(depth + 1)}};
  }
}

}  // namespace hookswitch::test
