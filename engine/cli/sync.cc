// `hookswitch sync SOURCE`: asks a provider for what its webhooks missed, and shows how far it has come.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/cli/progress.h"
#include "engine/http/url.h"

namespace hookswitch::cli {
namespace {

constexpr auto kSyncLook = std::chrono::milliseconds(250);

struct SyncChoice {
  std::string source, resource, from, to, agent;
  bool no_wait = false;
};

Json wish(const SyncChoice& choice) {
  Json body{{"source", choice.source}};
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  add("resource", choice.resource);
  add("from", choice.from);
  add("to", choice.to);
  add("agent_id", choice.agent);
  return body;
}

bool is_over(const Json& sync) {
  std::string status = sync.value("status", "");
  return status != "waiting" && status != "running";
}

uint64_t count(const Json& sync, const char* name) { return sync.value(name, uint64_t{0}); }

// Lists do not say how long they are, so the bar shows what was dealt with of what was found.
Result<Json> watch(const Context& context, Json sync) {
  Progress progress("sync " + sync.value("source", ""));
  std::string path = "/sync/" + percent_encode(sync.value("id", ""));
  while (!is_over(sync)) {
    std::this_thread::sleep_for(kSyncLook);
    auto now = ask(context, path);
    if (!now) return now;
    sync = std::move(*now);
    progress.show(count(sync, "synced") + count(sync, "skipped") + count(sync, "failed"), count(sync, "total"));
  }
  return sync;
}

int run(const Context& context, const SyncChoice& choice) {
  auto begun = tell(context, "POST", "/sync", wish(choice));
  if (!begun) return report(begun.error());
  auto ended = choice.no_wait ? begun : watch(context, *begun);
  if (!ended) return report(ended.error());
  bool good = choice.no_wait || ended->value("status", "") == "done";
  if (context.json) {
    print_json(*ended);
  } else {
    fmt::print("{} is {}: {} found, {} synced ({} created, {} updated), {} known already, {} failed\n",
               ended->value("id", ""), ended->value("status", ""), count(*ended, "total"), count(*ended, "synced"),
               count(*ended, "created"), count(*ended, "updated"), count(*ended, "skipped"), count(*ended, "failed"));
    if (!(*ended)["reason"].is_null()) fmt::print("{}\n", cell(*ended, "reason"));
  }
  return good ? kDone : kFailed;
}

}  // namespace

void add_sync(Verb& program, const Context& context) {
  auto sync = program.add_verb("sync", "ask a provider for what its webhooks missed");
  sync.footer("Example: hookswitch sync elevenlabs --from 2026-03-01T00:00:00Z");
  auto choice = std::make_shared<SyncChoice>();
  sync.add_option("source", choice->source, "which").required();
  sync.add_option("--resource", choice->resource, "what: conversations, calls, ...; the source's usual one");
  sync.add_option("--from", choice->from, "not before; usually a while before the last sync");
  sync.add_option("--to", choice->to, "before; usually to the newest");
  sync.add_option("--agent", choice->agent, "only this agent's");
  sync.add_flag("--no-wait", choice->no_wait, "only begin");
  sync.runs([&context, choice] { return run(context, *choice); });
}

}  // namespace hookswitch::cli
