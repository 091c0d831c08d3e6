#include "engine/access/jwt.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "engine/access/base64url.h"
#include "tests/support/jwt_signer.h"

using namespace hookswitch;
using hookswitch::test::base64url;
using hookswitch::test::JwtSigner;

namespace {

constexpr int64_t kNow = 1'766'100'000'000;

const std::vector<std::string> kPublicAlgorithms{"RS256", "RS384", "RS512", "PS256", "PS384",
                                                 "PS512", "ES256", "ES384", "ES512", "EdDSA"};

SigningKey key_of(const JwtSigner& signer, const std::string& alg, const std::string& kid = "") {
  auto key = SigningKey::from_pem(kid, alg, signer.public_pem());
  REQUIRE(key);
  return *key;
}

std::unique_ptr<JwtVerifier> verifier(std::vector<SigningKey> keys,
                                      const std::function<void(JwtOptions&)>& change = {}) {
  JwtOptions options{.issuer = "https://id.test", .audiences = {"hookswitch", "console"}, .keys = std::move(keys)};
  if (change) change(options);
  auto made = JwtVerifier::make(std::move(options));
  REQUIRE(made);
  return std::move(*made);
}

Json good() { return JwtSigner::claims(kNow, "operator", "B1/L1"); }

// What verifying these claims, signed well, comes to: "" or the code of the refusal.
class Claims {
 public:
  explicit Claims(const std::function<void(JwtOptions&)>& change = {})
      : verifier_(verifier({key_of(signer_, "EdDSA")}, change)) {}

  std::string code(const Json& claims, const Json& header = Json::object()) const {
    auto caller = verifier_->verify(signer_.sign(claims, header), kNow);
    return caller ? "" : caller.error().code;
  }
  std::string with(const char* name, const Json& value) const {
    Json claims = good();
    claims[name] = value;
    return code(claims);
  }
  std::string without(const char* name) const {
    Json claims = good();
    claims.erase(name);
    return code(claims);
  }
  Caller caller(const Json& claims) const {
    auto found = verifier_->verify(signer_.sign(claims), kNow);
    REQUIRE(found);
    return *found;
  }

 private:
  JwtSigner signer_{"EdDSA"};
  std::unique_ptr<JwtVerifier> verifier_;
};

void write(const std::string& file, const Json& json, int64_t changed_at_s) {
  std::ofstream(file, std::ios::trunc) << dump(json);
  auto time = std::filesystem::file_time_type(std::chrono::seconds(changed_at_s));
  std::filesystem::last_write_time(file, time);
}

}  // namespace

TEST_CASE("nothing is no issuer and no audience, for a token without them would do") {
  JwtSigner signer("EdDSA");
  for (const JwtOptions& wrong : {JwtOptions{.issuer = "", .audiences = {"a"}}, JwtOptions{.issuer = "i"},
                                  JwtOptions{.issuer = "i", .audiences = {"a", ""}}}) {
    JwtOptions options = wrong;
    options.keys = {key_of(signer, "EdDSA")};
    auto made = JwtVerifier::make(std::move(options));
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Code::invalid);
  }
}

TEST_CASE("the examples of RFC 7515 and RFC 8037 verify, and with one bit changed they do not") {
  std::ifstream file(HOOKSWITCH_SOURCE_DIR "/tests/fixtures/tokens/rfc.json");
  Json vectors = Json::parse(file);
  REQUIRE(vectors.size() == 5);
  for (const Json& vector : vectors) {
    INFO(vector["name"]);
    auto key = vector.contains("jwk")
                   ? SigningKey::from_jwk(vector["jwk"])
                   : SigningKey::from_secret("", "HS256", *base64url_decode(vector["secret"].get<std::string>()));
    REQUIRE(key);
    CHECK(key->alg() == vector["alg"]);
    std::string token = vector["token"], text = token.substr(0, token.rfind('.'));
    std::string signature = *base64url_decode(token.substr(token.rfind('.') + 1));
    CHECK(key->verifies(text, signature));
    CHECK_FALSE(key->verifies(text + "A", signature));
    CHECK_FALSE(key->verifies(text, signature + "A"));
    CHECK_FALSE(key->verifies(text, ""));
    for (size_t i = 0; i < signature.size(); ++i) {
      std::string changed = signature;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      CHECK_FALSE(key->verifies(text, changed));
    }
  }
}

