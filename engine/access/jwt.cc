#include "engine/access/jwt.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>

#include "engine/access/base64url.h"
#include "engine/base/json.h"
#include "engine/base/small_file.h"

namespace hookswitch {
namespace {

using Checked = std::expected<void, JwtRefusal>;

std::unexpected<JwtRefusal> refuse(const char* code, const char* detail) {
  return std::unexpected(JwtRefusal{code, detail});
}

// A compact JWS, taken apart. Views point into the token.
struct Parts {
  Json header;
  Json claims;
  std::string_view text;  // that is signed
  std::string signature;
};

std::optional<Json> object_of(std::string_view encoded) {
  auto bytes = base64url_decode(encoded);
  if (!bytes) return std::nullopt;
  Json json = parse_json(*bytes);
  return json.is_object() ? std::optional(std::move(json)) : std::nullopt;
}

std::optional<Parts> take_apart(std::string_view token) {
  size_t first = token.find('.'), last = token.rfind('.');
  auto header = object_of(token.substr(0, first));
  auto claims = object_of(token.substr(first + 1, last - first - 1));
  auto signature = base64url_decode(token.substr(last + 1));
  if (!header || !claims || !signature) return std::nullopt;
  return Parts{std::move(*header), std::move(*claims), token.substr(0, last), std::move(*signature)};
}

std::string text_of(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Seconds since 1970, perhaps with a fraction; nullopt when it is no such number.
std::optional<double> time_of(const Json& claims, const char* name) {
  auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  double secs = found->get<double>();
  return std::isfinite(secs) ? std::optional(secs) : std::nullopt;
}

Checked check_times(const Json& claims, int64_t now_ms, int64_t leeway_ms) {
  double now = static_cast<double>(now_ms) / 1e3, leeway = static_cast<double>(leeway_ms) / 1e3;
  auto expires = time_of(claims, "exp");
  if (!expires) return refuse("jwt_claims", "found a JWT without exp");
  if (*expires + leeway <= now) return refuse("jwt_expired", "found a JWT that has expired");
  for (const char* name : {"nbf", "iat"}) {
    auto from = time_of(claims, name);
    if (claims.contains(name) && !from) return refuse("jwt_claims", "found a JWT whose nbf or iat is no time");
    if (from && *from > now + leeway) return refuse("jwt_early", "found a JWT that is not valid yet");
  }
  return {};
}

// The moment it expires; a time beyond all clocks is the last one they show.
int64_t end_of(const Json& claims, int64_t leeway_ms) {
  constexpr double kLastSecs = 253'402'300'799;  // the end of the year 9999
  double secs = std::min(time_of(claims, "exp").value_or(0), kLastSecs);
  return static_cast<int64_t>(secs * 1e3) + leeway_ms;
}

bool is_for(const Json& claims, const std::vector<std::string>& audiences) {
  auto wanted = [&](const Json& one) {
    return one.is_string() && std::ranges::find(audiences, one.get_ref<const std::string&>()) != audiences.end();
  };
  auto found = claims.find("aud");
  if (found == claims.end()) return false;
  return found->is_array() ? std::ranges::any_of(*found, wanted) : wanted(*found);
}

// The claim of that name, or the one that a pointer leads to; null when there is none.
Json claim(const Json& claims, const std::string& name) {
  if (!name.starts_with('/')) return claims.value(name, Json());
  Json::json_pointer pointer(name);
  return claims.contains(pointer) ? claims.at(pointer) : Json();
}

Role role_of(const Json& claim) {
  Role highest = Role::nobody;
  for (const Json& one : claim.is_array() ? claim : Json::array({claim})) {
    auto role = one.is_string() ? parse_role(one.get_ref<const std::string&>()) : std::nullopt;
    if (role) highest = std::max(highest, *role);
  }
  return highest;
}

// A name that can stand in records and in the audit trail.
bool is_name(const std::string& text) {
  auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  return !text.empty() && text.size() <= limits::kJwtClaimBytes && std::ranges::none_of(text, is_control);
}

std::expected<Caller, JwtRefusal> caller_of(const Json& claims, const JwtOptions& options) {
  Caller caller;
  caller.role = role_of(claim(claims, options.role_claim));
  if (caller.role == Role::nobody) return refuse("jwt_claims", "found a JWT whose claims name no role of this engine");
  std::string subject = text_of(claims, "sub");
  if (!is_name(subject)) return refuse("jwt_claims", "found a JWT whose sub is missing or too long");
  caller.token_id = "jwt:" + subject;
  Json tenant = claim(claims, options.tenant_claim);
  if (!tenant.is_string() || !is_name(tenant.get_ref<const std::string&>()))
    return refuse("jwt_claims", "found a JWT whose claims name no tenant; \"*\" is every tenant");
  if (tenant != "*") caller.tenant = tenant.get<std::string>();
  caller.until_ms = end_of(claims, options.leeway_ms);
  return caller;
}

// nullptr: none of them.
const SigningKey* signer_of(const Parts& parts, const std::vector<SigningKey>& keys) {
  std::string alg = text_of(parts.header, "alg"), kid = text_of(parts.header, "kid");
  auto found = std::ranges::find_if(keys, [&](const SigningKey& key) {
    bool meant = key.alg() == alg && (kid.empty() || key.kid().empty() || key.kid() == kid);
    return meant && key.verifies(parts.text, parts.signature);
  });
  return found == keys.end() ? nullptr : &*found;
}

int64_t change_time(const std::string& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return -1;
  return found.st_mtim.tv_sec * 1'000'000'000LL + found.st_mtim.tv_nsec;
}

Result<std::vector<SigningKey>> read_jwks(const std::string& name) {
  auto file = read_small_file(name, limits::kJwksFileBytes);
  if (!file) return fail(Code::not_found, "auth.jwt.jwks_file {}: found {}", name, file.error());
  Json json = parse_json(file->text);
  if (!json.is_object() || !json.value("keys", Json()).is_array())
    return fail(Code::invalid, "auth.jwt.jwks_file {}: found something else, expected {{\"keys\": [...]}}", name);
  std::vector<SigningKey> keys;
  std::string wrong;
  // A set may hold keys for what we do not do: they are left out. An empty one withdraws those there were.
  for (const Json& jwk : json["keys"]) {
    auto key = SigningKey::from_jwk(jwk);
    key ? keys.push_back(std::move(*key)) : void(wrong = key.error().message);
  }
  if (keys.empty() && !json["keys"].empty())
    return fail(Code::invalid, "auth.jwt.jwks_file {}: found no key to use: {}", name, wrong);
  return keys;
}

}  // namespace

Result<std::unique_ptr<JwtVerifier>> JwtVerifier::make(JwtOptions options) {
  std::unique_ptr<JwtVerifier> out(new JwtVerifier(std::move(options)));
  if (auto loaded = out->load(); !loaded) return std::unexpected(loaded.error());
  return out;
}

Status JwtVerifier::load() {
  const auto& audiences = options_.audiences;
  if (options_.issuer.empty() || audiences.empty() || std::ranges::find(audiences, "") != audiences.end())
    return fail(Code::invalid, "auth.jwt: found no issuer or audience, expected what tokens must carry");
  auto all = std::make_shared<std::vector<SigningKey>>(options_.keys);
  std::string warning;
  if (!options_.jwks_file.empty()) {
    file_time_ = change_time(options_.jwks_file);
    auto more = read_jwks(options_.jwks_file);
    if (!more) return std::unexpected(more.error());
    if (more->empty())
      warning = fmt::format("auth.jwt.jwks_file {}: found an empty list: no token is good by it", options_.jwks_file);
    all->insert(all->end(), more->begin(), more->end());
  }
  if (all->size() > limits::kJwtKeys)
    return fail(Code::too_large, "auth.jwt: found {} keys, expected at most {}", all->size(), limits::kJwtKeys);
  warning_ = std::move(warning);
  std::lock_guard lock(mutex_);
  keys_ = std::move(all);
  return {};
}

Result<bool> JwtVerifier::reload() {
  if (options_.jwks_file.empty() || change_time(options_.jwks_file) == file_time_) return false;
  if (auto loaded = load(); !loaded) return std::unexpected(loaded.error());
  return true;
}

bool JwtVerifier::has(const SigningKey& key) const {
  const Keys known = keys();
  return std::ranges::find(*known, key) != known->end();
}

JwtVerifier::Keys JwtVerifier::keys() const {
  std::lock_guard lock(mutex_);
  return keys_;
}

bool JwtVerifier::looks_like_one(std::string_view token) { return std::ranges::count(token, '.') == 2; }

std::expected<Caller, JwtRefusal> JwtVerifier::verify(std::string_view token, int64_t now_ms) const {
  if (token.size() > limits::kJwtBytes) return refuse("jwt_malformed", "found a JWT that is too long");
  auto parts = looks_like_one(token) ? take_apart(token) : std::nullopt;
  if (!parts) return refuse("jwt_malformed", "found a token that is no JWT");
  // What a header calls critical we would have to understand, and there is nothing of it that we do.
  if (parts->header.contains("crit")) return refuse("jwt_malformed", "found a JWT with critical extensions");
  const Keys known = keys();
  const SigningKey* signer = signer_of(*parts, *known);
  if (signer == nullptr) return refuse("jwt_signature", "found a JWT that none of the known keys has signed");
  if (text_of(parts->claims, "iss") != options_.issuer) return refuse("jwt_issuer", "found a JWT of another issuer");
  if (!is_for(parts->claims, options_.audiences)) return refuse("jwt_audience", "found a JWT for another audience");
  if (auto timely = check_times(parts->claims, now_ms, options_.leeway_ms); !timely)
    return std::unexpected(timely.error());
  auto caller = caller_of(parts->claims, options_);
  if (caller) caller->signed_by = {known, signer};
  return caller;
}

}  // namespace hookswitch
