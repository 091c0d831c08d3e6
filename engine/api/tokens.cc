// GET, POST and DELETE /tokens: who may use the API.
#include "engine/state/tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/api/token_name.h"
#include "engine/base/hash.h"

namespace hookswitch {
namespace {

constexpr size_t kTenantBytes = 128;

Response list_tokens(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto page = tokens_page(**reader, request.query.cursor(), request.query.limit());
  if (!page) return problem(page.error());
  std::vector<Json> rows;
  for (const Token& token : page->rows) rows.push_back(token.to_json());
  return list_answer(std::move(rows), page->next_cursor);
}

Status check_token(const Json& body) {
  if (auto known = check_keys(body, {"role", "tenant", "name"}); !known) return known;
  for (const auto& [key, value] : body.items()) {
    if (!value.is_string()) return fail(Code::invalid, "body: {}: expected a text", key);
  }
  if (!parse_role(body.value("role", ""))) {
    return fail(Code::invalid, "body: role: found \"{}\", expected viewer, operator or admin",
                body.value("role", "").substr(0, 40));
  }
  // Nothing would stand there for all tenants, which is more than whoever sends an empty text means.
  if (body.contains("tenant") && (body["tenant"] == "" || body.value("tenant", "").size() > kTenantBytes)) {
    return fail(Code::invalid, "body: tenant: expected 1 to {} bytes; a token of all tenants is made without it",
                kTenantBytes);
  }
  if (body.contains("name") && !is_token_name(body["name"])) {
    return fail(Code::invalid, "body: name: expected at most {} of letters, digits and - _ .", kTokenNameBytes);
  }
  return {};
}

// The secret is in this one answer and nowhere else: the log and the state have its hash. The same request again by its
// Idempotency-Key is answered with the token that was made then, whose secret nobody has; so while the command waits in
// the log, it is certain only without such a key that the token will be this one.
std::optional<Response> create_token(const ApiParts& parts, ApiRequest& request) {
  if (auto good = check_token(request.body); !good) return problem(good.error());
  std::string secret = new_token_secret();
  Json command{{"id", new_id(request.body.value("name", "tok") + "_")},
               {"hash", sha256_hex(secret)},
               {"role", request.body["role"]},
               {"tenant", request.body.value("tenant", "")}};
  std::string id = command["id"];
  const bool once = request.http.header("idempotency-key").empty();
  return submit(parts, request, "token.create", std::move(command), [secret, id, once](Response& response) {
    Json body = parse_json(response.body);
    if (!body.is_object()) return;
    if (response.status == 202 && once) body["id"] = id;
    if ((response.status != 201 && response.status != 202) || body.value("id", Json()) != id) return;
    body["token"] = secret;
    response.body = dump(body);
  });
}

std::optional<Response> revoke(const ApiParts& parts, ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  if (!find_token(**reader, request.path[0])) {
    return problem(404, fmt::format("revoke token {}: found none", request.path[0].substr(0, 80)));
  }
  reader->reset();
  return submit(parts, request, "token.revoke", {{"id", request.path[0]}});
}

}  // namespace

void add_tokens(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/tokens",
                .role = Role::admin,
                .every_tenant = true,
                .summary = "API tokens, without their secrets",
                .answers = "Token",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_tokens(parts, request); }});
  to.push_back(
      {.method = "POST",
       .path = "/api/v1/tokens",
       .role = Role::admin,
       .every_tenant = true,
       .summary =
           "Make a token; the answer is the only place that ever shows its secret. The same request again by "
           "its Idempotency-Key is answered without it: revoke that token and make another. Without such a key a 202 "
           "has the id and the secret too: the token works once the command is carried out",
       .answers = "NewToken",
       .takes = "TokenWish",
       .statuses = {201},
       .handle = [&parts](ApiRequest& request) { return create_token(parts, request); }});
  to.push_back({.method = "DELETE",
                .path = "/api/v1/tokens/{id}",
                .role = Role::admin,
                .every_tenant = true,
                .summary = "Revoke a token",
                .answers = "Token",
                .handle = [&parts](ApiRequest& request) { return revoke(parts, request); }});
}

}  // namespace hookswitch
