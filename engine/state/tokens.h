// API tokens: who may do what. The secret itself is never here, only its SHA-256.
//
// Table tokens:
//   'i' id            -> the token's JSON
//   'h' 64 hex digits -> id
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/state/json_rows.h"

namespace hookswitch {

struct Token {
  std::string id;      // 1 to limits::kIndexedTextBytes bytes
  std::string hash;    // sha256_hex of the secret
  std::string role;    // viewer, operator or admin
  std::string tenant;  // "": of every tenant
  int64_t created_ms = 0;
  std::optional<int64_t> revoked_ms;

  /// As the API shows it: without the hash.
  Json to_json() const;
  bool operator==(const Token&) const = default;
};

/// Puts or replaces.
void put_token(Writer& writer, const Token& token);
std::optional<Token> find_token(const Reader& reader, std::string_view id);
/// Revoked ones too: the caller looks at revoked_ms, to say so.
std::optional<Token> find_token_by_hash(const Reader& reader, std::string_view hash);

struct TokenPage {
  std::vector<Token> rows;
  std::string next_cursor;
};
Result<TokenPage> tokens_page(const Reader& reader, std::string_view cursor, size_t limit);

}  // namespace hookswitch
