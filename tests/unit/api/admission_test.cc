// Who gets in: tokens of others, rates, and pages of other sites.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <latch>

#include "engine/access/jwt.h"
#include "engine/state/changes.h"
#include "engine/state/tokens.h"
#include "tests/support/jwt_signer.h"
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

std::unique_ptr<JwtVerifier> verifier_of(const JwtSigner& signer) {
  auto key = SigningKey::from_pem("", "EdDSA", signer.public_pem());
  REQUIRE(key);
  auto made = JwtVerifier::make({.issuer = "https://id.test", .audiences = {"hookswitch"}, .keys = {*key}});
  REQUIRE(made);
  return std::move(*made);
}

// An API that knows one identity provider.
struct WithJwt {
  HeaderList bearer(const std::string& role, const std::string& tenant) const {
    return {{"authorization", "Bearer " + signer.sign(JwtSigner::claims(kNow, role, tenant))}};
  }
  JwtSigner signer{"EdDSA"};
  std::unique_ptr<JwtVerifier> jwt = verifier_of(signer);
  ApiFixture fixture{60'000, [this](ApiParts& parts) { parts.jwt = jwt.get(); }};
};

// An API with bounds, whose tables live as long as it.
struct WithRates {
  explicit WithRates(const RateRules& rules) : limits(rules, metrics, clock) {}
  Metrics metrics;
  ManualClock clock{kNow};
  RateLimits limits;
  ApiFixture fixture{60'000, [this](ApiParts& parts) { parts.rates = &limits; }};
};

Request campaign_wish(const std::string& secret) {
  Request request;
  request.method = "POST";
  request.target = "/api/v1/campaigns";
  request.headers = {{"content-type", "application/json"}};
  if (!secret.empty()) request.headers.emplace_back("authorization", "Bearer " + secret);
  request.peer = "203.0.113.9";
  request.has_body = true;
  request.content_length = limits::kCampaignBodyBytes;
  return request;
}

void revoke(ApiFixture& fixture, const std::string& id) {
  fixture.write([&](Writer& writer) {
    Token token = *find_token(writer, id);
    token.revoked_ms = kNow;
    put_token(writer, token);
  });
}

RateRules rules_of(Limited what, Rate rate) {
  RateRules rules;
  rules[what] = rate;
  return rules;
}

}  // namespace

TEST_CASE("a JWT is let in with the role and tenant of its claims") {
  WithJwt api;
  api.fixture.put_call("theirs", {{CallField::tenant, std::string("B2/L2")}});
  CHECK(api.fixture.get("/api/v1/calls/theirs", "", api.bearer("viewer", "*")).status == 200);
  CHECK(api.fixture.get("/api/v1/calls/theirs", "", api.bearer("viewer", "B1/L1")).status == 404);
  CHECK(api.fixture.get("/api/v1/events", "", api.bearer("viewer", "*")).status == 403);
  CHECK(api.fixture.get("/api/v1/events", "", api.bearer("operator", "B1/L1")).status == 403);
  CHECK(api.fixture.get("/api/v1/events", "", api.bearer("operator", "*")).status == 200);
  CHECK(api.fixture.get("/api/v1/calls", "viewer").status == 200);
}

TEST_CASE("what a JWT's bearer changes is the subject's doing") {
  WithJwt api;
  api.fixture.send("POST", "/api/v1/tokens", R"({"role": "viewer"})", "", api.bearer("admin", "*"));
  REQUIRE(api.fixture.commands.size() == 1);
  CHECK(api.fixture.commands[0].by == "jwt:ana");
  CHECK(api.fixture.commands[0].from == "203.0.113.9");
}

TEST_CASE("a JWT that is not good is refused with a reason that is counted, and nothing of it is said") {
  WithJwt api;
  api.fixture.clock().advance_ms(2 * 3'600'000);
  HeaderList expired = api.bearer("admin", "*");
  Reply reply = api.fixture.get("/api/v1/calls", "", expired);
  CHECK(reply.status == 401);
  CHECK(reply.headers["www-authenticate"].find("invalid_token") != std::string::npos);
  CHECK(reply.text.find("ana") == std::string::npos);
  CHECK(api.fixture.metrics().text().find("hookswitch_api_denied_total{reason=\"jwt_expired\"} 1") !=
        std::string::npos);
}

TEST_CASE("a stream ends when the key that signed its JWT is withdrawn, and sends nothing after that") {
  const std::string file = "/tmp/hookswitch_stream_jwks_" + std::to_string(::getpid());
  JwtSigner kept("EdDSA", "1"), leaked("EdDSA", "2");
  auto publish = [&](const Json& keys, int64_t changed_at_s) {
    std::ofstream(file, std::ios::trunc) << dump({{"keys", keys}});
    std::filesystem::last_write_time(file, std::filesystem::file_time_type(std::chrono::seconds(changed_at_s)));
  };
  publish({kept.jwk(), leaked.jwk()}, 1'000);
  auto jwt = JwtVerifier::make({.issuer = "https://id.test", .audiences = {"hookswitch"}, .jwks_file = file});
  REQUIRE(jwt);
  ApiFixture fixture{60'000, [&](ApiParts& parts) { parts.jwt = jwt->get(); }};
  auto watch = [&](const JwtSigner& signer) {
    HeaderList bearer{{"authorization", "Bearer " + signer.sign(JwtSigner::claims(kNow, "viewer", "*"))}};
    return fixture.get("/api/v1/stream", "", bearer).exchange->stream();
  };
  auto stays = watch(kept), ends = watch(leaked);
  publish(Json::array({kept.jwk()}), 2'000);
  REQUIRE((*jwt)->reload().value());
  fixture.put_call("later");
  fixture.write([](Writer& writer) { append_change(writer, R"({"calls":["later"]})"); });
  fixture.api().wake();
  CHECK(ends->wait_closed());
  CHECK(ends->text().find("later") == std::string::npos);
  stays->wait_for("later");
  std::filesystem::remove(file);
}

TEST_CASE("without a configured provider a JWT is a token that nobody knows") {
  ApiFixture fixture;
  std::string token = JwtSigner("EdDSA").sign(JwtSigner::claims(kNow, "admin", "*"));
  CHECK(fixture.get("/api/v1/calls", "", {{"authorization", "Bearer " + token}}).status == 401);
}

TEST_CASE("who shows bad tokens is made to wait, good ones too, and then let in again") {
  WithRates api(rules_of(Limited::failed_auth, {.per_second = 0.5, .burst = 3}));
  HeaderList bad{{"authorization", "Bearer hs_guess"}};
  for (int i = 0; i < 3; ++i) CHECK(api.fixture.get("/api/v1/calls", "", bad).status == 401);
  Reply reply = api.fixture.get("/api/v1/calls", "", bad);
  CHECK(reply.status == 429);
  CHECK(reply.headers["retry-after"] == "2");
  CHECK(reply.headers["content-type"] == "application/problem+json");
  CHECK(api.fixture.get("/api/v1/calls", "admin").status == 429);
  // Somebody else, and who has no token at all, is not concerned.
  CHECK(api.fixture.get("/api/v1/calls", "admin", {{"test-peer", "203.0.113.10"}}).status == 200);
  CHECK(api.fixture.get("/healthz", "").status == 200);
  api.clock.advance_ms(2'000);
  CHECK(api.fixture.get("/api/v1/calls", "admin").status == 200);
  CHECK(api.metrics.text().find("hookswitch_rate_limited_total{limit=\"failed_auth\"} 2") != std::string::npos);
}

TEST_CASE("behind an address that others share a good token stays good") {
  WithRates api(rules_of(Limited::failed_auth, {.per_second = 0.1, .burst = 1}));
  HeaderList bad{{"authorization", "Bearer hs_guess"}, {"test-shared", "yes"}};
  CHECK(api.fixture.get("/api/v1/calls", "", bad).status == 401);
  CHECK(api.fixture.get("/api/v1/calls", "", bad).status == 429);
  CHECK(api.fixture.get("/api/v1/calls", "admin", {{"test-shared", "yes"}}).status == 200);
}

TEST_CASE("a token that asks too often waits; another does not; this machine's own user never") {
  WithRates api(rules_of(Limited::token, {.per_second = 1, .burst = 2}));
  CHECK(api.fixture.get("/api/v1/calls", "viewer").status == 200);
  CHECK(api.fixture.get("/api/v1/calls", "viewer").status == 200);
  CHECK(api.fixture.get("/api/v1/calls", "viewer").headers["retry-after"] == "1");
  CHECK(api.fixture.get("/api/v1/calls", "admin").status == 200);
  for (int i = 0; i < 10; ++i)
    CHECK(api.fixture.get("/api/v1/calls", "", {{"authorization", "Bearer hs_cli"}}).status == 200);
}

TEST_CASE("the tokens of one tenant share its rate") {
  WithRates api(rules_of(Limited::tenant, {.per_second = 1, .burst = 2}));
  CHECK(api.fixture.get("/api/v1/calls", "bound").status == 200);
  CHECK(api.fixture.get("/api/v1/calls", "bound_admin").status == 200);
  CHECK(api.fixture.get("/api/v1/calls", "bound").status == 429);
  for (int i = 0; i < 5; ++i) CHECK(api.fixture.get("/api/v1/calls", "viewer").status == 200);
}

TEST_CASE("pages of other sites may read nothing, unless they are named") {
  HeaderList page{{"origin", "https://console.example.com"}};
  ApiFixture closed;
  CHECK_FALSE(closed.get("/api/v1/calls", "viewer", page).headers.contains("access-control-allow-origin"));
  HeaderList asks = page;
  asks.emplace_back("access-control-request-method", "POST");
  CHECK(closed.send("OPTIONS", "/api/v1/calls", "", "", asks).status == 405);

  ApiFixture open(60'000, [](ApiParts& parts) { parts.cors_origins = {"https://console.example.com"}; });
  Reply reply = open.get("/api/v1/calls", "viewer", page);
  CHECK(reply.headers["access-control-allow-origin"] == "https://console.example.com");
  CHECK(reply.headers["vary"] == "Origin");
  CHECK_FALSE(reply.headers.contains("access-control-allow-credentials"));
  CHECK(open.get("/api/v1/calls", "", page).headers.contains("access-control-allow-origin"));
  CHECK(open.get("/api/v1/nothing", "", page).headers.contains("access-control-allow-origin"));
  CHECK_FALSE(open.get("/api/v1/calls", "viewer", {{"origin", "https://evil.example.com"}})
                  .headers.contains("access-control-allow-origin"));
  CHECK_FALSE(open.get("/api/v1/calls", "viewer").headers.contains("access-control-allow-origin"));

  reply = open.send("OPTIONS", "/api/v1/calls", "", "", asks);
  CHECK(reply.status == 204);
  CHECK(reply.headers["access-control-allow-methods"] == "GET, HEAD, POST");
  CHECK(reply.headers["access-control-allow-headers"].find("Authorization") != std::string::npos);
  CHECK(open.send("OPTIONS", "/api/v1/nothing", "", "", asks).status == 404);
  CHECK(open.commands.empty());
}

TEST_CASE("an event stream of another site's page carries its headers too") {
  ApiFixture open(60'000, [](ApiParts& parts) { parts.cors_origins = {"*"}; });
  Reply reply = open.get("/api/v1/stream", "viewer", {{"origin", "https://a.example.com"}});
  CHECK(reply.headers["access-control-allow-origin"] == "https://a.example.com");
  CHECK(reply.headers["content-type"].starts_with("text/event-stream"));
}

TEST_CASE("who may not do it is told so before the body is taken") {
  struct Case {
    const char* secret;
    int status;
  };
  for (const Case& each : {Case{"", 401}, Case{"hs_guess", 401}, Case{"hs_viewer", 403}, Case{"hs_revoked", 401}}) {
    INFO(each.secret);
    ApiFixture fixture;
    auto exchange = std::make_shared<FakeExchange>();
    CHECK(fixture.api().on_request(campaign_wish(each.secret), exchange) == nullptr);
    REQUIRE(exchange->response());
    CHECK(exchange->response()->status == each.status);
  }
}

TEST_CASE("a token that comes too often is told so before the body is taken, and a body costs no second turn") {
  WithRates api(rules_of(Limited::token, {.per_second = 0.1, .burst = 2}));
  for (int i = 0; i < 2; ++i) {
    CHECK(api.fixture.send("POST", "/api/v1/tokens", R"({"role": "viewer"})").status == 200);
  }
  auto exchange = std::make_shared<FakeExchange>();
  CHECK(api.fixture.api().on_request(campaign_wish("hs_admin"), exchange) == nullptr);
  REQUIRE(exchange->response());
  CHECK(exchange->response()->status == 429);
}

TEST_CASE("a token that is revoked while a body comes changes nothing at its end") {
  ApiFixture fixture;
  auto exchange = std::make_shared<FakeExchange>();
  Request request = campaign_wish("hs_admin");
  request.target = "/api/v1/tokens";
  auto receiver = fixture.api().on_request(std::move(request), exchange);
  REQUIRE(receiver);
  revoke(fixture, "admin");
  receiver->on_body(R"({"role": "admin"})");
  receiver->on_complete();
  CHECK(exchange->response()->status == 401);
  CHECK(fixture.commands.empty());
}

TEST_CASE("who waited for a slow answer must still be welcome when it is read") {
  std::latch begun{1}, go_on{1};
  ApiFixture fixture(60'000, [&](ApiParts& parts) {
    parts.timezone_of = [&](const std::string& tenant) {
      if (tenant == "B9/L9") {
        begun.count_down();
        go_on.wait();
      }
      return std::string("UTC");
    };
  });
  auto ask = [&](const std::string& target, const std::string& secret) {
    Request request = campaign_wish(secret);
    request.method = "GET";
    request.target = target;
    request.has_body = false;
    auto exchange = std::make_shared<FakeExchange>();
    CHECK(fixture.api().on_request(std::move(request), exchange) == nullptr);
    return exchange;
  };
  auto first = ask("/api/v1/stats?tenant=B9/L9", "hs_admin");
  begun.wait();
  auto waits = ask("/api/v1/stats", "hs_viewer");
  revoke(fixture, "viewer");
  go_on.count_down();
  fixture.api().settle();
  CHECK(first->response()->status == 200);
  REQUIRE(waits->response());
  CHECK(waits->response()->status == 401);
}

TEST_CASE("a body that nothing is done with is not waited for") {
  ApiFixture fixture;
  auto exchange = std::make_shared<FakeExchange>();
  Request request = campaign_wish("hs_viewer");
  request.method = "GET";
  request.target = "/api/v1/calls";
  CHECK(fixture.api().on_request(std::move(request), exchange) == nullptr);
  REQUIRE(exchange->response());
  CHECK(exchange->response()->status == 200);
}
