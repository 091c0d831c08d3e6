#include "engine/state/tokens.h"

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base/time_text.h"

namespace hookswitch {
namespace {

std::string token_key(std::string_view id) { return "i" + std::string(id); }
std::string hash_key(std::string_view hash) { return "h" + std::string(hash); }

Json time_shown(std::optional<int64_t> time_ms) { return time_ms ? Json(rfc3339(*time_ms)) : Json(); }

Token from_json(const Json& row) {
  Token token;
  token.id = json_text(row, "id");
  token.hash = json_text(row, "hash");
  token.role = json_text(row, "role");
  token.tenant = json_text(row, "tenant");
  token.created_ms = parse_rfc3339(json_text(row, "created_at")).value_or(0);
  token.revoked_ms = parse_rfc3339(json_text(row, "revoked_at"));
  return token;
}

}  // namespace

Json Token::to_json() const {
  return {{"id", id},
          {"role", role},
          {"tenant", tenant.empty() ? Json() : Json(tenant)},
          {"created_at", rfc3339(created_ms)},
          {"revoked_at", time_shown(revoked_ms)}};
}

void put_token(Writer& writer, const Token& token) {
  ENSURE(!token.id.empty() && token.id.size() <= limits::kIndexedTextBytes, "a token's id has {} bytes",
         token.id.size());
  ENSURE(token.hash.size() == 64, "a token's hash has {} digits, expected 64", token.hash.size());
  if (auto old = find_token(writer, token.id)) writer.del(Table::tokens, hash_key(old->hash));
  Json row = token.to_json();
  row["hash"] = token.hash;
  put_json(writer, Table::tokens, token_key(token.id), row);
  writer.put(Table::tokens, hash_key(token.hash), token.id);
}

std::optional<Token> find_token(const Reader& reader, std::string_view id) {
  auto row = get_json(reader, Table::tokens, token_key(id));
  if (!row) return std::nullopt;
  return from_json(*row);
}

std::optional<Token> find_token_by_hash(const Reader& reader, std::string_view hash) {
  auto id = reader.get(Table::tokens, hash_key(hash));
  if (!id) return std::nullopt;
  return find_token(reader, *id);
}

Result<TokenPage> tokens_page(const Reader& reader, std::string_view cursor, size_t limit) {
  auto page = json_page(reader, {Table::tokens, "i", Direction::forward, "tokens", {}}, cursor, limit);
  if (!page) return std::unexpected(page.error());
  TokenPage out;
  for (const Json& row : page->rows) out.rows.push_back(from_json(row));
  out.next_cursor = std::move(page->next_cursor);
  return out;
}

}  // namespace hookswitch
