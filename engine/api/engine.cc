// GET /status, /plugins and /rules: the engine itself.
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/state/dead.h"
#include "engine/state/due_tasks.h"
#include "engine/state/position.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

constexpr uint64_t kDueTasksCounted = 10'000;  // whoever asks waits for it

Json log_status(const LogStats& stats) {
  return {{"first_seq", stats.first_seq},
          {"last_seq", stats.next_seq == 0 ? 0 : stats.next_seq - 1},
          {"records", stats.records},
          {"commits", stats.commits},
          {"failed_commits", stats.failed_commits},
          {"last_error", stats.last_error.empty() ? Json() : Json(stats.last_error)},
          {"last_sync_us", stats.sync_us_last},
          {"queued_records", stats.queued_records},
          {"file_bytes", stats.file_bytes},
          {"used_bytes", stats.used_bytes}};
}

Response status(const ApiParts& parts) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  LogStats log = parts.log.stats();
  StoreStats state = parts.store.stats();
  uint64_t position = read_position(**reader);
  uint64_t last = log.next_seq == 0 ? 0 : log.next_seq - 1;
  std::vector<std::string> reasons = parts.not_ready();
  return json_answer(
      {{"version", parts.version},
       {"ready", reasons.empty()},
       {"not_ready", reasons},
       {"warnings", parts.warnings()},
       {"position", position},
       {"records_per_second", parts.records_per_second()},
       {"lag_records", last > position ? last - position : 0},
       {"dead_letters", count_dead(**reader)},
       {"calls", (*reader)->count(Table::calls)},
       {"timers", count_timers(**reader)},
       {"tasks_due", count_due_tasks(**reader, parts.clock.now_ms(), kDueTasksCounted)},
       {"log", log_status(log)},
       {"state", {{"commits", state.commits}, {"file_bytes", state.file_bytes}, {"used_bytes", state.used_bytes}}},
       {"processor", parts.processor_status()},
       {"outbox", parts.outbox_status()},
       {"webhooks", parts.webhooks_status()}});
}

}  // namespace

void add_engine(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/status",
                .every_tenant = true,
                .summary = "The engine at a glance",
                .answers = "Status",
                .handle = [&parts](ApiRequest&) { return status(parts); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/plugins",
                .every_tenant = true,
                .summary = "Provider plugins, also those that were refused, with the reason",
                .answers = "PluginList",
                .handle = [&parts](ApiRequest&) { return list_answer(parts.plugins(), ""); }});
  to.push_back(
      {.method = "GET",
       .path = "/api/v1/rules",
       .every_tenant = true,
       .summary = "The rules in use, in the order they run, which versions ruled from where, and what was refused",
       .answers = "Rules",
       .handle = [&parts](ApiRequest&) { return json_answer(parts.rules()); }});
}

}  // namespace hookswitch
