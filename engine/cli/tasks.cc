// `hookswitch tasks list|show|preview|retry|cancel`: callbacks and check-ins of a running engine.
#include <fmt/format.h>

#include <memory>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/http/url.h"

namespace hookswitch::cli {
namespace {

struct TaskChoice {
  std::string id, status, kind, tenant, campaign, to;
  int limit = 50;
};

std::string filter_query(const TaskChoice& choice) {
  std::string query = fmt::format("?limit={}", choice.limit);
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query += fmt::format("&{}={}", name, percent_encode(value));
  };
  add("status", choice.status);
  add("kind", choice.kind);
  add("tenant", choice.tenant);
  add("campaign", choice.campaign);
  add("to", choice.to);
  return query;
}

int list(const Context& context, const TaskChoice& choice) {
  auto answer = ask(context, "/tasks" + filter_query(choice));
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  std::vector<std::vector<std::string>> rows;
  for (const Json& task : answer->at("data")) {
    rows.push_back({cell(task, "id"), cell(task, "kind"), cell(task, "to"), cell(task, "status"),
                    fmt::format("{}/{}", cell(task, "attempts"), cell(task, "max_attempts")),
                    cell(task, "next_attempt_at"), cell(task, "outcome"), cell(task, "reason")});
  }
  print_table({"ID", "KIND", "TO", "STATUS", "ATTEMPTS", "NEXT", "OUTCOME", "REASON"}, rows);
  return kDone;
}

int show(const Context& context, const TaskChoice& choice) {
  auto answer = ask(context, "/tasks/" + percent_encode(choice.id));
  if (!answer) return report(answer.error());
  return print_json(*answer);
}

int preview(const Context& context, const TaskChoice& choice) {
  auto answer = ask(context, fmt::format("/tasks/{}/preview", percent_encode(choice.id)));
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  std::vector<std::vector<std::string>> rows;
  for (const Json& attempt : answer->at("attempts")) {
    rows.push_back(
        {cell(attempt, "attempt"), cell(attempt, "at"), cell(attempt, "local"), attempt.value("moved_by", "-")});
  }
  print_table({"ATTEMPT", "AT", answer->value("timezone", "LOCAL"), "MOVED BY"}, rows);
  if (auto zones = answer->value("timezones", std::vector<std::string>()); !zones.empty())
    fmt::print("the number does not tell the time zone: right in {}\n", fmt::join(zones, ", "));
  if (answer->contains("refused")) fmt::print("then refused: {}\n", answer->at("refused").value("reason", ""));
  return kDone;
}

int changed(const Context& context, const Result<Json>& answer) {
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  fmt::print("{} is {}\n", answer->value("id", ""), answer->value("status", ""));
  return kDone;
}

int cancel(const Context& context, const TaskChoice& choice) {
  return changed(context, tell(context, "DELETE", "/tasks/" + percent_encode(choice.id), Json::object()));
}

int retry(const Context& context, const TaskChoice& choice) {
  return changed(context, tell(context, "PATCH", "/tasks/" + percent_encode(choice.id), {{"status", "scheduled"}}));
}

using Run = int (*)(const Context&, const TaskChoice&);

void add_one(Verb& tasks, const Context& context, const std::shared_ptr<TaskChoice>& choice, const char* name,
             const char* about, Run run) {
  auto verb = tasks.add_verb(name, about);
  verb.add_option("id", choice->id, "which").required();
  verb.runs([&context, choice, run] { return run(context, *choice); });
}

}  // namespace

void add_tasks(Verb& program, const Context& context) {
  auto tasks = program.add_verb("tasks", "callbacks and check-ins: people to be reached, until they are");
  tasks.footer("Example: hookswitch tasks list --status scheduled");
  auto choice = std::make_shared<TaskChoice>();

  auto list_verb = tasks.add_verb("list", "those of one status in its order, else the newest");
  list_verb.add_option("--status", choice->status, "scheduled, in_progress, completed, failed, canceled, exhausted");
  list_verb.add_option("--kind", choice->kind, "only this kind, such as callback");
  list_verb.add_option("--tenant", choice->tenant, "only of this tenant");
  list_verb.add_option("--campaign", choice->campaign, "only of this campaign");
  list_verb.add_option("--to", choice->to, "only to this number");
  list_verb.add_option("--limit", choice->limit, "how many").in_range(1, 200);
  list_verb.runs([&context, choice] { return list(context, *choice); });

  add_one(tasks, context, choice, "show", "one, whole", show);
  add_one(tasks, context, choice, "preview", "when its next attempts would be, if none reached anybody", preview);
  add_one(tasks, context, choice, "retry", "try one again that has ended; one that waits keeps its time", retry);
  add_one(tasks, context, choice, "cancel", "take one back", cancel);
}

}  // namespace hookswitch::cli
