// `hookswitch restore`: a backup put back, checked first. Sends nothing.
#include "engine/backup/restore.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "engine/base/time_text.h"
#include "engine/cli/engine.h"
#include "engine/cli/interrupted.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/cli/progress.h"
#include "engine/cli/tested_rules.h"
#include "engine/config/offline.h"
#include "engine/fsck/fsck.h"
#include "engine/rules/rule_archive.h"
#include "engine/state/erasures.h"
#include "engine/workbench/catch_up.h"
#include "engine/workbench/configured.h"

namespace hookswitch::cli {
namespace {

struct RestoreWish {
  std::string source, data_dir;
  std::optional<uint64_t> to_seq;
  bool force = false, nothing_since = false;
};

struct Restored {
  Restore::Staged staged;
  uint64_t erasures = 0;                   // that are over, of a backup that may hold what they erased
  std::vector<std::string> damaged_rules;  // versions of the backup that were left out
  CatchUpSummary caught_up;
  std::string replaced;  // where what was there before is
};

/// The state that is replaced, which knows what was attempted since. Null: there is none that can be read.
std::unique_ptr<Store> open_replaced(const Config& config, const std::string& data_dir, const Clock& clock) {
  const std::string dir = data_dir + "/state";
  std::error_code error;
  if (!std::filesystem::exists(dir + "/data.mdb", error) || !check_store(dir)) return nullptr;
  auto store = Store::open_to_read(dir, clock, config.encryption);
  auto reader = store ? (*store)->read() : std::unexpected(store.error());
  if (!reader) return nullptr;
  (*reader)->scan(Table::tasks, "", Direction::forward, [](std::string_view, std::string_view) { return false; });
  return (*reader)->status() ? std::move(*store) : nullptr;  // not where rows are sealed with a key that is not there
}

Result<CatchUpSummary> catch_up(Config config, const Restore::Staged& staged, const RestoreWish& wish) {
  const std::string data_dir = wish.data_dir.empty() ? config.data_dir : wish.data_dir;
  config.data_dir = staged.dir;
  const bool rules_work = staged.position < staged.last_seq;
  auto rules = rules_work ? load_tested_rules(config) : load_rules(config, config.rules.dir);
  if (!rules) return std::unexpected(rules.error());
  auto log = Log::open_to_read(staged.dir + "/log", config.encryption);
  if (!log) return std::unexpected(log.error());
  Configured configured(config);
  // Without its plugin a source's deliveries would all become dead letters.
  if (!configured.warnings().empty() && rules_work)
    return fail(Code::invalid, "process records {} to {}: {}", staged.position + 1, staged.last_seq,
                fmt::join(configured.warnings(), "; "));
  SystemClock clock;
  StoreOptions options{.dir = staged.dir + "/state", .keys = config.encryption};
  if (config.limits.map_state_bytes != 0) options.map_bytes_max = config.limits.map_state_bytes;
  auto store = Store::open(options, clock);
  if (!store) return std::unexpected(store.error());
  auto replaced = open_replaced(config, data_dir, clock);
  auto since = replaced ? replaced->read() : Result<std::unique_ptr<Reader>>();
  if (!since) return std::unexpected(since.error());
  Progress progress("process");
  CatchUp catching({.log = **log,
                    .decoder = configured.decoder(),
                    .directory = configured.directory(),
                    .rules = **rules,
                    .clock = clock,
                    .store = **store,
                    .remember_ms = config.retention.log_ms,
                    .nothing_since = wish.nothing_since,
                    .replaced = since->get()});
  return catching.run([&](uint64_t done, uint64_t of) {
    progress.show(done, of);
    return !interrupted();
  });
}

Result<uint64_t> count_erasures(const Config& config, const Restore::Staged& staged) {
  SystemClock clock;
  auto store = Store::open_to_read(staged.dir + "/state", clock, config.encryption);
  if (!store) return std::unexpected(store.error());
  auto reader = (*store)->read();
  if (!reader) return std::unexpected(reader.error());
  const uint64_t count = finished_erasures(**reader).size();
  auto status = (*reader)->status();
  return status ? Result<uint64_t>(count) : std::unexpected(status.error());
}

Result<Restored> run(const Config& config, const RestoreWish& wish) {
  const std::string data_dir = wish.data_dir.empty() ? config.data_dir : wish.data_dir;
  auto lock = DataLock::take(data_dir);
  if (!lock) return std::unexpected(lock.error());
  if (auto settled = settle_restore(data_dir); !settled) return std::unexpected(settled.error());
  Restore::Parts parts{.source = wish.source, .data_dir = data_dir, .to_seq = wish.to_seq, .force = wish.force};
  Restore restore(std::move(parts));
  Progress progress("restore");
  auto staged = restore.stage([&](uint64_t done, uint64_t of) {
    progress.show(done, of);
    return !interrupted();
  });
  if (!staged) return std::unexpected(staged.error());
  // Old versions only explain old traces: without one the rest of the backup is as good.
  auto damaged_rules = RuleArchive(staged->dir + "/rules").remove_damaged();
  if (!damaged_rules) return std::unexpected(damaged_rules.error());
  auto caught_up = catch_up(config, *staged, wish);
  if (!caught_up) return std::unexpected(caught_up.error());
  Result<uint64_t> erasures = staged->knows_erased ? Result<uint64_t>(0) : count_erasures(config, *staged);
  if (!erasures) return std::unexpected(erasures.error());
  auto replaced = restore.put_in_place();
  if (!replaced) return std::unexpected(replaced.error());
  return Restored{std::move(*staged), *erasures, std::move(*damaged_rules), std::move(*caught_up),
                  std::move(*replaced)};
}

Json to_json(const Restored& restored) {
  const auto& [staged, erasures, damaged_rules, caught_up, replaced] = restored;
  return {{"records", staged.records},
          {"blobs", staged.blobs},
          {"last_seq", staged.last_seq},
          {"doubtful_erasures", erasures},
          {"damaged_rules", damaged_rules},
          {"damaged_records", staged.damaged},
          {"processed", caught_up.records},
          {"corrupt", caught_up.corrupt},
          {"held_actions", caught_up.held_actions},
          {"canceled_tasks", caught_up.held_tasks},
          {"later_tasks", caught_up.later_tasks},
          {"paused_campaigns", caught_up.held_campaigns},
          {"held_timers", caught_up.held_timers},
          {"replaced", replaced.empty() ? Json() : Json(replaced)},
          {"held", caught_up.waiting}};
}

int print(const Restored& restored) {
  const auto& [staged, erasures, damaged_rules, caught_up, replaced] = restored;
  fmt::print("{} records and {} bodies are back, up to record {}", grouped(staged.records), grouped(staged.blobs),
             staged.last_seq);
  if (staged.records > 0) fmt::print(" of {}", rfc3339(staged.last_time_ms));
  fmt::print("\n");
  if (!replaced.empty()) fmt::print("what was there before is in {}; remove it when nobody needs it\n", replaced);
  if (erasures > 0)
    fmt::print(
        "warning: {} erasures are listed as done, but what they erased may be in the backup: ask for them again\n",
        erasures);
  if (staged.damaged > 0)
    fmt::print("warning: {} of the records are damaged and cannot be read: hookswitch fsck names them\n",
               grouped(staged.damaged));
  for (const std::string& version : damaged_rules) {
    fmt::print("warning: rules version {} is left out: found other files in the backup than it was made of\n", version);
  }
  if (caught_up.records > 0) fmt::print("{} of them were processed anew\n", grouped(caught_up.records));
  if (!caught_up.waiting.empty()) {
    fmt::print(
        "{} actions are held, {} tasks canceled and {} campaigns paused, and what {} overdue timers ask for will be "
        "held, because the engine may have carried it out after the backup:\n",
        caught_up.held_actions, caught_up.held_tasks, caught_up.held_campaigns, caught_up.held_timers);
    for (const std::string& line : caught_up.waiting) fmt::print("  {}\n", line);
  }
  if (caught_up.later_tasks > 0)
    fmt::print(
        "warning: {} tasks that are due later go on; for one that was brought forward after the backup somebody may "
        "have been rung already: look at `hookswitch tasks list --status scheduled`\n",
        caught_up.later_tasks);
  fmt::print("what people asked for since is not in it: look at do-not-call entries before anything is rung\n");
  return kDone;
}

int restore(const Context& context, const RestoreWish& wish) {
  ConfigReading reading = load_config_offline(config_path(context));
  for (const std::string& line : reading.warnings) fmt::print(stderr, "warning: {}\n", line);
  for (const std::string& line : reading.errors) fmt::print(stderr, "{}\n", line);
  if (!reading.ok()) return kFailed;
  spdlog::set_level(spdlog::level::off);
  catch_interrupts();
  auto restored = run(reading.config, wish);
  if (!restored) return report(restored.error());
  return context.json ? print_json(to_json(*restored)) : print(*restored);
}

}  // namespace

void add_restore(Verb& program, const Context& context) {
  auto verb = program.add_verb("restore", "put a backup back, as a whole or up to a record");
  verb.footer(
      "The engine must be stopped. Everything is checked before anything is put in place, and nothing is sent: what "
      "the engine may have sent after the backup is held.\n"
      "Example: hookswitch restore /mnt/backup/2026-11 --to-seq 120000");
  auto wish = std::make_shared<RestoreWish>();
  verb.add_option("source", wish->source, "directory of the backup").required();
  verb.add_option("data_dir", wish->data_dir, "where to (default: data_dir of the configuration)");
  verb.add_option("--to-seq", wish->to_seq, "the last record to be restored (default: all)").positive();
  verb.add_flag("--force", wish->force,
                 "move the data that is there to data/replaced/<n>, where it stays until you remove it");
  verb.add_flag("--nothing-since", wish->nothing_since,
                 "the engine did nothing after the backup was made: let go on what waits");
  verb.runs([&context, wish] { return restore(context, *wish); });
}

}  // namespace hookswitch::cli
