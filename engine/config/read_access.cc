// Who may use the API, from where, and how often.
#include <algorithm>

#include "engine/access/signing_key.h"
#include "engine/config/readers.h"

namespace hookswitch {
namespace {

constexpr double kPerSecondMin = 0.001;
constexpr double kPerSecondMax = 1e6;
constexpr double kBurstMax = 1e7;
constexpr int64_t kLeewayMaxMs = 600'000;

// Tried out at once, so that a wrong key is an error with its line; the message never holds any of it.
void check_key(Section& section, const JwtKeyConfig& key) {
  if (key.alg.empty()) return;
  const char* name = is_symmetric(key.alg) ? "secret" : "public_key";
  const char* other = is_symmetric(key.alg) ? "public_key" : "secret";
  section.require(name, is_symmetric(key.alg) ? "a secret of 32 bytes or more, for example ${env:NAME}"
                                              : "a PEM public key, for example ${file:/path}");
  if (section.has(other)) section.error(other, "it beside alg " + key.alg, std::string(name) + " for that");
  // A reference that leads nowhere is an error already.
  if ((is_symmetric(key.alg) ? key.secret : key.public_key).empty()) return;
  auto made = is_symmetric(key.alg) ? SigningKey::from_secret(key.kid, key.alg, key.secret)
                                    : SigningKey::from_pem(key.kid, key.alg, key.public_key);
  if (!made) section.error(name, "one that cannot be used (" + made.error().message + ")", "a key for " + key.alg);
}

JwtKeyConfig read_jwt_key(Section& section) {
  JwtKeyConfig key;
  section.require("alg", "the one algorithm that this key is for");
  section.read("kid", key.kid);
  if (auto word = section.read_word("alg", signing_algorithms())) key.alg = signing_algorithms()[*word];
  section.read("public_key", key.public_key);
  section.read_secret("secret", key.secret);
  check_key(section, key);
  section.finish();
  return key;
}

// A token that lacks the claim would match nothing.
void refuse_blank(Section& section, const std::string& key, const std::vector<std::string>& texts) {
  auto blank = [](const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; };
  if (texts.empty() || std::ranges::any_of(texts, blank)) section.error(key, "nothing in it", "what tokens must carry");
}

void read_issuer(Section& section, std::string& to) {
  if (!section.has("issuer")) return;
  section.read("issuer", to);
  if (section.node("issuer").IsScalar()) refuse_blank(section, "issuer", {to});
}

// One text, or a list of them.
void read_audiences(Section& section, std::vector<std::string>& to) {
  if (!section.has("audience")) return;
  if (section.node("audience").IsSequence()) {
    to = section.read_texts("audience");
  } else {
    section.read("audience", to.emplace_back());
  }
  if (!section.node("audience").IsMap()) refuse_blank(section, "audience", to);
}

void read_claim(Section& section, const std::string& key, std::string& to) {
  section.read(key, to);
  bool pointer = !to.starts_with('/') || (to.find('~') == std::string::npos && to.size() > 1);
  if (to.empty() || !pointer) section.refuse(key, "the name of a claim, or a JSON pointer such as /realm_access/roles");
}

void read_rate(Section& rates, const std::string& key, RateConfig& to) {
  if (!rates.has(key)) return;
  if (rates.node(key).IsScalar()) {
    if (rates.read_word(key, {"off"})) to = {};
    return;
  }
  Section section = rates.section(key);
  double per_minute = 0;
  section.read_number("per_second", kPerSecondMin, kPerSecondMax, to.per_second);
  section.read_number("per_minute", kPerSecondMin, kPerSecondMax, per_minute);
  if (section.has("per_second") == section.has("per_minute"))
    rates.refuse(key, "off, or {per_second or per_minute: ..., burst: ...}");
  if (per_minute > 0) to.per_second = per_minute / 60;
  section.require("burst", "how many at once");
  section.read_number("burst", 1, kBurstMax, to.burst);
  section.finish();
}

bool is_origin(const std::string& text) {
  size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  return text == "*" ||
         (scheme > 0 && text.size() > scheme && text.find_first_of("/?#* ", scheme) == std::string::npos);
}

}  // namespace

void read_jwt(Section section, std::optional<JwtConfig>& jwt) {
  if (section.has("jwt")) {
    Section inner = section.section("jwt");
    jwt.emplace();
    jwt->line = inner.line();
    inner.require("issuer", "the `iss` that tokens must carry");
    inner.require("audience", "the `aud` that tokens must carry");
    read_issuer(inner, jwt->issuer);
    read_audiences(inner, jwt->audiences);
    inner.read("jwks_file", jwt->jwks_file);
    if (jwt->jwks_file.empty()) inner.require("keys", "a list of keys, or jwks_file");
    for (Section& key : inner.sections("keys")) jwt->keys.push_back(read_jwt_key(key));
    inner.read_duration("leeway", 0, jwt->leeway_ms);
    if (jwt->leeway_ms > kLeewayMaxMs) inner.refuse("leeway", "at most 10m");
    read_claim(inner, "role_claim", jwt->role_claim);
    read_claim(inner, "tenant_claim", jwt->tenant_claim);
    inner.finish();
  }
  section.finish();
}

void read_api(Section section, ApiConfig& api) {
  Section cors = section.section("cors");
  api.cors_origins = cors.read_texts("origins");
  for (const std::string& origin : api.cors_origins) {
    if (!is_origin(origin)) cors.error("origins", "\"" + origin + "\"", "origins such as https://console.example.com");
  }
  cors.finish();
  section.finish();
}

void read_rates(Section section, RatesConfig& rates) {
  read_rate(section, "failed_auth", rates.failed_auth);
  read_rate(section, "refused_webhooks", rates.refused_webhooks);
  read_rate(section, "token", rates.token);
  read_rate(section, "tenant", rates.tenant);
  read_rate(section, "source", rates.source);
  section.finish();
}

}  // namespace hookswitch
