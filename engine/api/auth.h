// Who is asking: the bearer token of a request becomes a caller with a role, perhaps bound to one tenant.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "engine/api/parts.h"

namespace hookswitch {

/// Each may do what the one before may, and more. `nobody` needs no token.
enum class Role { nobody, viewer, operate, admin };

/// "viewer", "operator", "admin".
const char* name(Role role);
std::optional<Role> parse_role(std::string_view text);

struct Caller {
  Role role = Role::nobody;
  std::string token_id;
  std::string tenant;  // "": sees every tenant
  bool may_see(std::string_view of_tenant) const { return tenant.empty() || tenant == of_tenant; }
};

/// The caller of a request with this Authorization header. The error is the answer: 401 with WWW-Authenticate.
std::expected<Caller, Response> authenticate(const ApiParts& parts, std::string_view authorization);

/// A fresh API token, "hs_" and 64 hex digits of randomness; only its sha256_hex is ever stored.
std::string new_token_secret();

/// `prefix` and 16 random hex digits.
std::string new_id(std::string_view prefix);

}  // namespace hookswitch
