// Bodies whose members are of other types than the OpenAPI document says: refused, whatever the route.
#include <algorithm>

#include "engine/state/campaigns.h"
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

const std::vector<std::pair<std::string, Json>> kOneOfEach{
    {"string", "some text"}, {"integer", 7}, {"boolean", true}, {"array", {1}}, {"object", {{"a", 1}}}};

/// One way of sending JSON that the document has.
struct Route {
  std::string method;
  std::string path;
  Json body;  // schema
};

class Document {
 public:
  explicit Document(Json openapi) : openapi_(std::move(openapi)) {}

  std::vector<Route> routes() const {
    std::vector<Route> out;
    for (const auto& [path, operations] : openapi_["paths"].items()) {
      for (const auto& [method, operation] : operations.items()) {
        if (!operation.contains("requestBody")) continue;
        std::string upper = method;
        std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
        const Json& content = operation["requestBody"]["content"]["application/json"];
        out.push_back({upper, filled_in(path), whole(content["schema"])});
      }
    }
    return out;
  }

  Json whole(const Json& schema) const {
    if (!schema.contains("$ref")) return schema;
    return openapi_.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1)));
  }

 private:
  static std::string filled_in(std::string path) {
    for (const auto& [name, value] : {std::pair{"{phone}", "%2B40721234567"}, {"{id}", "cmp_1"}}) {
      if (auto at = path.find(name); at != std::string::npos) path.replace(at, std::string(name).size(), value);
    }
    return path;
  }

  Json openapi_;
};

bool allows(const Json& schema, const std::string& type) {
  if (!schema.contains("type")) return true;
  const Json& types = schema["type"];
  auto named = [&](const char* name) { return types == name || (types.is_array() && std::ranges::count(types, name)); };
  return named(type.c_str()) || (type == "integer" && named("number"));
}

/// A body that has what the schema requires of it.
Json smallest(const Document& document, const Json& schema) {
  Json body = Json::object();
  for (const Json& name : schema.value("required", Json::array())) {
    const Json member = document.whole(schema["properties"][name.get<std::string>()]);
    for (const auto& [type, value] : kOneOfEach) {
      if (allows(member, type)) body[name.get<std::string>()] = value;
    }
  }
  return body;
}

std::vector<std::string> members_of(const Json& schema) {
  std::vector<std::string> names;
  if (!schema.contains("properties")) return names;
  for (const auto& [name, unused] : schema["properties"].items()) names.push_back(name);
  return names;
}

/// The values, and each as a member of what the schema describes, as an item, and as a member of an item.
std::vector<Json> with_deeper_ones(const Document& document, const Json& schema, const std::vector<Json>& values) {
  std::vector<Json> out = values;
  const Json member = document.whole(schema);
  const Json items = document.whole(member.value("items", Json::object()));
  for (const Json& value : values) {
    out.push_back(Json::array({value}));
    for (const std::string& inner : members_of(member)) out.push_back(Json{{inner, value}});
    for (const std::string& inner : members_of(items)) out.push_back(Json::array({Json{{inner, value}}}));
  }
  return out;
}

void put_campaign_to_change(ApiFixture& fixture) {
  fixture.write([](Writer& writer) {
    Campaign campaign;
    campaign.id = "cmp_1";
    campaign.name = "spring";
    put_campaign(writer, campaign);
  });
}

}  // namespace

TEST_CASE("a member of another type than the document says is refused on every route, with its name") {
  ApiFixture fixture;
  put_campaign_to_change(fixture);
  Document document(fixture.get("/api/v1/openapi.json").json);
  REQUIRE(document.routes().size() > 15);
  for (const Route& route : document.routes()) {
    for (const auto& [name, schema] : route.body["properties"].items()) {
      for (const auto& [type, value] : kOneOfEach) {
        if (allows(document.whole(schema), type)) continue;
        Json body = smallest(document, route.body);
        body[name] = value;
        Reply reply = fixture.send(route.method, route.path, dump(body));
        INFO(route.method << " " << route.path << " " << dump(body) << ": " << reply.text);
        CHECK(reply.status == 400);
        CHECK(reply.headers["content-type"] == "application/problem+json");
        CHECK(reply.text.find(name) != std::string::npos);
      }
    }
  }
  CHECK(fixture.commands.empty());
}

TEST_CASE("whatever a member is, also deeper down, no route fails on it") {
  ApiFixture fixture;
  put_campaign_to_change(fixture);
  Document document(fixture.get("/api/v1/openapi.json").json);
  std::vector<Json> values{nullptr, -1, 1.5, uint64_t{1} << 63, "", "any", Json::array(), Json::object()};
  for (const auto& [type, value] : kOneOfEach) values.push_back(value);
  for (const Route& route : document.routes()) {
    for (const auto& [name, schema] : route.body["properties"].items()) {
      for (const Json& value : with_deeper_ones(document, schema, values)) {
        Json body = smallest(document, route.body);
        body[name] = value;
        Reply reply = fixture.send(route.method, route.path, dump(body));
        INFO(route.method << " " << route.path << " " << dump(body) << ": " << reply.text);
        CHECK(reply.status < 500);
        CHECK(reply.status >= 200);
      }
    }
  }
}
