// Who gets into the real engine: over which address, with whose token, how often; and what is left of it to be seen.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "tests/support/engine_process.h"
#include "tests/support/jwt_signer.h"

namespace hookswitch::test {
namespace {

constexpr const char* kListen = "listen: {http: 127.0.0.1:0}";

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void replace(EngineProcess& engine, const std::string& what, const std::string& with) {
  std::string text = read_file(engine.config_file());
  text.replace(text.find(what), what.size(), with);
  engine.dir().write("hookswitch.yaml", text);
}

// An engine that believes one identity provider, whose keys are in a file.
class WithProvider {
 public:
  WithProvider() {
    write_keys(Json::array({first.jwk()}));
    std::ofstream(engine.config_file(), std::ios::app) << fmt::format(
        "limits: {{rate: {{failed_auth: off}}}}\nauth: {{jwt: {{issuer: 'https://id.test', audience: hookswitch, "
        "jwks_file: {}}}}}\n",
        keys_file());
    engine.start();
  }
  void write_keys(const Json& keys) { engine.dir().write("keys.json", dump(Json{{"keys", keys}})); }
  int status(const JwtSigner& signer, const std::string& role, const std::string& path,
             const std::string& tenant = "*") {
    std::string token = signer.sign(JwtSigner::claims(now_secs() * 1000, role, tenant));
    auto answer = cli::request("GET", engine.url("/api/v1" + path), {{"Authorization", "Bearer " + token}}, "");
    return answer ? answer->status : 0;
  }
  std::string keys_file() const { return engine.dir().path() + "/keys.json"; }

