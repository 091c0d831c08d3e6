// `hookswitch dead list|show|redrive|drop`: what was given up on, until a person decides.
#include <fmt/format.h>

#include <memory>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/http/url.h"

namespace hookswitch::cli {
namespace {

struct DeadChoice {
  std::vector<std::string> ids;
  std::string source, type;
  bool all = false;
  int limit = 50;
};

std::string filter_query(const DeadChoice& choice) {
  std::string query = fmt::format("?limit={}", choice.limit);
  if (!choice.source.empty()) query += "&source=" + percent_encode(choice.source);
  if (!choice.type.empty()) query += "&type=" + percent_encode(choice.type);
  return query;
}

int list(const Context& context, const DeadChoice& choice) {
  auto answer = ask(context, "/dead" + filter_query(choice));
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  std::vector<std::vector<std::string>> rows;
  for (const Json& dead : answer->at("data")) {
    const char* trimmed = dead.value("trimmed", false) ? " (its record is trimmed from the log)" : "";
    rows.push_back({cell(dead, "id"), cell(dead, "time"), cell(dead, "source"), cell(dead, "event_type"),
                    cell(dead, "reason") + trimmed});
  }
  print_table({"ID", "TIME", "SOURCE", "TYPE", "REASON"}, rows);
  return kDone;
}

int show(const Context& context, const DeadChoice& choice) {
  auto answer = ask(context, "/dead/" + choice.ids.front());
  if (!answer) return report(answer.error());
  return print_json(*answer);
}

// Which dead letters: named ones, or all that a filter lets through. Nothing is chosen by saying nothing.
Result<Json> body_of(const DeadChoice& choice) {
  Json body = Json::object();
  if (!choice.ids.empty()) body["ids"] = choice.ids;
  if (!choice.source.empty()) body["source"] = choice.source;
  if (!choice.type.empty()) body["type"] = choice.type;
  if (choice.all) body["all"] = true;
  if (body.empty())
    return fail(Code::invalid, "choose dead letters: found nothing, expected ids, --source, --type or --all");
  return body;
}

int change(const Context& context, const DeadChoice& choice, const std::string& method, const std::string& path) {
  auto body = body_of(choice);
  if (!body) {
    report(body.error());
    return kBadUsage;
  }
  auto answer = tell(context, method, path, *body);
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  for (const auto& [what, count] : answer->items()) {
    if (what != "reasons") fmt::print("{}: {}\n", what, dump(count));
  }
  for (const Json& why : answer->value("reasons", Json::array()))
    fmt::print("{}: {}\n", cell(why, "id"), cell(why, "reason"));
  return kDone;
}

void add_choice(Verb& verb, DeadChoice& choice) {
  verb.add_option("ids", choice.ids, "dead letters");
  verb.add_option("--source", choice.source, "all of this source");
  verb.add_option("--type", choice.type, "all of this event type");
  verb.add_flag("--all", choice.all, "all of them");
}

}  // namespace

void add_dead(Verb& program, const Context& context) {
  auto dead = program.add_verb("dead", "dead letters: records given up on, with the reason");
  dead.footer("Example: hookswitch dead redrive --source elevenlabs");
  auto choice = std::make_shared<DeadChoice>();

  auto list_verb = dead.add_verb("list", "the newest");
  list_verb.add_option("--source", choice->source, "only this source");
  list_verb.add_option("--type", choice->type, "only this event type");
  list_verb.add_option("--limit", choice->limit, "how many").in_range(1, 200);
  list_verb.runs([&context, choice] { return list(context, *choice); });

  auto show_verb = dead.add_verb("show", "one, whole");
  show_verb.add_option("id", choice->ids, "which").required().expected(1, 1);
  show_verb.runs([&context, choice] { return show(context, *choice); });

  auto redrive = dead.add_verb("redrive", "process them again");
  add_choice(redrive, *choice);
  redrive.runs([&context, choice] { return change(context, *choice, "POST", "/dead/redrive"); });

  auto drop = dead.add_verb("drop", "forget them");
  add_choice(drop, *choice);
  drop.runs([&context, choice] { return change(context, *choice, "DELETE", "/dead"); });
}

}  // namespace hookswitch::cli
