#include "tests/support/openapi_check.h"

#include <algorithm>
#include <regex>
#include <set>

namespace hookswitch::test {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  for (size_t start = 0; start <= text.size();) {
    size_t end = std::min(text.find(at, start), text.size());
    out.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> params(std::string_view encoded) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& part : split(encoded, '&')) {
    size_t equals = std::min(part.find('='), part.size());
    if (!part.empty())
      out.emplace_back(decoded(part.substr(0, equals)), decoded(part.substr(std::min(equals + 1, part.size()))));
  }
  return out;
}

bool is_type(const Json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  if (type == "null") return value.is_null();
  return value.is_object();
}

bool is_format(const std::string& text, const std::string& format) {
  static const std::regex date_time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))");
  static const std::regex uri(R"([a-z][a-z0-9+.-]*://[^\s]+)");
  if (format == "date-time") return std::regex_match(text, date_time);
  return format != "uri" || std::regex_match(text, uri);
}

}  // namespace

const Json& OpenApiCheck::resolved(const Json& schema) const {
  if (!schema.contains("$ref")) return schema;
  std::string path = schema["$ref"];
  return resolved(document_["components"]["schemas"].at(path.substr(path.rfind('/') + 1)));
}

const Json* OpenApiCheck::find(std::string_view method, std::string_view path, Params& in_path) const {
  std::vector<std::string> parts = split(path, '/');
  for (const auto& [pattern, operations] : document_["paths"].items()) {
    std::vector<std::string> expected = split(pattern, '/');
    if (expected.size() != parts.size() || !operations.contains(std::string(method))) continue;
    Params values;
    bool same = true;
    for (size_t i = 0; i < parts.size() && same; ++i) {
      size_t open = expected[i].find('{'), close = expected[i].find('}');
      if (open == std::string::npos) {
        same = expected[i] == parts[i];
        continue;
      }
      std::string before = expected[i].substr(0, open), after = expected[i].substr(close + 1);
      same =
          parts[i].size() > before.size() + after.size() && parts[i].starts_with(before) && parts[i].ends_with(after);
      if (same) {
        values.emplace_back(expected[i].substr(open + 1, close - open - 1),
                            parts[i].substr(before.size(), parts[i].size() - before.size() - after.size()));
      }
    }
    if (!same) continue;
    in_path = values;
    return &operations[std::string(method)];
  }
  return nullptr;
}

Json OpenApiCheck::typed(const std::string& text, const Json& schema) const {
  const Json& real = resolved(schema);
  for (const char* choice : {"anyOf", "oneOf"}) {
    if (!real.contains(choice)) continue;
    for (const Json& each : real[choice]) {
      if (Json value = typed(text, each); check(value, each, "").empty()) return value;
    }
  }
  std::string type = real.value("type", "string");
  if (type == "array") return Json::array({typed(text, real.value("items", Json::object()))});
  if (type == "string") return text;
  Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json(text) : value;
}

std::string OpenApiCheck::check_text(const std::string& value, const Json& schema, const std::string& where) const {
  if (schema.contains("pattern") && !std::regex_search(value, std::regex(schema["pattern"].get<std::string>()))) {
    return where + ": found \"" + value + "\", expected " + schema["pattern"].get<std::string>();
  }
  if (!is_format(value, schema.value("format", "")))
    return where + ": found \"" + value + "\", no " + schema["format"].get<std::string>();
  bool fits =
      value.size() >= schema.value("minLength", size_t{0}) && value.size() <= schema.value("maxLength", SIZE_MAX);
  return fits ? "" : where + ": too long or too short";
}

std::string OpenApiCheck::check_object(const Json& value, const Json& schema, const std::string& where) const {
  for (const Json& name : schema.value("required", Json::array())) {
    if (!value.contains(name.get<std::string>())) return where + "." + name.get<std::string>() + ": missing";
  }
  const Json known = schema.value("properties", Json::object());
  for (const auto& [name, member] : value.items()) {
    if (!known.contains(name)) {
      if (schema.contains("additionalProperties") && schema["additionalProperties"] != Json(false)) continue;
      return where + "." + name + ": not in the document";
    }
    if (std::string wrong = check(member, known[name], where + "." + name); !wrong.empty()) return wrong;
  }
  return "";
}

