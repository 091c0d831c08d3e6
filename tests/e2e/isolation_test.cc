// Every route that the engine serves, asked by everybody: nobody sees or changes what is another tenant's.
//
// A new route has to be put into kRoutes, with what asking for another tenant's means there, or this fails.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <set>

#include "engine/http/url.h"
#include "tests/e2e/two_tenants.h"

namespace hookswitch::test {
namespace {

enum class Kind {
  open,   // for everybody: it says nothing of tenants
  whole,  // of all tenants at once: never for who is bound to one
  list,   // shows one's own, and refuses to be asked for another's
  own,    // shows one's own, and cannot be asked for another's
  thing,  // one thing: another's is not there
  wish,   // a body that names another's: refused
};

struct Route {
  const char* method;
  const char* path;
  Kind kind;
  const char* role;  // the least that may
  const char* id = "";
  Json body = nullptr;
};

// ZZ stands for the other tenant's things: agent, contact, phone and so on.
const std::vector<Route>& routes() {
  static const std::vector<Route> kRoutes{
      {"GET", "/healthz", Kind::open, ""},
      {"GET", "/readyz", Kind::open, ""},
      {"GET", "/api/v1/openapi.json", Kind::open, ""},
      {"GET", "/metrics", Kind::whole, "viewer"},
      {"GET", "/api/v1/calls", Kind::list, "viewer"},
      {"GET", "/api/v1/calls/{id}", Kind::thing, "viewer", "call"},
      {"GET", "/api/v1/calls/{id}/transcript", Kind::thing, "viewer", "call"},
      {"GET", "/api/v1/calls/{id}/recording", Kind::thing, "viewer", "call"},
      {"POST", "/api/v1/calls", Kind::wish, "operator", "", {{"to", "+13105551299"}}},
      {"POST", "/api/v1/calls/{id}/end", Kind::thing, "operator", "call", Json::object()},
      {"GET", "/api/v1/actions", Kind::list, "viewer"},
      {"GET", "/api/v1/actions/{id}", Kind::thing, "viewer", "action"},
      {"POST", "/api/v1/actions/{id}/retry", Kind::thing, "operator", "action", Json::object()},
      {"POST", "/api/v1/actions/{id}/cancel", Kind::thing, "operator", "action", Json::object()},
      {"GET", "/api/v1/tasks", Kind::list, "viewer"},
      {"GET", "/api/v1/tasks/{id}", Kind::thing, "viewer", "task"},
      {"GET", "/api/v1/tasks/{id}/preview", Kind::thing, "viewer", "task"},
      {"POST",
       "/api/v1/tasks",
       Kind::wish,
       "operator",
       "",
       {{"to", "+13105551299"}, {"due_at", "2031-01-01T10:00:00Z"}}},
      {"PATCH", "/api/v1/tasks/{id}", Kind::thing, "operator", "task", {{"kind", "changed"}}},
      {"DELETE", "/api/v1/tasks/{id}", Kind::thing, "operator", "task"},
      {"GET", "/api/v1/suppressions", Kind::list, "viewer"},
      {"PUT", "/api/v1/suppressions/{phone}", Kind::wish, "operator", "phone", Json::object()},
      {"DELETE", "/api/v1/suppressions/{phone}", Kind::list, "operator", "phone"},
      {"GET", "/api/v1/campaigns", Kind::list, "viewer"},
      {"GET", "/api/v1/campaigns/{id}", Kind::thing, "viewer", "campaign"},
      {"POST",
       "/api/v1/campaigns",
       Kind::wish,
       "operator",
       "",
       {{"name", "n"}, {"paused", true}, {"contacts", {{{"to", "+13105551299"}}}}}},
      {"PATCH", "/api/v1/campaigns/{id}", Kind::thing, "operator", "campaign", {{"name", "changed"}}},
      {"POST",
       "/api/v1/campaigns/{id}/contacts",
       Kind::thing,
       "operator",
       "campaign",
       {{"contacts", {{{"to", "+13105551299"}}}}}},
      {"POST", "/api/v1/campaigns/{id}/pause", Kind::thing, "operator", "campaign", Json::object()},
      {"POST", "/api/v1/campaigns/{id}/resume", Kind::thing, "operator", "campaign", Json::object()},
      {"POST", "/api/v1/campaigns/{id}/cancel", Kind::thing, "operator", "campaign", Json::object()},
      {"GET", "/api/v1/sync", Kind::whole, "viewer"},
      {"POST", "/api/v1/sync", Kind::whole, "operator", "", {{"source", "elevenlabs"}}},
      {"GET", "/api/v1/sync/{id}", Kind::whole, "viewer"},
      {"POST", "/api/v1/sync/{id}/cancel", Kind::whole, "operator"},
      {"GET", "/api/v1/erasures", Kind::whole, "admin"},
      {"POST", "/api/v1/erasures", Kind::whole, "admin", "", {{"phone", "+15550009999"}}},
      {"GET", "/api/v1/erasures/{id}", Kind::whole, "admin"},
      {"GET", "/api/v1/kpis", Kind::list, "viewer"},
      {"GET", "/api/v1/stats", Kind::list, "viewer"},
      {"GET", "/api/v1/activity", Kind::list, "viewer"},
      {"GET", "/api/v1/contacts", Kind::own, "viewer"},
      {"GET", "/api/v1/contacts/{id}", Kind::thing, "viewer", "contact"},
      {"PUT", "/api/v1/contacts/{id}", Kind::thing, "operator", "contact", {{"name", "changed"}}},
      {"DELETE", "/api/v1/contacts/{id}", Kind::thing, "operator", "contact"},
      {"GET", "/api/v1/agents", Kind::own, "viewer"},
      {"GET", "/api/v1/agents/{id}", Kind::thing, "viewer", "agent"},
      {"PUT", "/api/v1/agents/{id}", Kind::thing, "operator", "agent", {{"source", "elevenlabs"}}},
      {"DELETE", "/api/v1/agents/{id}", Kind::thing, "operator", "agent"},
      {"GET", "/api/v1/events", Kind::whole, "operator"},
      {"GET", "/api/v1/events/{seq}", Kind::whole, "operator"},
      {"GET", "/api/v1/events/{seq}/trace", Kind::whole, "operator"},
      {"GET", "/api/v1/dead", Kind::whole, "operator"},
      {"GET", "/api/v1/dead/{id}", Kind::whole, "operator"},
      {"POST", "/api/v1/dead/redrive", Kind::whole, "operator", "", {{"ids", {"999999"}}}},
      {"DELETE", "/api/v1/dead", Kind::whole, "operator", "", {{"ids", {"999999"}}}},
      {"POST", "/api/v1/eval", Kind::whole, "admin", "", {{"code", "return 1"}, {"seq", 1}}},
      {"GET", "/api/v1/refusals", Kind::whole, "admin"},
      {"POST", "/api/v1/refusals/redrive", Kind::whole, "admin", "", {{"ids", {999999}}}},
      {"GET", "/api/v1/audit", Kind::list, "admin"},
      {"POST", "/api/v1/erasures", Kind::whole, "admin", "", {{"phone", "+13105551299"}}},
      {"GET", "/api/v1/erasures", Kind::whole, "admin"},
      {"GET", "/api/v1/erasures/{id}", Kind::whole, "admin"},
      {"GET", "/api/v1/tokens", Kind::whole, "admin"},
      {"POST", "/api/v1/tokens", Kind::whole, "admin", "", {{"role", "viewer"}}},
      {"DELETE", "/api/v1/tokens/{id}", Kind::whole, "admin"},
      {"GET", "/api/v1/stream", Kind::list, "viewer"},
      {"GET", "/api/v1/status", Kind::whole, "viewer"},
      {"GET", "/api/v1/plugins", Kind::whole, "viewer"},
      {"GET", "/api/v1/rules", Kind::whole, "viewer"},
  };
  return kRoutes;
}

std::string lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string name_of(const Route& route) { return std::string(route.method) + " " + route.path; }

// The path with the other tenant's thing in it; "1" where none of its things is meant.
std::string path_of(const Route& route, const std::map<std::string, std::string>& theirs) {
  std::string path = route.path;
  size_t at = path.find('{');
  if (at == std::string::npos) return path;
  std::string id = *route.id == '\0' ? "1" : percent_encode(theirs.at(route.id));
  return path.replace(at, path.find('}') - at + 1, id);
}

// A stream is asked for its head, since it has no end.
std::string method_of(const Route& route) {
  return std::string(route.path) == "/api/v1/stream" ? "HEAD" : route.method;
}

int rank(const std::string& role) { return role == "admin" ? 3 : role == "operator" ? 2 : role == "viewer" ? 1 : 0; }

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool is_refusal(int status) { return status == 400 || status == 403 || status == 404; }

// Metrics are open to this machine, whoever asks.
bool is_open_here(const Route& route) { return std::string(route.path) == "/metrics"; }

// Goes from route to route as one caller after another, and looks at what it is told.
class Walker {
 public:
  explicit Walker(TwoTenants& tenants) : tenants_(tenants) {}

