#include <algorithm>
#include <set>

#include "engine/api/resources.h"
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

// A path of the endpoint that can be asked for.
std::string example_path(std::string path) {
  for (size_t at = path.find('{'); at != std::string::npos; at = path.find('{')) {
    path.replace(at, path.find('}') - at + 1, "1");
  }
  return path;
}

}  // namespace

TEST_CASE("without a token everything but health and the API's own description is refused") {
  ApiFixture fixture;
  for (const Endpoint& endpoint : fixture.api().endpoints()) {
    INFO(endpoint.method << " " << endpoint.path);
    Reply reply = fixture.send(endpoint.method, example_path(endpoint.path), "", "");
    bool open = std::set<std::string>{"/healthz", "/readyz", "/api/v1/openapi.json"}.contains(endpoint.path);
    CHECK(reply.status == (open ? 200 : 401));
    if (open) continue;
    CHECK(reply.headers["www-authenticate"] == "Bearer realm=\"hookswitch\"");
    CHECK(reply.headers["content-type"] == "application/problem+json");
  }
}

TEST_CASE("every endpoint refuses the role below its own, and a bound token where it shows all tenants") {
  ApiFixture fixture;
  for (const Endpoint& endpoint : fixture.api().endpoints()) {
    INFO(endpoint.method << " " << endpoint.path);
    std::string path = example_path(endpoint.path);
    if (endpoint.role > Role::viewer) CHECK(fixture.send(endpoint.method, path, "", "viewer").status == 403);
    if (endpoint.role > Role::operate) CHECK(fixture.send(endpoint.method, path, "", "operator").status == 403);
    if (endpoint.every_tenant) CHECK(fixture.send(endpoint.method, path, "", "bound_admin").status == 403);
  }
  CHECK(fixture.commands.empty());
}

TEST_CASE("a token that is unknown, revoked, malformed or no bearer token is refused") {
  ApiFixture fixture;
  auto with = [&](const std::string& value) { return fixture.get("/api/v1/calls", "", {{"authorization", value}}); };
  CHECK(with("Bearer hs_admin").status == 200);
  CHECK(with("bearer hs_admin").status == 200);
  for (const std::string& value :
       {std::string("Bearer hs_nobody"), std::string("Bearer hs_revoked"), std::string("Bearer "),
        std::string("Basic aHNfYWRtaW4="), "Bearer hs_" + std::string(5000, 'a')}) {
    INFO(value.substr(0, 40));
    Reply reply = with(value);
    CHECK(reply.status == 401);
    CHECK(reply.text.find("hs_nobody") == std::string::npos);
  }
  CHECK(with("Bearer hs_revoked").headers["www-authenticate"].find("invalid_token") != std::string::npos);
  CHECK(fixture.metrics().text().find("hookswitch_api_denied_total{reason=\"revoked\"} 2") != std::string::npos);
}

TEST_CASE("the command line's own token is an admin") {
  ApiFixture fixture;
  CHECK(fixture.get("/api/v1/tokens", "", {{"authorization", "Bearer hs_cli"}}).status == 200);
}

TEST_CASE("metrics are open to this machine, unless a proxy asks for others") {
  ApiFixture fixture;
  CHECK(fixture.get("/metrics", "", {{"test-peer", "127.0.0.1"}}).status == 200);
  CHECK(fixture.get("/metrics", "", {{"test-peer", "::1"}}).status == 200);
  CHECK(fixture.get("/metrics", "", {{"test-peer", "127.0.0.1"}, {"x-forwarded-for", "203.0.113.9"}}).status == 401);
  CHECK(fixture.get("/metrics", "", {{"test-peer", "203.0.113.9"}}).status == 401);
  Reply reply = fixture.get("/metrics", "viewer");
  CHECK(reply.status == 200);
  CHECK(reply.headers["content-type"].starts_with("text/plain; version=0.0.4"));
}

TEST_CASE("a path that is not there is 404, a method that is not is 405 with those that are") {
  ApiFixture fixture;
  Reply reply = fixture.get("/api/v1/cals");
  CHECK(reply.status == 404);
  CHECK(reply.json["title"] == "Not Found");
  CHECK(fixture.get("/").status == 404);
  CHECK(fixture.get("/api/v1/calls/").status == 404);
  CHECK(fixture.get("/api/v1/calls/%zz").status == 404);
  reply = fixture.send("PATCH", "/api/v1/dead", "");
  CHECK(reply.status == 405);
  CHECK(reply.headers["allow"] == "GET, HEAD, DELETE");
  CHECK(reply.json["status"] == 405);
}

TEST_CASE("HEAD is answered like GET") {
  ApiFixture fixture;
  Reply reply = fixture.send("HEAD", "/api/v1/calls", "", "viewer");
  CHECK(reply.status == 200);
  CHECK(fixture.send("HEAD", "/api/v1/stream", "", "viewer").headers["content-type"] == "text/event-stream");
  CHECK(fixture.send("HEAD", "/healthz", "", "").status == 200);
}