std::string OpenApiCheck::check(const Json& value, const Json& given, const std::string& where) const {
  const Json& schema = resolved(given);
  for (const char* choice : {"anyOf", "oneOf"}) {
    if (!schema.contains(choice)) continue;
    std::string last;
    bool any = std::ranges::any_of(schema[choice],
                                   [&](const Json& each) { return (last = check(value, each, where)).empty(); });
    return any ? "" : last;
  }
  if (schema.contains("const") && value != schema["const"]) return where + ": found " + value.dump();
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) {
    return where + ": found " + value.dump() + ", expected one of " + schema["enum"].dump();
  }
  if (!schema.contains("type")) return "";
  std::string type = schema["type"];
  if (!is_type(value, type)) return where + ": found " + value.dump() + ", expected " + type;
  if (type == "string") return check_text(value, schema, where);
  if (type == "object") return check_object(value, schema, where);
  if (value.is_number() && (value < schema.value("minimum", -1e300) || value > schema.value("maximum", 1e300))) {
    return where + ": found " + value.dump() + ", out of bounds";
  }
  if (type != "array") return "";
  if (value.size() > schema.value("maxItems", SIZE_MAX)) return where + ": too many items";
  for (const Json& item : value) {
    if (std::string wrong = check(item, schema.value("items", Json::object()), where + "[]"); !wrong.empty())
      return wrong;
  }
  return "";
}

std::string OpenApiCheck::check_query(const Json& operation, const Params& query) const {
  std::set<std::string> given;
  for (const auto& [name, text] : query) {
    const Json& known = operation["parameters"];
    auto found =
        std::ranges::find_if(known, [&](const Json& each) { return each["in"] == "query" && each["name"] == name; });
    if (found == known.end()) return "query " + name + ": not in the document";
    given.insert(name);
    if (std::string wrong = check(typed(text, (*found)["schema"]), (*found)["schema"], name); !wrong.empty())
      return wrong;
  }
  for (const Json& each : operation["parameters"]) {
    bool missing =
        each["in"] == "query" && each.value("required", false) && !given.contains(each["name"].get<std::string>());
    if (missing) return "query " + each["name"].get<std::string>() + ": missing";
  }
  return "";
}

std::string OpenApiCheck::check_path(const Json& operation, const Params& path) const {
  for (const auto& [name, text] : path) {
    for (const Json& each : operation["parameters"]) {
      if (each["in"] != "path" || each["name"] != name) continue;
      if (std::string wrong = check(text, each["schema"], name); !wrong.empty()) return wrong;
    }
  }
  return "";
}

std::string OpenApiCheck::check_form(const Json& schema, const std::string& body) const {
  Json object = Json::object();
  for (const auto& [name, text] : params(body)) {
    const Json known = schema["properties"].value(name, Json::object());
    bool list = resolved(known).value("type", "") == "array";
    if (object.contains(name) && !list) return name + ": given twice";
    if (object.contains(name)) {
      object[name].push_back(text);
    } else {
      object[name] = typed(text, known);
    }
  }
  return check(object, schema, "");
}

std::string OpenApiCheck::check_body(const Json& operation, const Request& request) const {
  if (!operation.contains("requestBody")) return request.body.empty() ? "" : "a body where none belongs";
  const Json& content = operation["requestBody"]["content"];
  if (!content.contains(request.content_type)) return "content type " + request.content_type + ": not in the document";
  const Json& schema = content[request.content_type]["schema"];
  if (request.content_type != "application/json") return check_form(schema, request.body);
  Json value = Json::parse(request.body, nullptr, false);
  return value.is_discarded() ? "the body is no JSON" : check(value, schema, "");
}

std::string OpenApiCheck::complaint(const Request& request) const {
  std::string method = request.method;
  std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::tolower(c); });
  size_t question = std::min(request.target.find('?'), request.target.size());
  Params in_path;
  const Json* operation = find(method, request.target.substr(0, question), in_path);
  if (operation == nullptr) return request.method + " " + request.target.substr(0, question) + ": not in the document";
  if (std::string wrong = check_path(*operation, in_path); !wrong.empty()) return wrong;
  Params query = params(std::string_view(request.target).substr(std::min(question + 1, request.target.size())));
  if (std::string wrong = check_query(*operation, query); !wrong.empty()) return wrong;
  return check_body(*operation, request);
}

std::string OpenApiCheck::complaint(const Json& value, const std::string& schema) const {
  return check(value, document_["components"]["schemas"].at(schema), schema);
}

}  // namespace hookswitch::test