  void comes_as_nobody(const Route& route) {
    bool open = route.kind == Kind::open || is_open_here(route);
    CHECK(ask("nobody", route, route.body).status == (open ? 200 : 401));
  }
  void may_too_little(const Route& route, const std::string& role) {
    CHECK(ask(role, route, route.body).status == 403);
    CHECK(ask("our " + role, route, route.body).status == 403);
  }
  // Asks for what is the other tenant's, with a token that would do for its own.
  void comes_for_theirs(const Route& route, const std::string& as) {
    if (route.kind == Kind::whole && !is_open_here(route)) CHECK(ask(as, route, route.body).status == 403);
    if (route.kind == Kind::thing) comes_for_a_thing(route, as);
    if (route.kind == Kind::wish) {
      Json body = route.body;
      body["tenant"] = kTheirs;
      CHECK(ask(as, route, body).status == 403);
    }
    if (route.kind == Kind::list) CHECK(ask(as, route, nullptr, "?tenant=B2%2FL1").status == 403);
    bool shows = route.kind == Kind::list || route.kind == Kind::own;
    if (shows && std::string(route.method) == "GET") looks_around(route, as);
  }

 private:
  cli::HttpAnswer ask(const std::string& as, const Route& route, const Json& body, const std::string& query = "") {
    return tenants_.ask(as, method_of(route), path_of(route, tenants_.theirs()) + query, body);
  }
  void comes_for_a_thing(const Route& route, const std::string& as) {
    auto answer = ask(as, route, route.body);
    INFO(answer.body);
    CHECK(answer.status == 404);
    CHECK_FALSE(says(answer.body, std::string("\"") + kMark));
  }
  void looks_around(const Route& route, const std::string& as) {
    auto own = ask(as, route, nullptr);
    CHECK(own.status == 200);
    // One's own attempts are in the trail, with what they were about.
    if (std::string(route.path) == "/api/v1/audit") {
      CHECK_FALSE(says(own.body, kTheirs));
      return;
    }
    for (const std::string& theirs : {std::string(kMark), std::string(kTheirs), tenants_.theirs().at("phone")})
      CHECK_FALSE(says(own.body, theirs));
  }

