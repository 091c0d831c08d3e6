// `hookswitch actions list|show|retry|cancel`: the outbox of a running engine.
#include <fmt/format.h>

#include <memory>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/http/url.h"

namespace hookswitch::cli {
namespace {

struct ActionChoice {
  std::string id, status, type, source, task, call;
  int limit = 50;
};

std::string filter_query(const ActionChoice& choice) {
  std::string query = fmt::format("?limit={}", choice.limit);
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query += fmt::format("&{}={}", name, percent_encode(value));
  };
  add("status", choice.status);
  add("type", choice.type);
  add("source", choice.source);
  add("task", choice.task);
  add("call", choice.call);
  return query;
}

int list(const Context& context, const ActionChoice& choice) {
  auto answer = ask(context, "/actions" + filter_query(choice));
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  std::vector<std::vector<std::string>> rows;
  for (const Json& action : answer->at("data")) {
    rows.push_back({cell(action, "id"), cell(action, "created_at"), cell(action, "type"), cell(action, "source"),
                    cell(action, "status"), cell(action, "attempt"), cell(action, "reason")});
  }
  print_table({"ID", "CREATED", "TYPE", "SOURCE", "STATUS", "ATTEMPT", "REASON"}, rows);
  return kDone;
}

int show(const Context& context, const ActionChoice& choice) {
  auto answer = ask(context, "/actions/" + percent_encode(choice.id));
  if (!answer) return report(answer.error());
  return print_json(*answer);
}

int decide(const Context& context, const ActionChoice& choice, const char* what) {
  auto answer = tell(context, "POST", fmt::format("/actions/{}/{}", percent_encode(choice.id), what), Json::object());
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  fmt::print("{} is {}\n", choice.id, answer->value("status", ""));
  return kDone;
}

}  // namespace

void add_actions(Verb& program, const Context& context) {
  auto actions = program.add_verb("actions", "the outbox: calls, messages and whatever else is to be done");
  actions.footer("Example: hookswitch actions list --status held");
  auto choice = std::make_shared<ActionChoice>();

  auto list_verb = actions.add_verb("list", "the newest");
  list_verb.add_option("--status", choice->status, "waiting, sending, unknown, held, done, failed, refused, canceled");
  list_verb.add_option("--type", choice->type, "only this type, such as call or sms");
  list_verb.add_option("--source", choice->source, "only this source");
  list_verb.add_option("--task", choice->task, "attempts of this task");
  list_verb.add_option("--call", choice->call, "those that make or are about this call");
  list_verb.add_option("--limit", choice->limit, "how many").in_range(1, 200);
  list_verb.runs([&context, choice] { return list(context, *choice); });

  auto show_verb = actions.add_verb("show", "one, whole");
  show_verb.add_option("id", choice->id, "which").required();
  show_verb.runs([&context, choice] { return show(context, *choice); });

  auto retry = actions.add_verb("retry", "try one again that is held, failed or refused");
  retry.add_option("id", choice->id, "which").required();
  retry.runs([&context, choice] { return decide(context, *choice, "retry"); });

  auto cancel =
      actions.add_verb("cancel", "take one back that waits or is held, or is unknown of a source that is gone");
  cancel.add_option("id", choice->id, "which").required();
  cancel.runs([&context, choice] { return decide(context, *choice, "cancel"); });
}

}  // namespace hookswitch::cli