  JwtSigner first{"RS256", "one"}, second{"EdDSA", "two"};
  EngineProcess engine;
};

}  // namespace

TEST_CASE("an address that others can reach is refused without TLS, until somebody says otherwise") {
  EngineProcess engine;
  replace(engine, kListen, "listen: {http: 0.0.0.0:0}");
  for (const char* verb : {"check", "serve"}) {
    INFO(verb);
    std::string out;
    CHECK(engine.run(verb, &out) == 1);
    CHECK(says(out, "hookswitch.yaml:1: listen.http: found \"0.0.0.0:0\", which others can reach without TLS"));
    CHECK(says(out, "`insecure: true`"));
  }
  replace(engine, "0.0.0.0:0}", "0.0.0.0:0, insecure: true}");
  engine.start();
  CHECK(engine.api("/status").contains("ready"));
}

TEST_CASE("a provider's tokens are good for what they say, and its keys may change under the running engine") {
  WithProvider provider;
  CHECK(provider.status(provider.first, "viewer", "/calls") == 200);
  CHECK(provider.status(provider.first, "viewer", "/events") == 403);
  CHECK(provider.status(provider.first, "operator", "/events") == 200);
  CHECK(provider.status(provider.first, "operator", "/events", "B1/L1") == 403);
  CHECK(provider.status(provider.second, "viewer", "/calls") == 401);

  provider.write_keys(Json::array({provider.second.jwk()}));
  CHECK(eventually([&] { return provider.status(provider.second, "viewer", "/calls") == 200; }));
  CHECK(provider.status(provider.first, "viewer", "/calls") == 401);
  // A file that is broken leaves the keys as they are.
  provider.engine.dir().write("keys.json", "{");
  CHECK(eventually([&] { return says(provider.engine.log_text(), "keys of tokens not read again"); }));
  CHECK(provider.status(provider.second, "viewer", "/calls") == 200);
}

TEST_CASE("a file with keys of which none can be used keeps the engine from starting") {
  WithProvider provider;
  provider.engine.stop();
  provider.write_keys(Json::array({Json{{"kty", "oct"}, {"k", "AAAA"}}}));
  std::string out;
  REQUIRE(provider.engine.run("check", &out) == 1);
  CHECK(says(out, "auth.jwt.jwks_file"));
  CHECK(provider.engine.run("serve", &out) == 1);
  CHECK(says(out, "found no key to use"));
}

TEST_CASE("a file without keys withdraws all that were in it") {
  WithProvider provider;
  CHECK(provider.status(provider.first, "viewer", "/calls") == 200);
  provider.write_keys(Json::array());
  CHECK(eventually([&] { return provider.status(provider.first, "viewer", "/calls") == 401; }));
  std::string out;
  CHECK(provider.engine.run("check", &out) == 0);
  CHECK(says(out, "jwks_file"));
}

TEST_CASE("behind a trusted proxy each client has bounds of its own") {
  EngineProcess engine(
      "limits: {rate: {failed_auth: {per_minute: 1, burst: 2}, refused_webhooks: {per_minute: 1, burst: 2}}}");
  replace(engine, kListen, "listen: {http: 127.0.0.1:0, trusted_proxies: [127.0.0.1]}");
  engine.start();
  auto guess = [&](const char* client) {
    auto answer = cli::request("GET", engine.url("/api/v1/calls"),
                               {{"Authorization", "Bearer hs_guess"}, {"X-Forwarded-For", client}}, "");
    return answer ? answer->status : 0;
  };
  CHECK(guess("203.0.113.9") == 401);
  CHECK(guess("203.0.113.9") == 401);
  CHECK(guess("203.0.113.9") == 429);
  CHECK(guess("10.9.9.9, 203.0.113.9") == 429);
  CHECK(guess("203.0.113.10") == 401);

  auto forge = [&](const char* client) {
    auto answer =
        engine.post("/hooks/elevenlabs", {{"Content-Type", "application/json"}, {"X-Forwarded-For", client}}, "{}");
    return answer ? answer->status : 0;
  };
  CHECK(forge("203.0.113.9") == 401);
  CHECK(forge("203.0.113.9") == 401);
  CHECK(forge("203.0.113.9") == 503);
  CHECK(forge("203.0.113.10") == 401);
  // This machine itself, which says nothing of others, is let in whatever they did.
  CHECK(engine.api("/status").contains("ready"));
  CHECK(says(cli::request("GET", engine.url("/metrics"), {}, "")->body,
             "hookswitch_rate_limited_total{limit=\"failed_auth\"} 2"));
}

TEST_CASE("a proxy that is not named is told of once, with the setting that names it") {
  EngineProcess engine;
  engine.start();
  CHECK(!says(engine.log_text(), "trusted_proxies"));
  for (int i = 0; i < 3; ++i) cli::request("GET", engine.url("/healthz"), {{"X-Forwarded-For", "203.0.113.9"}}, "");
  REQUIRE(eventually([&] { return says(engine.log_text(), "name it in listen.trusted_proxies"); }));
  const std::string log = engine.log_text();
  CHECK(log.find("trusted_proxies") == log.rfind("trusted_proxies"));
}

TEST_CASE("who changed what can be seen, from where, and no secret with it") {
  EngineProcess engine;
  engine.start();
  auto made = engine.api_post("/tokens", {{"role", "operator"}, {"name", "console"}});
  REQUIRE(made);
  Json token = Json::parse(made->body);
  auto changed = cli::request(
      "PUT", engine.url("/api/v1/contacts/p1"),
      {{"Authorization", "Bearer " + token["token"].get<std::string>()}, {"Content-Type", "application/json"}},
      R"({"name": "Ana Pop"})");
  REQUIRE((changed && changed->status == 201));
  Json rows = engine.api("/audit")["data"];
  REQUIRE(rows.size() == 2);
  CHECK((rows[0]["command"] == "contact.put" && rows[0]["by"] == token["id"] && rows[0]["target"] == "p1"));
  CHECK((rows[1]["command"] == "token.create" && rows[1]["by"] == "cli" && rows[1]["target"] == token["id"]));
  CHECK(rows[0]["from"] == "127.0.0.1");
  std::string out;
  CHECK(engine.run("audit --command 'token.*'", &out) == 0);
  CHECK(says(out, token["id"]));
  CHECK_FALSE(says(out, "contact.put"));
  CHECK_FALSE(says(dump(rows), token["token"]));
  CHECK_FALSE(says(dump(rows), "Ana Pop"));
  CHECK(engine.run("--json audit --by " + token["id"].get<std::string>(), &out) == 0);
  CHECK(Json::parse(out)["data"].size() == 1);
}

}  // namespace hookswitch::test
