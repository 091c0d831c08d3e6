// GET /dead, POST /dead/redrive, DELETE /dead: what was given up on, until a person decides.
#include "engine/state/dead.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/base/nearest.h"

namespace hookswitch {
namespace {

// Of a record that is not in the log any more nothing can be redriven.
Json shown(const ApiParts& parts, Json letter) {
  letter["trimmed"] = letter.at("seq") < parts.log.stats().first_seq;
  return letter;
}

Response list_dead(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  DeadFilter filter{request.query.text("source"), request.query.text("type")};
  auto page = dead_page(**reader, filter, request.query.cursor(), request.query.limit());
  if (page) std::ranges::transform(page->rows, page->rows.begin(), [&](Json& row) { return shown(parts, row); });
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

Response one_dead(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto id = parse_dead_id(request.path[0]);
  auto letter = id ? find_dead(**reader, *id) : std::nullopt;
  if (letter) return json_answer(shown(parts, letter->to_json()));
  return problem(404, fmt::format("get dead letter {}: found none", request.path[0].substr(0, 80)));
}

Status check_ids(const Json& ids) {
  if (!ids.is_array() || ids.empty()) return fail(Code::invalid, "body: ids: expected a list of ids, not empty");
  for (const Json& id : ids) {
    if (!id.is_string() || !parse_dead_id(id.get<std::string>())) {
      return fail(Code::invalid, "body: ids: found {}, expected ids such as \"12\" or \"12.1\"",
                  dump(id).substr(0, 80));
    }
  }
  return {};
}

// Which letters are meant must be said: ids, a filter, or all. Nothing is chosen by saying nothing.
Status check_dead_choice(const Json& body) {
  if (auto known = check_keys(body, {"ids", "source", "type", "all"}); !known) return known;
  if (body.contains("ids")) {
    if (body.size() > 1) return fail(Code::invalid, "body: found ids beside a filter, expected one of them");
    return check_ids(body["ids"]);
  }
  for (const char* key : {"source", "type"}) {
    if (body.contains(key) && (!body[key].is_string() || body[key] == "")) {
      return fail(Code::invalid, "body: {}: expected a text", key);
    }
  }
  if (body.contains("source") || body.contains("type") || body.value("all", Json()) == true) return {};
  return fail(Code::invalid, "body: found no choice, expected ids, source, type or \"all\": true");
}

std::optional<Response> change_dead(const ApiParts& parts, ApiRequest& request, const char* command) {
  if (auto good = check_dead_choice(request.body); !good) return problem(good.error());
  return submit(parts, request, command, request.body);
}

}  // namespace

void add_dead(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/dead",
                .role = Role::operate,
                .every_tenant = true,
                .summary = "Dead letters, newest first",
                .query = {{"source", "configured source"}, {"type", "event type; may end in *"}},
                .answers = "DeadLetter",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_dead(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/dead/{id}",
                .role = Role::operate,
                .every_tenant = true,
                .summary = "One dead letter",
                .answers = "DeadLetter",
                .handle = [&parts](ApiRequest& request) { return one_dead(parts, request); }});
  to.push_back({.method = "POST",
                .path = "/api/v1/dead/redrive",
                .role = Role::operate,
                .every_tenant = true,
                .summary = "Process dead letters again",
                .answers = "Redrive",
                .takes = "DeadChoice",
                .handle = [&parts](ApiRequest& request) { return change_dead(parts, request, "dead.redrive"); }});
  to.push_back({.method = "DELETE",
                .path = "/api/v1/dead",
                .role = Role::operate,
                .every_tenant = true,
                .summary = "Forget dead letters",
                .takes = "DeadChoice",
                .handle = [&parts](ApiRequest& request) { return change_dead(parts, request, "dead.drop"); }});
}

}  // namespace hookswitch
