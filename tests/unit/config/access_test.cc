// Tokens of others, pages of other sites, rates, and who may reach the engine.
#include <catch2/catch.hpp>

#include "tests/unit/config/reading.h"

using namespace hookswitch;
using hookswitch::test::all;
using hookswitch::test::read;

namespace {

// Of an Ed25519 key that nobody has.
constexpr const char* kPem =
    "-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEA0WYxmnQI5vqmZhOxIKhfQcX8g9191hRFwERMunG+fFA=\\n-----END PUBLIC "
    "KEY-----\\n";

std::string jwt(const std::string& keys, const std::string& more = "") {
  return "sources: {}\nauth: {jwt: {issuer: i, audience: [a, b], " + more + " keys: [" + keys + "]}}";
}

bool says(const ConfigReading& reading, const std::string& text) {
  return all(reading.errors).find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("keys of tokens are read, public ones and secrets") {
  auto reading = read(jwt("{kid: a, alg: EdDSA, public_key: \"" + std::string(kPem) +
                              "\"}, {kid: b, alg: HS256, secret: \"${env:SECRET}\"}",
                          "leeway: 5s, role_claim: /realm/roles, tenant_claim: t,"),
                      {{"SECRET", std::string(32, 's')}});
  INFO(all(reading.errors));
  REQUIRE(reading.ok());
  const JwtConfig& config = *reading.config.jwt;
  CHECK(config.audiences == std::vector<std::string>{"a", "b"});
  CHECK(config.leeway_ms == 5'000);
  CHECK(config.role_claim == "/realm/roles");
  CHECK(config.tenant_claim == "t");
  CHECK(config.keys[1].secret.size() == 32);
}

TEST_CASE("a file of keys is enough, and no key at all is not") {
  CHECK(read("sources: {}\nauth: {jwt: {issuer: i, audience: a, jwks_file: k.json}}").ok());
  CHECK(says(read("sources: {}\nauth: {jwt: {issuer: i, audience: a}}"), "a list of keys, or jwks_file"));
}

TEST_CASE("what tokens must carry is said, for of nothing every token would have it") {
  const std::string rest = ", jwks_file: k.json}}";
  auto missing = read("sources: {}\nauth: {jwt: {issuer: i" + rest + "\ndata_dri: d");
  CHECK(says(missing, "test.yaml:2: auth.jwt.audience: found nothing, expected the `aud` that tokens must carry"));
  CHECK(says(missing, "data_dri"));
  CHECK(missing.errors.size() == 2);
  for (const char* blank :
       {"issuer: '', audience: a", "issuer: ' ', audience: a", "issuer: '${env:BLANK}', audience: a",
        "issuer: i, audience: ''", "issuer: i, audience: []", "issuer: i, audience: [a, '']",
        "issuer: i, audience: {a: b}", "issuer: [i], audience: a"}) {
    auto reading = read(std::string("sources: {}\nauth: {jwt: {") + blank + rest, {{"BLANK", " "}});
    INFO(blank << "\n" << all(reading.errors));
    CHECK(reading.errors.size() == 1);
    CHECK(says(reading, "test.yaml:2: auth.jwt."));
  }
}

TEST_CASE("keys that would not do are refused with their line, and nothing of them is said") {
  struct {
    std::string key, says;
  } kWrong[] = {
      {"{alg: HS256, secret: short-secret}", "found a secret of 12 bytes, expected 32 or more"},
      {"{alg: HS256, public_key: x}", "keys[0].secret: found nothing"},
      {"{alg: RS256, secret: short-secret}", "keys[0].public_key: found nothing"},
      {"{alg: RS256, public_key: \"" + std::string(kPem) + "\"}", "RS256: expected an RSA key"},
      {"{alg: none, secret: x}", "alg: found \"none\""},
      {"{alg: EdDSA, public_key: something}", "expected a PEM public key"},
  };
  for (const auto& wrong : kWrong) {
    auto reading = read(jwt(wrong.key));
    INFO(wrong.key << "\n" << all(reading.errors));
    CHECK(says(reading, wrong.says));
    CHECK(says(reading, "test.yaml:2"));
    CHECK_FALSE(says(reading, "short-secret"));
  }
}

TEST_CASE("failed attempts are bounded, and nothing else, until somebody says so") {
  RatesConfig rate = read("sources: {}").config.limits.rate;
  CHECK(rate.failed_auth.per_second > 0);
  CHECK(rate.refused_webhooks.per_second > 0);
  for (const RateConfig& off : {rate.token, rate.tenant, rate.source}) CHECK(off.per_second == 0);

  auto reading = read(
      "sources: {}\nlimits: {rate: {failed_auth: off, token: {per_second: 20, burst: 40}, tenant: {per_minute: 60, "
      "burst: 5}}}");
  INFO(all(reading.errors));
  REQUIRE(reading.ok());
  rate = reading.config.limits.rate;
  CHECK(rate.failed_auth.per_second == 0);
  CHECK((rate.token.per_second == 20 && rate.token.burst == 40));
  CHECK((rate.tenant.per_second == 1 && rate.tenant.burst == 5));
  for (const char* wrong :
       {"{token: 5}", "{token: {per_second: 1}}", "{token: {burst: 1}}",
        "{token: {per_second: 1, per_minute: 1, burst: 1}}", "{token: {per_second: 0, burst: 1}}", "{tokens: off}"}) {
    INFO(wrong);
    CHECK_FALSE(read(std::string("sources: {}\nlimits: {rate: ") + wrong + "}").ok());
  }
}

TEST_CASE("others may reach http only when it is said in so many words") {
  for (const char* own : {"127.0.0.1:80", "127.9.9.9:80", "\"[::1]:80\"", "off"}) {
    INFO(own);
    std::string https = std::string(own) == "off" ? ", https: {address: \"0.0.0.0:443\", cert: c, key: k}" : "";
    CHECK(read(std::string("sources: {}\nlisten: {http: ") + own + https + "}").ok());
  }
  for (const char* open : {"0.0.0.0:80", "\"[::]:80\"", "192.0.2.1:80"}) {
    INFO(open);
    auto reading = read(std::string("sources: {}\nlisten: {http: ") + open + "}");
    CHECK(says(reading, "test.yaml:2: listen.http: found"));
    CHECK(says(reading,
               "which others can reach without TLS, expected an address of this machine alone such as "
               "127.0.0.1:8080, or `https`; if it has to be, say `insecure: true` beside it"));
    CHECK(read(std::string("sources: {}\nlisten: {insecure: true, http: ") + open + "}").ok());
  }
}

TEST_CASE("an address to listen on is not a host's name, which somebody would have to resolve") {
  for (const char* name : {"localhost:80", "calls.example.com:80", "::1:80", "\"[127.0.0.1\"", "127.0.0.1"}) {
    INFO(name);
    CHECK(says(read(std::string("sources: {}\nlisten: {insecure: true, http: ") + name + "}"),
               "expected IP:port, for example 127.0.0.1:8080, or off"));
  }
}

TEST_CASE("proxies and origins are read, and wrong ones named") {
  auto reading = read(
      "sources: {}\nlisten: {trusted_proxies: [10.0.0.0/8, \"::1\"]}\napi: {cors: {origins: [\"https://a.example\"]}}");
  REQUIRE(reading.ok());
  CHECK(reading.config.listen.trusted_proxies.size() == 2);
  CHECK(reading.config.api.cors_origins == std::vector<std::string>{"https://a.example"});
  CHECK(says(read("sources: {}\nlisten: {trusted_proxies: [proxy.local]}"),
             "listen.trusted_proxies: found \"proxy.local\""));
  for (const char* origin : {"a.example", "https://a.example/", "https://", "https://a.example/x"}) {
    INFO(origin);
    CHECK(says(read(std::string("sources: {}\napi: {cors: {origins: [\"") + origin + "\"]}}"), "api.cors.origins"));
  }
}
