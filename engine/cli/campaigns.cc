// `hookswitch campaigns list|show|start|add|change|pause|resume|cancel`: lists of people called at a pace.
#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/http/url.h"

namespace hookswitch::cli {
namespace {

constexpr const char* kAgain = "also if the very same was asked for today (UTC); without it that is done once";

struct CampaignChoice {
  std::string id, file, name, tenant, source, agent, kind;
  double per_minute = 0;
  int concurrency = 0;
  bool paused = false, again = false;
  int limit = 50;
};

std::string number(const Json& campaign, const char* status) {
  return std::to_string(campaign.value("counts", Json::object()).value(status, 0));
}

int list(const Context& context, const CampaignChoice& choice) {
  auto answer = ask(context, fmt::format("/campaigns?limit={}", choice.limit));
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  std::vector<std::vector<std::string>> rows;
  for (const Json& one : answer->at("data")) {
    rows.push_back({cell(one, "id"), cell(one, "name"), cell(one, "status"),
                    fmt::format("{}/{}", cell(one, "begun"), cell(one, "total")), number(one, "in_progress"),
                    number(one, "completed"), number(one, "exhausted"), number(one, "failed"), cell(one, "reason")});
  }
  print_table({"ID", "NAME", "STATUS", "BEGUN", "NOW", "REACHED", "NOT REACHED", "FAILED", "REASON"}, rows);
  return kDone;
}

int show(const Context& context, const CampaignChoice& choice) {
  auto answer = ask(context, "/campaigns/" + percent_encode(choice.id));
  if (!answer) return report(answer.error());
  return print_json(*answer);
}

Result<std::string> text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || !text) return fail(Code::not_found, "read {}: it cannot be read", file);
  return text.str();
}

// {"contacts": [...]} from a .json file, else {"text": CSV}.
Result<Json> people_of(const std::string& file) {
  auto text = text_of(file);
  if (!text) return std::unexpected(text.error());
  if (!file.ends_with(".json")) return Json{{"text", *text}};
  Json contacts = parse_json(*text);
  if (contacts.is_array()) return Json{{"contacts", contacts}};
  return fail(Code::invalid, "read {}: expected a JSON list", file);
}

// Nobody is to be called twice because a command was repeated whose answer was late: so the same is one command for a
// day of UTC, unless it is asked for again. Then it has no key, "".
std::string key_of(const CampaignChoice& choice, const std::string& path, const Json& body, int64_t now_ms) {
  if (choice.again) return "";
  return "campaigns-" + sha256_hex(rfc3339(now_ms).substr(0, 10) + " " + path + " " + dump(body));
}

int made(const Context& context, const Result<Json>& answer) {
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  const Json& campaign = answer->at("campaign");
  fmt::print("{} is {}: {} people accepted, {} rejected\n", campaign.value("id", ""), campaign.value("status", ""),
             answer->value("accepted", 0), answer->value("rejected_count", 0));
  for (const Json& row : answer->at("rejected")) {
    fmt::print("  line {}: {}\n", row.value("line", 0), row.value("reason", ""));
  }
  return kDone;
}

// What was answered before is answered as it was then.
void note_if_before(const Json& campaign, int64_t asked_ms) {
  const std::string when = cell(campaign, "updated_at");
  auto at_ms = parse_rfc3339(when);
  if (!at_ms || *at_ms >= asked_ms) return;
  fmt::print(stderr, "the same command was carried out at {}, and is not repeated; with --again it is\n", when);
}

// A refusal is kept with its key as well.
void note_if_refused(const Error& error) {
  if (error.code != Code::invalid) return;
  fmt::print(stderr, "a refusal stays the same today (UTC): where its cause is mended since, add --again\n");
}

int tell_once(const Context& context, const CampaignChoice& choice, const std::string& path, const Json& body) {
  const int64_t now_ms = SystemClock().now_ms();
  auto answer = tell(context, "POST", path, body, key_of(choice, path, body, now_ms));
  if (answer) note_if_before(answer->at("campaign"), now_ms);
  const int exit_code = made(context, answer);
  if (!answer && !choice.again) note_if_refused(answer.error());
  return exit_code;
}

int start(const Context& context, const CampaignChoice& choice) {
  auto body = people_of(choice.file);
  if (!body) return report(body.error());
  (*body)["name"] = choice.name;
  for (const auto& [field, value] : {std::pair{"tenant", &choice.tenant}, std::pair{"source", &choice.source},
                                     std::pair{"agent_id", &choice.agent}, std::pair{"kind", &choice.kind}}) {
    if (!value->empty()) (*body)[field] = *value;
  }
  if (choice.per_minute > 0) (*body)["per_minute"] = choice.per_minute;
  if (choice.concurrency > 0) (*body)["concurrency"] = choice.concurrency;
  if (choice.paused) (*body)["paused"] = true;
  return tell_once(context, choice, "/campaigns", *body);
}