  TwoTenants& tenants_;
};

}  // namespace

TEST_CASE("every route that is served is known here, with the role it needs") {
  EngineProcess engine;
  engine.start();
  Json document = engine.api("/openapi.json");
  std::set<std::string> served, known;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) served.insert(method + " " + path);
  }
  for (const Route& route : routes()) {
    INFO(name_of(route));
    known.insert(lowered(route.method) + " " + route.path);
    Json role = document["paths"][route.path].value(lowered(route.method), Json::object()).value("x-role", Json(""));
    CHECK(role == route.role);
  }
  CHECK(served == known);
}

TEST_CASE("each route lets in whom it should, and shows and changes nothing of another tenant") {
  TwoTenants tenants;
  const Json before = tenants.their_state();
  REQUIRE(says(dump(before), kMark));
  Walker walker(tenants);
  for (const Route& route : routes()) {
    INFO(name_of(route));
    walker.comes_as_nobody(route);
    if (route.kind == Kind::open) continue;
    for (const char* role : {"viewer", "operator", "admin"}) {
      INFO(role);
      if (rank(role) < rank(route.role)) {
        walker.may_too_little(route, role);
      } else {
        walker.comes_for_theirs(route, std::string("our ") + role);
      }
    }
  }
  REQUIRE(tenants.engine().settle());
  CHECK(tenants.their_state() == before);
}

