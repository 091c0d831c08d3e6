// `hookswitch rebuild`: the state made anew from the log, by the rules as they are now.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "engine/backup/restore.h"
#include "engine/cli/engine.h"
#include "engine/cli/interrupted.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/cli/progress.h"
#include "engine/cli/tested_rules.h"
#include "engine/config/offline.h"
#include "engine/fsck/fsck.h"
#include "engine/workbench/configured.h"
#include "engine/workbench/rebuild.h"

namespace hookswitch::cli {
namespace {

Json to_json(const RebuildSummary& summary) {
  return {{"records", summary.records},   {"resumed_from", std::to_string(summary.resumed_from)},
          {"calls", summary.calls},       {"dead", summary.dead},
          {"corrupt", summary.corrupt},   {"feed_restarted", summary.feed_restarted},
          {"warnings", summary.warnings}, {"stopped", summary.stopped}};
}

void print(const RebuildSummary& summary) {
  if (summary.resumed_from > 0) fmt::print("went on after record {}\n", summary.resumed_from);
  for (const std::string& line : summary.warnings) fmt::print("warning: {}\n", line);
  if (summary.corrupt > 0) fmt::print("{} records could not be read: dead letters\n", grouped(summary.corrupt));
  if (summary.feed_restarted) fmt::print("clients of the event streams will be told to fetch everything again\n");
  if (summary.stopped) {
    fmt::print("stopped after {} records; run it again to go on. The state is as it was\n", grouped(summary.records));
  } else {
    fmt::print("{} records made {} calls and {} dead letters; the new state is in place\n", grouped(summary.records),
               grouped(summary.calls), grouped(summary.dead));
  }
}

struct RebuildWish {
  bool partial = false, without_state = false;
};

Result<RebuildSummary> run(const Config& config, const RebuildWish& wish) {
  auto lock = DataLock::take(config.data_dir);
  if (!lock) return std::unexpected(lock.error());
  if (auto settled = settle_restore(config.data_dir); !settled) return std::unexpected(settled.error());
  auto rules = load_tested_rules(config);
  if (!rules) return std::unexpected(rules.error());
  if (auto sound = check_store(config.data_dir + "/log"); !sound) {
    return wrap(sound.error(), "rebuild the state: the log is damaged, restore a backup");
  }
  auto log = Log::open_to_read(config.data_dir + "/log", config.encryption);
  if (!log) return std::unexpected(log.error());
  Configured configured(config);
  // Without its plugin a source's deliveries would all become dead letters.
  if (!configured.warnings().empty())
    return fail(Code::invalid, "rebuild the state: {}", fmt::join(configured.warnings(), "; "));
  SystemClock clock;
  Progress progress("rebuild");
  Rebuild rebuild({.log = **log,
                   .decoder = configured.decoder(),
                   .directory = configured.directory(),
                   .rules = **rules,
                   .clock = clock,
                   .data_dir = config.data_dir,
                   .made_by = fingerprint(config, configured.providers()),
                   .map_bytes_max = config.limits.map_state_bytes,
                   .keys = config.encryption,
                   .remember_ms = config.retention.log_ms,
                   .partial = wish.partial,
                   .without_state = wish.without_state,
                   .blobs = &configured.blobs(),
                   .set_aside = next_replaced(config.data_dir) + "/state"});
  return rebuild.run([&](uint64_t done, uint64_t of) {
    progress.show(done, of);
    return !interrupted();
  });
}

int rebuild(const Context& context, const RebuildWish& wish) {
  ConfigReading reading = load_config_offline(config_path(context));
  for (const std::string& line : reading.warnings) fmt::print(stderr, "warning: {}\n", line);
  for (const std::string& line : reading.errors) fmt::print(stderr, "{}\n", line);
  if (!reading.ok()) return kFailed;
  spdlog::set_level(spdlog::level::off);  // dead letters are counted, and the API shows them
  catch_interrupts();
  auto summary = run(reading.config, wish);
  if (!summary) return report(summary.error());
  context.json ? void(print_json(to_json(*summary))) : print(*summary);
  return summary->stopped ? kFailed : kDone;
}

}  // namespace

void add_rebuild(Verb& program, const Context& context) {
  auto verb = program.add_verb("rebuild", "make the state anew from the log, by the present rules");
  verb.footer(
      "The engine must be stopped. An interrupted rebuild goes on where it was; until it is done the state stays as it "
      "is. With rules.tests: block the rules' tests must pass.\nExample: hookswitch rebuild && hookswitch serve");
  auto wish = std::make_shared<RebuildWish>();
  verb.add_flag(
      "--partial", wish->partial,
      "of a log that was trimmed or lost its end make what is left. Kept of what it does not tell: tokens, contacts, "
      "agents, recordings, the do-not-call list, tasks that are open (canceled when under way) or had an attempt, "
      "campaigns that have not ended (paused), up to when each source was synced, at most to the log's end. Lost: "
      "calls, transcripts, key figures, activity, dead letters, the outbox, the audit, reports of syncs and erasures, "
      "rules' memory and timers");
  verb.add_flag("--without-state", wish->without_state,
                "go on where the present state is gone or cannot be read, and lose what only it knows, the do-not-call "
                "list of a trimmed log too; it is moved to data/replaced/<n>");
  verb.runs([&context, wish] { return rebuild(context, *wish); });
}

}  // namespace hookswitch::cli