int add(const Context& context, const CampaignChoice& choice) {
  auto body = people_of(choice.file);
  if (!body) return report(body.error());
  return tell_once(context, choice, fmt::format("/campaigns/{}/contacts", percent_encode(choice.id)), *body);
}

int change(const Context& context, const CampaignChoice& choice) {
  Json body = Json::object();
  if (!choice.name.empty()) body["name"] = choice.name;
  if (choice.per_minute > 0) body["per_minute"] = choice.per_minute;
  if (choice.concurrency > 0) body["concurrency"] = choice.concurrency;
  auto answer = tell(context, "PATCH", "/campaigns/" + percent_encode(choice.id), body);
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  fmt::print("{} ({}): {} attempts a minute, {} at once\n", choice.id, cell(*answer, "name"),
             cell(*answer, "per_minute"), cell(*answer, "concurrency"));
  return kDone;
}

int steer(const Context& context, const CampaignChoice& choice, const char* verb) {
  auto answer = tell(context, "POST", fmt::format("/campaigns/{}/{}", percent_encode(choice.id), verb), Json::object());
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  fmt::print("{} is {}\n", choice.id, answer->value("status", ""));
  return kDone;
}

void add_start(Verb& campaigns, const Context& context, const std::shared_ptr<CampaignChoice>& choice) {
  auto verb = campaigns.add_verb("start", "begin one with the people of a file, CSV or a JSON list");
  verb.add_option("file", choice->file, "whom to call: columns to (or contact_id) and variables").required();
  verb.add_option("--name", choice->name, "its name").required();
  verb.add_option("--tenant", choice->tenant, "whose it is");
  verb.add_option("--source", choice->source, "which source places the calls");
  verb.add_option("--agent", choice->agent, "which agent speaks");
  verb.add_option("--kind", choice->kind, "kind of its tasks");
  verb.add_option("--per-minute", choice->per_minute, "attempts a minute").positive();
  verb.add_option("--concurrency", choice->concurrency, "attempts under way at once").positive();
  verb.add_flag("--paused", choice->paused, "call nobody until it is resumed");
  verb.add_flag("--again", choice->again, kAgain);
  verb.runs([&context, choice] { return start(context, *choice); });
}

void add_change(Verb& campaigns, const Context& context, const std::shared_ptr<CampaignChoice>& choice) {
  auto verb = campaigns.add_verb("change", "go on at another pace or under another name");
  verb.add_option("id", choice->id, "which").required();
  verb.add_option("--name", choice->name, "its name");
  verb.add_option("--per-minute", choice->per_minute, "attempts a minute").positive();
  verb.add_option("--concurrency", choice->concurrency, "attempts under way at once").positive();
  verb.runs([&context, choice] { return change(context, *choice); });
}

}  // namespace

void add_campaigns(Verb& program, const Context& context) {
  auto campaigns = program.add_verb("campaigns", "lists of people, called at a pace");
  campaigns.footer("Example: hookswitch campaigns start patients.csv --name reminders --per-minute 10");
  auto choice = std::make_shared<CampaignChoice>();

  auto list_verb = campaigns.add_verb("list", "the newest, with their progress");
  list_verb.add_option("--limit", choice->limit, "how many").in_range(1, 200);
  list_verb.runs([&context, choice] { return list(context, *choice); });

  auto show_verb = campaigns.add_verb("show", "one, whole");
  show_verb.add_option("id", choice->id, "which").required();
  show_verb.runs([&context, choice] { return show(context, *choice); });

  add_start(campaigns, context, choice);

  auto more = campaigns.add_verb("add", "more people");
  more.add_option("id", choice->id, "which").required();
  more.add_option("file", choice->file, "CSV, or a JSON list").required();
  more.add_flag("--again", choice->again, kAgain);
  more.runs([&context, choice] { return add(context, *choice); });

  add_change(campaigns, context, choice);

  for (auto [name, about] : {std::pair{"pause", "attempt nothing more for now"},
                             std::pair{"resume", "go on, also after it stopped by itself"},
                             std::pair{"cancel", "take back all that waits"}}) {
    auto verb = campaigns.add_verb(name, about);
    verb.add_option("id", choice->id, "which").required();
    verb.runs([&context, choice, name] { return steer(context, *choice, name); });
  }
}

}  // namespace hookswitch::cli