TEST_CASE("what was seen already is not sent again, and secrets are not kept by anybody") {
  ApiFixture fixture;
  Reply first = fixture.get("/api/v1/calls");
  CHECK(first.headers["cache-control"] == "no-store");
  Reply second = fixture.get("/api/v1/calls", "admin", {{"if-none-match", first.headers["etag"]}});
  CHECK(second.status == 304);
  CHECK(second.text.empty());
  fixture.put_call("c1");
  CHECK(fixture.get("/api/v1/calls", "admin", {{"if-none-match", first.headers["etag"]}}).status == 200);
  CHECK(fixture.send("POST", "/api/v1/tokens", R"({"role":"viewer"})").headers["cache-control"] == "no-store");
}

TEST_CASE("health says whether the process runs, readiness whether deliveries can be accepted") {
  ApiFixture fixture;
  CHECK(fixture.get("/healthz", "").json == Json{{"ok", true}});
  CHECK(fixture.get("/readyz", "").status == 200);
  fixture.not_ready = {"the disk is full"};
  Reply reply = fixture.get("/readyz", "");
  CHECK(reply.status == 503);
  CHECK(reply.headers["retry-after"] == "1");
  CHECK(reply.json["reasons"] == Json{"the disk is full"});
  CHECK(fixture.get("/healthz", "").status == 200);
}

TEST_CASE("what a person should look at is said by readiness and status, and deliveries go on") {
  ApiFixture fixture(60'000, [](ApiParts& parts) {
    parts.warnings = [] { return std::vector<std::string>{"processing has not come past record 8"}; };
  });
  Reply ready = fixture.get("/readyz", "");
  CHECK(ready.status == 200);
  CHECK(ready.json == Json{{"ready", true}, {"warnings", {"processing has not come past record 8"}}});
  CHECK(fixture.get("/api/v1/status").json["warnings"].size() == 1);
}

TEST_CASE("the description holds exactly the endpoints that are served, and every schema it names") {
  ApiFixture fixture;
  Json document = fixture.get("/api/v1/openapi.json", "").json;
  REQUIRE(document["openapi"] == "3.1.0");
  std::set<std::string> served, described, operations;
  for (const Endpoint& endpoint : fixture.api().endpoints()) {
    served.insert(endpoint.method + " " + endpoint.path);
  }
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string upper = method;
      std::transform(upper.begin(), upper.end(), upper.begin(),
                     [](char c) { return static_cast<char>(std::toupper(c)); });
      described.insert(upper + " " + path);
      operations.insert(operation["operationId"].get<std::string>());
    }
  }
  CHECK(served == described);
  CHECK(operations.size() == served.size());
  std::string text = document.dump();
  const std::string kRef = "#/components/schemas/";
  for (size_t at = text.find(kRef); at != std::string::npos; at = text.find(kRef, at + 1)) {
    std::string name = text.substr(at + kRef.size(), text.find('"', at) - at - kRef.size());
    CHECK(document["components"]["schemas"].contains(name));
  }
}

TEST_CASE("every described list parameter is taken and every other one is refused") {
  ApiFixture fixture;
  Json document = fixture.get("/api/v1/openapi.json", "").json;
  for (const auto& parameter : document["paths"]["/api/v1/calls"]["get"]["parameters"]) {
    std::string name = parameter["name"];
    const std::map<std::string, std::string> kValues{{"status", "busy"},     {"direction", "inbound"}, {"limit", "5"},
                                                     {"from", "2025-01-01"}, {"to", "2025-01-01"},     {"cursor", ""}};
    std::string value = kValues.contains(name) ? kValues.at(name) : "x";
    INFO(name);
    CHECK(fixture.get("/api/v1/calls?" + name + "=" + value).status == 200);
  }
}

TEST_CASE("the description says what a change is answered, and that it takes an Idempotency-Key") {
  ApiFixture fixture;
  Json paths = fixture.get("/api/v1/openapi.json", "").json["paths"];
  auto codes = [&](const std::string& path, const char* method) {
    std::set<std::string> out;
    for (const auto& [status, answer] : paths["/api/v1" + path][method]["responses"].items()) out.insert(status);
    return out;
  };
  using Codes = std::set<std::string>;
  CHECK(codes("/calls", "post") == Codes{"202", "default"});
  CHECK(codes("/tasks", "post") == Codes{"200", "201", "202", "default"});
  CHECK(codes("/contacts/{id}", "put") == Codes{"200", "201", "202", "default"});
  CHECK(codes("/tokens", "post") == Codes{"201", "202", "default"});
  CHECK(codes("/sync", "post") == Codes{"202", "default"});
  CHECK(codes("/calls", "get") == Codes{"200", "default"});
  CHECK(codes("/eval", "post") == Codes{"200", "default"});
  for (const Endpoint& endpoint : fixture.api().endpoints()) {
    INFO(endpoint.method << " " << endpoint.path);
    const char* method = endpoint.method == "GET" ? "get" : endpoint.method == "POST" ? "post" : nullptr;
    if (method == nullptr || endpoint.path == "/api/v1/eval" || endpoint.path.starts_with("/api/v1/refusals")) continue;
    bool takes_key = false;
    for (const Json& parameter : paths[endpoint.path][method]["parameters"])
      takes_key = takes_key || parameter["name"] == "Idempotency-Key";
    CHECK(takes_key == (endpoint.method == "POST"));
  }
}