TEST_CASE("every algorithm verifies its own tokens and nobody else's") {
  for (const std::string& alg : kPublicAlgorithms) {
    INFO(alg);
    JwtSigner signer(alg), other(alg);
    auto jwt = verifier({key_of(signer, alg)});
    auto caller = jwt->verify(signer.sign(good()), kNow);
    REQUIRE(caller);
    CHECK(caller->role == Role::operate);
    CHECK(caller->token_id == "jwt:ana");
    CHECK(caller->tenant == "B1/L1");
    CHECK(jwt->verify(other.sign(good()), kNow).error().code == std::string("jwt_signature"));
  }
  for (const char* alg : {"HS256", "HS384", "HS512"}) {
    INFO(alg);
    std::string secret(limits::kHmacSecretBytes, 's');
    auto jwt = verifier({*SigningKey::from_secret("", alg, secret)});
    CHECK(jwt->verify(JwtSigner(alg, "", secret).sign(good()), kNow));
    CHECK_FALSE(jwt->verify(JwtSigner(alg, "", secret + "s").sign(good()), kNow));
  }
}

TEST_CASE("a token cannot choose its algorithm") {
  JwtSigner rsa("RS256");
  auto jwt = verifier({key_of(rsa, "RS256")});
  auto code = [&](const std::string& token) { return std::string(jwt->verify(token, kNow).error().code); };
  SECTION("none, in any writing") {
    for (const char* none : {"none", "None", "NONE", ""}) {
      std::string token = rsa.sign(good(), {{"alg", none}});
      CHECK(code(token) == "jwt_signature");
      CHECK(code(token.substr(0, token.rfind('.') + 1)) == "jwt_signature");
    }
  }
  SECTION("HS256 with the public key as its secret") {
    CHECK(code(JwtSigner("HS256", "", rsa.public_pem()).sign(good())) == "jwt_signature");
  }
  SECTION("another one of the same family") {
    CHECK(code(rsa.sign(good(), {{"alg", "RS512"}})) == "jwt_signature");
    CHECK(code(rsa.sign(good(), {{"alg", "PS256"}})) == "jwt_signature");
  }
  SECTION("no text at all") { CHECK(code(rsa.sign(good(), {{"alg", 256}})) == "jwt_signature"); }
}

TEST_CASE("the key that a token names is the one that must have signed it") {
  JwtSigner a("EdDSA", "a"), b("EdDSA", "b"), nameless("EdDSA");
  auto jwt = verifier({key_of(a, "EdDSA", "a"), key_of(b, "EdDSA", "b")});
  CHECK(jwt->verify(a.sign(good()), kNow));
  CHECK(jwt->verify(b.sign(good()), kNow));
  CHECK_FALSE(jwt->verify(a.sign(good(), {{"kid", "b"}}), kNow));
  CHECK_FALSE(jwt->verify(a.sign(good(), {{"kid", "c"}}), kNow));
  CHECK_FALSE(jwt->verify(nameless.sign(good()), kNow));
  // Who names none is asked of all.
  Json none = good();
  auto open = verifier({key_of(nameless, "EdDSA"), key_of(a, "EdDSA", "a")});
  CHECK(open->verify(nameless.sign(none), kNow));
}

TEST_CASE("issuer, audience and times are checked to the millisecond of the leeway") {
  Claims claims;
  int64_t now = kNow / 1000, leeway = limits::kJwtLeewayMs / 1000;
  CHECK(claims.code(good()) == "");
  CHECK(claims.with("iss", "https://other.test") == "jwt_issuer");
  CHECK(claims.without("iss") == "jwt_issuer");
  CHECK(claims.with("aud", "console") == "");
  CHECK(claims.with("aud", {"else", "hookswitch"}) == "");
  CHECK(claims.with("aud", {"else", 7}) == "jwt_audience");
  CHECK(claims.with("aud", Json::array()) == "jwt_audience");
  CHECK(claims.without("aud") == "jwt_audience");
  CHECK(claims.without("exp") == "jwt_claims");
  CHECK(claims.with("exp", "tomorrow") == "jwt_claims");
  CHECK(claims.with("exp", now - leeway) == "jwt_expired");
  CHECK(claims.with("exp", now - leeway + 1) == "");
  CHECK(claims.with("exp", static_cast<double>(now) + 0.5) == "");
  CHECK(claims.with("nbf", now + leeway) == "");
  CHECK(claims.with("nbf", now + leeway + 1) == "jwt_early");
  CHECK(claims.with("iat", now + leeway + 1) == "jwt_early");
  CHECK(claims.without("iat") == "");
  CHECK(claims.with("nbf", "now") == "jwt_claims");
}

