// POST /eval: a few lines of a rule on one event; what they ask for is shown and not done.
#include <fmt/format.h>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"

namespace hookswitch {
namespace {

Status check_text(const Json& body, const char* name, size_t bytes_max) {
  if (!body.contains(name)) return {};
  const Json& value = body[name];
  if (value.is_string() && !value.empty() && value.get_ref<const std::string&>().size() <= bytes_max &&
      !value.get_ref<const std::string&>().empty()) {
    return {};
  }
  return fail(Code::invalid, "evaluate: {}: expected text of 1 to {} bytes", name, bytes_max);
}

Status check_event(const Json& event) {
  if (!event.is_object()) return fail(Code::invalid, "evaluate: event: expected an object with a type");
  if (event.contains("source") && !event["source"].is_string())
    return fail(Code::invalid, "evaluate: event: source: expected text");
  return check_keys(event, {"type", "data", "raw", "source", "subject", "time"});
}

Status check_expression(const Json& body) {
  if (auto keys = check_keys(body, {"code", "seq", "index", "event", "rule"}); !keys) return keys;
  if (!body.contains("code")) return fail(Code::invalid, "evaluate: code: found none, expected Lua");
  if (auto code = check_text(body, "code", limits::kEvalCodeBytes); !code) return code;
  if (auto rule = check_text(body, "rule", limits::kKpiDimensionBytes); !rule) return rule;
  if (body.contains("seq") == body.contains("event")) {
    return fail(Code::invalid, "evaluate: expected one of seq, a record of the log, and event, one made up");
  }
  for (const char* name : {"seq", "index"}) {
    if (body.contains(name) && !body[name].is_number_unsigned())
      return fail(Code::invalid, "evaluate: {}: expected a whole number from 0", name);
  }
  return body.contains("event") ? check_event(body["event"]) : Status();
}

std::optional<Response> eval(const ApiParts& parts, const ApiRequest& request) {
  if (auto right = check_expression(request.body); !right) return problem(right.error());
  if (!parts.eval) return problem(503, "evaluate: this engine does not offer it");
  parts.eval(request.body, [exchange = request.exchange](const Result<Json>& result) {
    Response response = result ? json_answer(*result) : problem(result.error());
    response.headers.emplace_back("Cache-Control", "no-store");
    exchange->respond(std::move(response));
  });
  return std::nullopt;
}

}  // namespace

void add_eval(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "POST",
                .path = "/api/v1/eval",
                .role = Role::admin,
                .every_tenant = true,
                .summary = "Lines of a rule on an event of the log or one made up, within a rule's limits; what they "
                           "return and would do, nothing is written",
                .answers = "Evaluation",
                .takes = "EvalWish",
                .command = false,
                .handle = [&parts](ApiRequest& request) { return eval(parts, request); }});
}

}  // namespace hookswitch
