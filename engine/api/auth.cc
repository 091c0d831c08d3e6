#include "engine/api/auth.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>

#include "engine/access/client_address.h"
#include "engine/api/problem.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/state/tokens.h"

namespace hookswitch {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr size_t kIdBytes = 8;

std::string random_hex(size_t bytes) {
  std::string out(bytes, '\0');
  ENSURE(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(bytes)) == 1, "no randomness");
  return to_hex(out);
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void count_denied(const ApiParts& parts, const char* reason) {
  parts.metrics
      .counter("hookswitch_api_denied_total", "API requests that their caller may not make.", {{"reason", reason}})
      .add();
}

Response too_many(const char* what, int64_t wait_secs) {
  return problem(429, fmt::format("found {}, expected none for {} s", what, wait_secs), wait_secs);
}

std::unexpected<Response> refused(const ApiParts& parts, const char* reason, const std::string& detail) {
  count_denied(parts, reason);
  Response response = problem(401, detail);
  std::string challenge = "Bearer realm=\"hookswitch\"";
  if (std::string_view(reason) != "missing") challenge += ", error=\"invalid_token\"";
  response.headers.emplace_back("WWW-Authenticate", challenge);
  return std::unexpected(std::move(response));
}

// The token after "Bearer ", in whichever case; "" when there is none.
std::string_view bearer(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  for (size_t i = 0; i < kScheme.size(); ++i) {
    char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != kScheme[i]) return {};
  }
  return authorization.substr(kScheme.size());
}

std::expected<Caller, Response> by_jwt(const ApiParts& parts, std::string_view token) {
  auto caller = parts.jwt->verify(token, parts.clock.now_ms());
  if (caller) return *caller;
  return refused(parts, caller.error().code, caller.error().detail);
}

std::expected<Caller, Response> by_token(const ApiParts& parts, std::string_view secret) {
  if (secret.size() > limits::kApiTokenBytes) return refused(parts, "malformed", "found a token that is too long");
  std::string hash = sha256_hex(secret);
  if (same(hash, parts.cli_token_hash)) return Caller{Role::admin, "cli", ""};
  auto reader = parts.store.read();
  if (!reader) return std::unexpected(problem(reader.error()));
  auto token = find_token_by_hash(**reader, hash);
  if (!token || !same(hash, token->hash))
    return refused(parts, "unknown", "found a token that this engine does not know");
  if (token->revoked_ms) return refused(parts, "revoked", "found a token that was revoked");
  auto role = parse_role(token->role);
  if (!role) return refused(parts, "unknown", "found a token whose role this version does not know");
  return Caller{*role, token->id, token->tenant};
}

// Who has shown too many bad tokens waits. Behind an address that others share, a good token is still good.
std::expected<Caller, Response> authenticate_at_a_rate(const ApiParts& parts, const Request& request) {
  constexpr const char* kTooMany = "too many requests with a token that is not good";
  std::string_view authorization = request.header("authorization");
  if (parts.rates == nullptr || authorization.empty()) return authenticate(parts, authorization);
  std::string client = rate_key(request.peer);
  if (!request.peer_shared) {
    if (auto wait = parts.rates->look(Limited::failed_auth, client)) return std::unexpected(too_many(kTooMany, *wait));
  }
  auto caller = authenticate(parts, authorization);
  if (caller || caller.error().status != 401) return caller;
  if (auto wait = parts.rates->take(Limited::failed_auth, client)) return std::unexpected(too_many(kTooMany, *wait));
  return caller;
}

// Seconds to wait, when this caller or its tenant comes too often. This machine's own user never does.
std::optional<int64_t> pace(const ApiParts& parts, const Caller& caller) {
  if (parts.rates == nullptr || caller.token_id == "cli") return std::nullopt;
  if (auto wait = parts.rates->take(Limited::token, caller.token_id)) return wait;
  return caller.tenant.empty() ? std::nullopt : parts.rates->take(Limited::tenant, caller.tenant);
}

}  // namespace

std::expected<Caller, Response> authenticate(const ApiParts& parts, std::string_view authorization) {
  std::string_view secret = bearer(authorization);
  if (secret.empty()) return refused(parts, "missing", "found no token, expected `Authorization: Bearer hs_...`");
  bool is_jwt = parts.jwt != nullptr && JwtVerifier::looks_like_one(secret);
  return is_jwt ? by_jwt(parts, secret) : by_token(parts, secret);
}

std::expected<Caller, Response> admit(const ApiParts& parts, const Request& request, Role role, bool every_tenant) {
  auto caller = authenticate_at_a_rate(parts, request);
  if (!caller) return caller;
  if (caller->role < role) {
    count_denied(parts, "role");
    return std::unexpected(problem(403, fmt::format("{} {}: found role {}, expected {}", request.method, request.path(),
                                                    name(caller->role), name(role))));
  }
  if (every_tenant && !caller->tenant.empty()) {
    count_denied(parts, "tenant");
    return std::unexpected(problem(403, fmt::format("{} {}: found a token bound to one tenant, expected one of all",
                                                    request.method, request.path())));
  }
  if (auto wait = pace(parts, *caller)) return std::unexpected(too_many("too many requests", *wait));
  return caller;
}

bool is_still_good(const ApiParts& parts, const Reader& reader, const Caller& caller) {
  if (parts.clock.now_ms() >= caller.until_ms) return false;
  if (caller.signed_by) return parts.jwt->has(*caller.signed_by);
  if (caller.token_id == "cli") return true;
  auto token = find_token(reader, caller.token_id);
  return token && !token->revoked_ms;
}

std::string new_token_secret() { return "hs_" + random_hex(kSecretBytes); }

std::string new_id(std::string_view prefix) { return std::string(prefix) + random_hex(kIdBytes); }

}  // namespace hookswitch
