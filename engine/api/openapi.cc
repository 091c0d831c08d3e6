// GET /openapi.json: the API described from its own endpoints, so that it cannot say anything else.
#include <fmt/format.h>

#include "engine/api/problem.h"
#include "engine/api/resources.h"

namespace hookswitch {
namespace {

Json ref(const std::string& schema) { return {{"$ref", "#/components/schemas/" + schema}}; }

Json schema_of(const Parameter& parameter) {
  switch (parameter.type) {
    case ParameterType::number:
      return {{"type", "integer"}, {"minimum", 1}, {"maximum", limits::kPageRows}, {"default", parameter.otherwise}};
    case ParameterType::word:
      return {{"type", "string"}, {"enum", parameter.words}};
    case ParameterType::time:
      return {{"type", "string"},
              {"description",
               "RFC 3339, a date (its midnight in UTC, if nothing else is said), or milliseconds since 1970"}};
    case ParameterType::text:
    case ParameterType::words:
      return {{"type", "string"}};
  }
  return Json::object();
}

// "/calls/{id}" -> id
std::vector<std::string> path_names(const std::string& path) {
  std::vector<std::string> out;
  for (size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1)) {
    out.push_back(path.substr(at + 1, path.find('}', at) - at - 1));
  }
  return out;
}

bool is_command(const Endpoint& endpoint) { return endpoint.method != "GET" && endpoint.command; }

Json parameters_of(const Endpoint& endpoint) {
  Json out = Json::array();
  for (const std::string& name : path_names(endpoint.path)) {
    out.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  for (const Parameter& parameter : endpoint.query) {
    out.push_back({{"name", parameter.name},
                   {"in", "query"},
                   {"description", parameter.about},
                   {"schema", schema_of(parameter)}});
  }
  if (is_command(endpoint)) {
    out.push_back(
        {{"name", "Idempotency-Key"},
         {"in", "header"},
         {"description", "the same request again with it within a day is answered as before and changes nothing"},
         {"schema", {{"type", "string"}, {"maxLength", 255}}}});
  }
  return out;
}

Json answer_of(const Endpoint& endpoint) {
  if (endpoint.answers == "Text") return {{"text/plain", {{"schema", {{"type", "string"}}}}}};
  if (endpoint.answers == "Audio") return {{"audio/*", {{"schema", {{"type", "string"}, {"format", "binary"}}}}}};
  if (endpoint.answers == "EventStream") return {{"text/event-stream", {{"schema", {{"type", "string"}}}}}};
  Json schema = ref(endpoint.answers);
  if (endpoint.list) {
    schema = {{"type", "object"},
              {"required", {"data", "next_cursor"}},
              {"properties",
               {{"data", {{"type", "array"}, {"items", ref(endpoint.answers)}}},
                {"next_cursor", {{"type", {"string", "null"}}}}}}};
  }
  return {{"application/json", {{"schema", schema}}}};
}

// "GET /api/v1/calls/{id}" -> "get_calls_id"
std::string operation_id(const Endpoint& endpoint) {
  std::string out;
  std::string path = endpoint.path.starts_with("/api/v1") ? endpoint.path.substr(7) : endpoint.path;
  for (char c : endpoint.method + path) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) out.push_back(c);
    if (!plain && c != '}' && !out.ends_with('_')) out.push_back('_');
  }
  return out;
}

// What is said beside 200 when a body is given by ranges, and by somebody else for the first time.
void describe_audio(const Endpoint& endpoint, Json& operation) {
  Json retry{{"Retry-After", {{"description", "seconds"}, {"schema", {{"type", "integer"}}}}}};
  operation["parameters"].push_back({{"name", "Range"}, {"in", "header"}, {"schema", {{"type", "string"}}}});
  operation["responses"]["202"] = {{"description", "on its way"},
                                   {"headers", retry},
                                   {"content", {{"application/json", {{"schema", ref("Object")}}}}}};
  operation["responses"]["206"] = {{"description", "the range asked for"}, {"content", answer_of(endpoint)}};
}

// A command that is not carried out within the time a client waits is answered 202.
Json responses_of(const Endpoint& endpoint) {
  Json out = Json::object();
  if (is_command(endpoint)) {
    out["202"] = {{"description", "logged, and will be carried out"},
                  {"content", {{"application/json", {{"schema", ref("Logged")}}}}}};
  }
  for (int status : endpoint.statuses) {
    Json content = answer_of(endpoint);
    if (status == 202) content["application/json"]["schema"] = {{"anyOf", {ref(endpoint.answers), ref("Logged")}}};
    out[std::to_string(status)] = {{"description", status == 201 ? "made" : "done"}, {"content", content}};
  }
  return out;
}

Json operation_of(const Endpoint& endpoint) {
  Json problem{{"description", "what is wrong, as RFC 9457 describes it"},
               {"content", {{"application/problem+json", {{"schema", ref("Problem")}}}}}};
  Json out{{"operationId", operation_id(endpoint)},
           {"summary", endpoint.summary},
           {"parameters", parameters_of(endpoint)},
           {"responses", responses_of(endpoint)}};
  out["responses"]["default"] = problem;
  if (endpoint.answers == "Audio") describe_audio(endpoint, out);
  if (!endpoint.takes.empty()) {
    out["requestBody"] = {{"required", true}, {"content", {{"application/json", {{"schema", ref(endpoint.takes)}}}}}};
    if (!endpoint.text_type.empty()) {
      out["requestBody"]["content"][endpoint.text_type] = {{"schema", {{"type", "string"}}}};
    }
  }
  bool open = endpoint.role == Role::nobody;
  out["security"] = open ? Json::array() : Json::array({{{"token", Json::array()}}});
  if (!open) out["x-role"] = name(endpoint.role);
  return out;
}

std::string lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(c + 32);
  return text;
}

}  // namespace

Json openapi(const Endpoints& endpoints, const std::string& version) {
  Json paths = Json::object();
  for (const Endpoint& endpoint : endpoints) paths[endpoint.path][lowered(endpoint.method)] = operation_of(endpoint);
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "Hookswitch"}, {"version", version}, {"license", {{"name", "Apache-2.0"}}}}},
          {"paths", paths},
          {"components",
           {{"schemas", schemas()},
            {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "hs_..."}}}}}}}};
}

void add_openapi(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET", .path = "/api/v1/openapi.json", .role = Role::nobody, .summary = "This document"});
  auto document = std::make_shared<const std::string>(dump(openapi(to, parts.version)));
  to.back().handle = [document](ApiRequest&) {
    return Response{200, {{"Content-Type", "application/json"}}, *document};
  };
}

void add_paging(std::vector<Parameter>& to) {
  to.push_back({"limit", "rows of a page", ParameterType::number});
  to.push_back({"cursor", "next_cursor of the page before"});
}

}  // namespace hookswitch