TEST_CASE("what is refused to others is done for who may, and answered as it is described") {
  TwoTenants tenants;
  const Json paths = tenants.engine().api("/openapi.json")["paths"];
  for (const Route& route : routes()) {
    if (route.kind != Kind::thing && route.kind != Kind::list && route.kind != Kind::own) continue;
    // What was removed by an earlier line, or whose audio nobody gives, or waits for nobody, is said to be so.
    std::set<int> fine{200, 201, 202, 409};
    std::string name = name_of(route);
    if (says(name, "/recording")) fine.insert(503);
    std::string path = path_of(route, tenants.theirs());
    if (route.kind == Kind::list) path += "?tenant=" + percent_encode(kTheirs);
    auto answer = tenants.ask("admin", method_of(route), path, route.body);
    INFO(name << ": " << answer.status << " " << answer.body);
    CHECK(fine.contains(answer.status));
    const Json& described = paths[route.path][lowered(route.method)]["responses"];
    if (answer.status < 300) CHECK(described.contains(std::to_string(answer.status)));
  }
}

TEST_CASE("who is bound to a tenant sees its own things") {
  TwoTenants tenants;
  for (const char* list : {"calls", "tasks", "campaigns", "actions", "suppressions", "contacts", "agents"}) {
    INFO(list);
    auto answer = tenants.ask("our viewer", "GET", std::string("/api/v1/") + list);
    CHECK(answer.status == 200);
    CHECK_FALSE(Json::parse(answer.body)["data"].empty());
  }
  // The command that made them names the tenant.
  Json audit = Json::parse(tenants.ask("our admin", "GET", "/api/v1/audit").body)["data"];
  REQUIRE_FALSE(audit.empty());
  for (const Json& row : audit) CHECK(row["tenant"] == kOurs);
}

TEST_CASE("who is bound to a tenant cannot act through what is another's") {
  TwoTenants tenants;
  const std::map<std::string, std::string>& theirs = tenants.theirs();
  const Json before = tenants.their_state();
  auto status = [&](const std::string& method, const std::string& path, const Json& body) {
    auto answer = tenants.ask("our operator", method, "/api/v1" + path, body);
    INFO(method << " " << path << ": " << answer.status << " " << answer.body);
    CHECK(is_refusal(answer.status));
    return answer.status;
  };
  Json call{{"to", "+13105551299"}, {"source", "elevenlabs"}};
  auto with = [](Json json, const char* key, const Json& value) {
    json[key] = value;
    return json;
  };
  status("POST", "/calls", with(call, "agent_id", theirs.at("agent")));
  status("POST", "/calls", with(call, "contact_id", theirs.at("contact")));
  status("POST", "/calls", {{"contact_id", theirs.at("contact")}, {"source", "elevenlabs"}});
  status("POST", "/calls", {{"to", "+13105551299"}, {"source", "twilio"}, {"from", "+14155550199"}});
  status("POST", "/tasks", {{"to", "+13105551299"}, {"agent_id", theirs.at("agent")}});
  status("POST", "/campaigns",
         {{"name", "n"}, {"agent_id", theirs.at("agent")}, {"contacts", {{{"to", "+13105551299"}}}}});
  // The second's agent under another source, and an agent that the configuration gives to somebody.
  status("PUT", "/agents/" + theirs.at("agent"), {{"source", "twilio"}});
  status("PUT", "/agents/" + theirs.at("agent"), Json::object());
  REQUIRE(tenants.engine().settle());
  CHECK(tenants.their_state() == before);
}

}  // namespace hookswitch::test
