// Who is asking: the bearer token of a request becomes a caller with a role, perhaps bound to one tenant.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "engine/access/caller.h"
#include "engine/api/parts.h"

namespace hookswitch {

/// The caller of this request, when it may do what `role` may; `every_tenant`: not for who is bound to one. The error
/// is the answer: 401, 403, or 429 with Retry-After. All are counted.
std::expected<Caller, Response> admit(const ApiParts& parts, const Request& request, Role role, bool every_tenant);

/// The caller of a request with this Authorization header. The error is the answer: 401 with WWW-Authenticate.
std::expected<Caller, Response> authenticate(const ApiParts& parts, std::string_view authorization);

/// Whether a caller who was let in before still would be: the token is neither revoked nor expired, and the key that
/// signed it is not withdrawn.
bool is_still_good(const ApiParts& parts, const Reader& reader, const Caller& caller);

/// A fresh API token, "hs_" and 64 hex digits of randomness; only its sha256_hex is ever stored.
std::string new_token_secret();

/// `prefix` and 16 random hex digits.
std::string new_id(std::string_view prefix);

}  // namespace hookswitch
