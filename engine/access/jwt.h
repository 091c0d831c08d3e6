// Tokens of the operator's own identity provider: JSON Web Tokens, checked against its keys.
//
// A token is good when one of our keys, with the very algorithm that the key is configured for, has signed it, and its
// issuer, audience and times are right. It says itself what its bearer may do, by two claims.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/access/caller.h"
#include "engine/access/signing_key.h"
#include "engine/base/error.h"
#include "engine/base/limits.h"

namespace hookswitch {

struct JwtOptions {
  std::string issuer;
  std::vector<std::string> audiences;  // any of them
  std::vector<SigningKey> keys;
  std::string jwks_file;  // more keys; "": none
  int64_t leeway_ms = limits::kJwtLeewayMs;
  std::string role_claim = "role";      // a name, or a JSON pointer: "/realm_access/roles"
  std::string tenant_claim = "tenant";  // its value "*" is every tenant
};

/// Why a token is not good: a word for the metrics and a sentence without anything of the token.
struct JwtRefusal {
  const char* code = "";
  const char* detail = "";
};

class JwtVerifier {
 public:
  /// Reads the file of keys. Errors: invalid, not_found; all messages begin with "auth.jwt".
  static Result<std::unique_ptr<JwtVerifier>> make(JwtOptions options);

  /// [any] The caller that the token speaks for; its token_id is "jwt:" and the subject. Required are `sub`, `exp`,
  /// `iss`, `aud`, the role, which may be a list of which the highest known one counts, and the tenant.
  std::expected<Caller, JwtRefusal> verify(std::string_view token, int64_t now_ms) const;
  /// [any] Whether tokens of that key are still good: its file may have been replaced.
  bool has(const SigningKey& key) const;
  /// [one thread] Reads the file of keys again if it was changed: whether it was. An error keeps the keys there are,
  /// and is told once for each change.
  Result<bool> reload();
  /// [one thread] What is unusual about the file as it was read last; "" when nothing is.
  const std::string& warning() const { return warning_; }

  /// Whether it looks like such a token: three parts with dots between.
  static bool looks_like_one(std::string_view token);

 private:
  using Keys = std::shared_ptr<const std::vector<SigningKey>>;

  explicit JwtVerifier(JwtOptions options) : options_(std::move(options)) {}
  Status load();
  Keys keys() const;

  const JwtOptions options_;
  int64_t file_time_ = 0;  // of the file as it was read last
  std::string warning_;
  mutable std::mutex mutex_;
  Keys keys_;  // guarded
};

}  // namespace hookswitch
