#include "engine/api/auth.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>

#include "engine/api/problem.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/state/tokens.h"

namespace hookswitch {
namespace {

constexpr size_t kTokenBytesMax = 512;
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

std::unexpected<Response> refused(const ApiParts& parts, const char* reason, const std::string& detail) {
  parts.metrics.counter("hookswitch_api_denied_total", "API requests without a good token.", {{"reason", reason}})
      .add();
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

}  // namespace

const char* name(Role role) {
  switch (role) {
    case Role::nobody:
      return "nobody";
    case Role::viewer:
      return "viewer";
    case Role::operate:
      return "operator";
    case Role::admin:
      return "admin";
  }
  return "nobody";
}

std::optional<Role> parse_role(std::string_view text) {
  for (Role role : {Role::viewer, Role::operate, Role::admin}) {
    if (text == name(role)) return role;
  }
  return std::nullopt;
}

std::expected<Caller, Response> authenticate(const ApiParts& parts, std::string_view authorization) {
  std::string_view secret = bearer(authorization);
  if (secret.empty()) return refused(parts, "missing", "found no token, expected `Authorization: Bearer hs_...`");
  if (secret.size() > kTokenBytesMax) return refused(parts, "malformed", "found a token that is too long");
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

std::string new_token_secret() { return "hs_" + random_hex(kSecretBytes); }

std::string new_id(std::string_view prefix) { return std::string(prefix) + random_hex(kIdBytes); }

}  // namespace hookswitch
