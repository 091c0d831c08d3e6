// Who asks, and what they may: a role, perhaps bound to one tenant.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hookswitch {

class SigningKey;

/// Each may do what the one before may, and more. `nobody` needs no token.
enum class Role { nobody, viewer, operate, admin };

/// "viewer", "operator", "admin".
const char* name(Role role);
std::optional<Role> parse_role(std::string_view text);

struct Caller {
  Role role = Role::nobody;
  std::string token_id;  // of ours; "jwt:" and the subject of somebody else's; "cli", "loopback"
  std::string tenant;    // "": sees every tenant
  int64_t until_ms = std::numeric_limits<int64_t>::max();  // the token is good before that
  std::shared_ptr<const SigningKey> signed_by = {};        // of somebody else's token; null: one of ours
  bool may_see(std::string_view of_tenant) const { return tenant.empty() || tenant == of_tenant; }
  /// Whose share it takes of what there is a share for each: its tenant's, or, bound to none, its token's.
  std::string claimant() const { return tenant.empty() ? "token " + token_id : "tenant " + tenant; }
};

}  // namespace hookswitch