TEST_CASE("role and tenant are what the claims say, and nothing is assumed") {
  Claims claims;
  CHECK(claims.without("role") == "jwt_claims");
  CHECK(claims.with("role", "root") == "jwt_claims");
  CHECK(claims.with("role", "nobody") == "jwt_claims");
  CHECK(claims.with("role", Json::array()) == "jwt_claims");
  CHECK(claims.without("tenant") == "jwt_claims");
  CHECK(claims.with("tenant", "") == "jwt_claims");
  CHECK(claims.with("tenant", nullptr) == "jwt_claims");
  CHECK(claims.without("sub") == "jwt_claims");
  CHECK(claims.with("sub", "a\nb") == "jwt_claims");
  CHECK(claims.with("sub", std::string(limits::kJwtClaimBytes, 'a')) == "");
  CHECK(claims.with("sub", std::string(limits::kJwtClaimBytes + 1, 'a')) == "jwt_claims");
  Json many = good();
  many["role"] = {"offline_access", "viewer", "admin"};
  many["tenant"] = "*";
  CHECK(claims.caller(many).role == Role::admin);
  CHECK(claims.caller(many).tenant == "");
}

TEST_CASE("the claims may have other names, and lie deeper") {
  Claims claims([](JwtOptions& options) {
    options.role_claim = "/realm_access/roles";
    options.tenant_claim = "https://example.com/tenant";
  });
  Json token = good();
  CHECK(claims.code(token) == "jwt_claims");
  token["realm_access"] = {{"roles", {"viewer"}}};
  token["https://example.com/tenant"] = "B2/L1";
  CHECK(claims.caller(token).role == Role::viewer);
  CHECK(claims.caller(token).tenant == "B2/L1");
  token["realm_access"] = "viewer";
  CHECK(claims.code(token) == "jwt_claims");
}

