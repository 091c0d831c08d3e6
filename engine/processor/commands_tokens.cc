// token.create and token.revoke: who may use the API.
#include <fmt/format.h>

#include "engine/processor/command.h"
#include "engine/state/tokens.h"

namespace hookswitch {
namespace {

Answer create_token(const CommandContext& context, const Json& body) {
  Token token;
  token.id = body.value("id", "");
  token.hash = body.value("hash", "");
  token.role = body.value("role", "");
  token.tenant = body.value("tenant", "");
  token.created_ms = context.record.time_ms;
  put_token(context.writer, token);
  return command_done(201, token.to_json());
}

Answer revoke(const CommandContext& context, const Json& body) {
  std::string id = body.value("id", "");
  auto token = find_token(context.writer, id);
  if (!token) return command_problem(404, fmt::format("revoke token {}: found no such token", id));
  if (!token->revoked_ms) token->revoked_ms = context.record.time_ms;
  put_token(context.writer, *token);
  return command_done(200, token->to_json());
}

}  // namespace

Commands token_commands() { return {{"token.create", create_token}, {"token.revoke", revoke}}; }

}  // namespace hookswitch