TEST_CASE("what is no token, or too long, or wants to be understood in a new way, is refused") {
  JwtSigner signer("EdDSA");
  auto jwt = verifier({key_of(signer, "EdDSA")});
  auto code = [&](const std::string& token) { return std::string(jwt->verify(token, kNow).error().code); };
  std::string token = signer.sign(good());
  for (const std::string& bad : {std::string(), std::string(".."), std::string("a.b"), std::string("a.b.c.d"),
                                 token + "=", token + "\n", "." + token, base64url("[]") + "." + base64url("{}") + ".",
                                 base64url("{\"alg\":") + "." + base64url("{}") + "."}) {
    INFO(bad);
    CHECK(code(bad) == "jwt_malformed");
  }
  CHECK(code(signer.sign(good(), {{"crit", {"b64"}}, {"b64", false}})) == "jwt_malformed");
  Json large = good();
  large["note"] = std::string(limits::kJwtBytes, 'a');
  CHECK(code(signer.sign(large)) == "jwt_malformed");
  // The last letter of a signature has bits that nobody reads: another writing of the same is refused.
  std::string last = token.substr(0, token.size() - 1);
  int accepted = 0;
  for (char c : std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    accepted += jwt->verify(last + c, kNow) ? 1 : 0;
  CHECK(accepted == 1);
}

TEST_CASE("weak keys and keys of another kind are refused") {
  CHECK_FALSE(SigningKey::from_secret("", "HS256", std::string(limits::kHmacSecretBytes - 1, 's')));
  CHECK_FALSE(SigningKey::from_secret("", "RS256", std::string(64, 's')));
  CHECK_FALSE(SigningKey::from_pem("", "RS256", JwtSigner("ES256").public_pem()));
  CHECK_FALSE(SigningKey::from_pem("", "ES256", JwtSigner("ES384").public_pem()));
  CHECK_FALSE(SigningKey::from_pem("", "HS256", JwtSigner("RS256").public_pem()));
  CHECK_FALSE(SigningKey::from_pem("", "none", JwtSigner("RS256").public_pem()));
  CHECK_FALSE(SigningKey::from_pem("", "RS256", "-----BEGIN PUBLIC KEY-----"));
  CHECK_FALSE(SigningKey::from_jwk({{"kty", "oct"}, {"k", "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}}));
  CHECK_FALSE(SigningKey::from_jwk({{"kty", "RSA"}, {"n", "AQAB"}, {"e", "AQAB"}}));
  Json encryption = JwtSigner("RS256").jwk();
  encryption["use"] = "enc";
  CHECK_FALSE(SigningKey::from_jwk(encryption));
  Json off_curve{
      {"kty", "EC"}, {"crv", "P-256"}, {"x", base64url(std::string(32, 'x'))}, {"y", base64url(std::string(32, 'y'))}};
  CHECK_FALSE(SigningKey::from_jwk(off_curve));
}

TEST_CASE("a file of keys is read again when it changes, and a broken one changes nothing") {
  std::string file = std::filesystem::temp_directory_path() / ("hookswitch_jwks_" + std::to_string(::getpid()));
  JwtSigner first("EdDSA", "1"), second("RS256", "2");
  Json secret{{"kty", "oct"}, {"k", "AAAA"}};
  write(file, {{"keys", {first.jwk(), secret}}}, 1'000);
  auto jwt = verifier({}, [&](JwtOptions& options) { options.jwks_file = file; });
  CHECK(jwt->verify(first.sign(good()), kNow));
  CHECK_FALSE(jwt->verify(second.sign(good()), kNow));

  write(file, {{"keys", {second.jwk()}}}, 2'000);
  CHECK(jwt->reload());
  CHECK(jwt->verify(second.sign(good()), kNow));
  CHECK_FALSE(jwt->verify(first.sign(good()), kNow));

  write(file, {{"keys", {secret}}}, 3'000);
  CHECK_FALSE(jwt->reload());
  CHECK_FALSE(jwt->reload().value());  // told once
  CHECK(jwt->verify(second.sign(good()), kNow));

  std::filesystem::remove(file);
  CHECK_FALSE(jwt->reload());
  CHECK(jwt->verify(second.sign(good()), kNow));

  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);  // who writes to it may never come
  CHECK_FALSE(jwt->reload());
  CHECK(jwt->verify(second.sign(good()), kNow));
  std::filesystem::remove(file);
  CHECK_FALSE(JwtVerifier::make({.issuer = "i", .audiences = {"a"}, .keys = {}, .jwks_file = file}));
}

TEST_CASE("an empty list withdraws the file's keys, with a warning, and no other keys") {
  std::string file = std::filesystem::temp_directory_path() / ("hookswitch_jwks_none_" + std::to_string(::getpid()));
  JwtSigner fixed("EdDSA", "1"), listed("EdDSA", "2");
  write(file, {{"keys", {listed.jwk()}}}, 1'000);
  auto jwt = verifier({key_of(fixed, "EdDSA", "1")}, [&](JwtOptions& options) { options.jwks_file = file; });
  CHECK(jwt->warning().empty());
  CHECK(jwt->verify(listed.sign(good()), kNow));

  write(file, {{"keys", Json::array()}}, 2'000);
  CHECK(jwt->reload().value());
  CHECK(jwt->warning().find(file + ": found an empty list") != std::string::npos);
  CHECK_FALSE(jwt->verify(listed.sign(good()), kNow));
  CHECK(jwt->verify(fixed.sign(good()), kNow));

  write(file, {{"keys", {listed.jwk()}}}, 3'000);
  CHECK(jwt->reload().value());
  CHECK(jwt->warning().empty());
  std::filesystem::remove(file);
}

TEST_CASE("the key that signed a token is known until its file says it no more, also read anew") {
  std::string file = std::filesystem::temp_directory_path() / ("hookswitch_jwks_gone_" + std::to_string(::getpid()));
  JwtSigner kept("EdDSA", "1"), gone("RS256", "2"), renewed("RS256", "2");
  write(file, {{"keys", {kept.jwk(), gone.jwk()}}}, 1'000);
  auto jwt = verifier({}, [&](JwtOptions& options) { options.jwks_file = file; });
  const auto by_kept = jwt->verify(kept.sign(good()), kNow), by_gone = jwt->verify(gone.sign(good()), kNow);
  REQUIRE((by_kept && by_gone));
  CHECK(jwt->has(*by_gone->signed_by));
  write(file, {{"keys", {renewed.jwk(), kept.jwk()}}}, 2'000);
  REQUIRE(jwt->reload().value());
  CHECK(jwt->has(*by_kept->signed_by));
  CHECK_FALSE(jwt->has(*by_gone->signed_by));
  std::filesystem::remove(file);
}
