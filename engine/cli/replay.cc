// `hookswitch replay`: other rules over the logged past, beside a running engine; what would be different.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "engine/base/nearest.h"
#include "engine/base/time_text.h"
#include "engine/cli/interrupted.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/cli/progress.h"
#include "engine/fsck/fsck.h"
#include "engine/workbench/configured.h"
#include "engine/workbench/moment.h"
#include "engine/workbench/replay.h"

namespace hookswitch::cli {
namespace {

struct ReplayChoice {
  std::string rules, baseline, from, to;
  ReplayRange range;
  uint64_t limit = 20;  // calls shown; 0: all
};

Json kpis_json(const KpiChanges& changes) {
  Json out = Json::array();
  for (const auto& [key, change] : changes) {
    out.push_back({{"name", key.first},
                   {"dimensions", decode_dimensions(key.second)},
                   {"value", static_cast<double>(change.micros) / 1e6},
                   {"count", change.count}});
  }
  return out;
}

Json untold_json(const ReplaySummary& summary) {
  Json out = Json::object();
  for (const auto& [aspect, count] : summary.untold) out[name(aspect)] = count;
  return out;
}

Json summary_json(const ReplaySummary& summary) {
  return {{"records", summary.records},
          {"calls", summary.calls},
          {"calls_differ", summary.calls_differ},
          {"others_differ", summary.others_differ},
          {"untold", untold_json(summary)},
          {"skipped", summary.skipped},
          {"skips", summary.skips},
          {"known_from", std::to_string(summary.known_from)},
          {"known_from_time", rfc3339(summary.known_from_ms)},
          {"stopped", summary.stopped},
          {"kpis", kpis_json(summary.kpis)}};
}

Json call_json(const Replay& replay, const CallPlace& place, const std::vector<Difference>& differences) {
  Json out{{"call", place.id.empty() ? Json() : Json(place.id)}, {"differences", Json::array()}};
  for (const Difference& difference : differences) out["differences"].push_back(difference.to_json());
  if (place.left_out > 0) out["left_out"] = place.left_out;
  if (auto call = replay.find_call(place.id)) {
    for (const char* field : {"from", "to", "tenant", "started_at"}) out[field] = call->to_json().value(field, Json());
  }
  return out;
}

// One call after another, so that the output may be larger than memory.
Status print_as_json(const Replay& replay, uint64_t limit) {
  fmt::print("{{\"summary\":{},\n\"calls\":[", dump(summary_json(replay.summary())));
  uint64_t shown = 0;
  auto read = replay.each_call([&](const CallPlace& place, const std::vector<Difference>& differences) {
    if (limit != 0 && shown == limit) return false;
    fmt::print("{}\n{}", shown++ == 0 ? "" : ",", dump(call_json(replay, place, differences)));
    return true;
  });
  fmt::print("]}}\n");
  return read;
}

std::string headline(const Replay& replay, const CallPlace& place) {
  if (place.id.empty()) return "apart from calls";
  std::string line = place.id;
  if (auto call = replay.find_call(place.id)) {
    if (!call->text(CallField::from).empty()) line += fmt::format("  {}", call->text(CallField::from));
    if (place.time_ms != 0) line += "  " + rfc3339(place.time_ms);
  }
  return line;
}

Status print_calls(const Replay& replay, uint64_t limit) {
  uint64_t shown = 0;
  return replay.each_call([&](const CallPlace& place, const std::vector<Difference>& differences) {
    if (limit != 0 && shown == limit) {
      fmt::print("... and more: --limit 0 shows all\n");
      return false;
    }
    ++shown;
    fmt::print("{}\n", headline(replay, place));
    for (const Difference& difference : differences) fmt::print("  {}\n", difference.line());
    if (place.left_out > 0) fmt::print("  ... and {} more\n", grouped(place.left_out));
    return true;
  });
}

void print_kpis(const KpiChanges& changes) {
  for (const auto& [key, change] : changes) {
    std::string line = fmt::format("kpi {} {}", kpi_label(key.first, decode_dimensions(key.second)),
                                   signed_number(change.micros));
    fmt::print("{}{}\n", line, change.micros == 0 ? fmt::format(" ({:+} times)", change.count) : "");
  }
}

// Key figures by name alone: "1 204 calls, 37 differ, appointments_booked +12".
std::string summary_line(const ReplaySummary& summary) {
  std::string line = fmt::format("{} calls, {} differ", grouped(summary.calls), grouped(summary.calls_differ));
  std::map<std::string, int64_t> totals;
  for (const auto& [key, change] : summary.kpis) totals[key.first] += change.micros;
  for (const auto& [name, micros] : totals) {
    if (micros != 0) line += fmt::format(", {} {}", name, signed_number(micros));
  }
  if (summary.others_differ) line += ", what is about no call differs";
  return summary.untold.empty() ? line : line + ", and some are not told";
}

// "not told, for they name no tenant: 2 contact, 5 memory"
void print_untold(const ReplaySummary& summary, const ReplayRange& range) {
  std::string kinds;
  for (const auto& [aspect, count] : summary.untold)
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", grouped(count), name(aspect));
  if (kinds.empty()) return;
  fmt::print("differences that are not told, for they name no {}: {}\n", range.call.empty() ? "tenant" : "call", kinds);
}

void print_notes(const ReplaySummary& summary, const ReplayChoice& options) {
  if (summary.known_from > 1 && options.from.empty()) {
    fmt::print("the log is trimmed: the past is known from record {} of {} on\n", summary.known_from,
               rfc3339(summary.known_from_ms));
  }
  for (const std::string& line : summary.skips) fmt::print("skipped: {}\n", line);
  if (summary.skipped > summary.skips.size()) fmt::print("skipped: {} records in all\n", grouped(summary.skipped));
  print_untold(summary, options.range);
  if (summary.stopped) fmt::print("stopped early: this is what differs in {} records\n", grouped(summary.records));
}

Status print(const Context& context, const Replay& replay, const ReplayChoice& options) {
  if (context.json) return print_as_json(replay, options.limit);
  if (auto printed = print_calls(replay, options.limit); !printed) return printed;
  print_kpis(replay.summary().kpis);
  print_notes(replay.summary(), options);
  fmt::print("{}\n", summary_line(replay.summary()));
  return {};
}

Status read_range(ReplayChoice& options) {
  int64_t now_ms = SystemClock().now_ms();
  auto moment = [&](const std::string& text, const char* what, std::optional<int64_t>& out) -> Status {
    if (text.empty()) return {};
    auto parsed = parse_moment(text, now_ms, what);
    if (!parsed) return std::unexpected(parsed.error());
    out = *parsed;
    return {};
  };
  if (auto from = moment(options.from, "--from", options.range.from_ms); !from) return from;
  if (auto to = moment(options.to, "--to", options.range.to_ms); !to) return to;
  if (options.range.from_ms && options.range.to_ms && *options.range.from_ms >= *options.range.to_ms) {
    return fail(Code::invalid, "replay: found --from {} and --to {}, expected --from before --to",
                rfc3339(*options.range.from_ms), rfc3339(*options.range.to_ms));
  }
  return {};
}

// What a source sent that is no longer configured cannot be decoded.
Status check_source(const Config& config, const std::string& source) {
  std::vector<std::string> known;
  for (const SourceConfig& one : config.sources) known.push_back(one.name);
  if (source.empty() || std::ranges::find(known, source) != known.end()) return {};
  return fail(Code::not_found, "replay: --source: {} has no source {}{}", config.file, source,
              suggestion(source, known));
}

// Agents and rules may name tenants that no configuration knows.
Status check_tenant(const Config& config, const std::string& tenant, const ReplaySummary& summary) {
  std::vector<std::string> known;
  for (const TenantConfig& one : config.tenants) known.push_back(one.id);
  const bool is_known = std::ranges::find(known, tenant) != known.end();
  const bool seen = is_known || summary.calls > 0 || summary.others_differ || summary.stopped;
  if (tenant.empty() || seen) return {};
  return fail(Code::not_found, "replay: --tenant: {} has no tenant {}, and no call of the range is its{}", config.file,
              tenant, suggestion(tenant, known));
}

Status run(const Context& context, const Config& config, ReplayChoice options) {
  if (auto known = check_source(config, options.range.source); !known) return known;
  auto before = load_rules(config, options.baseline.empty() ? config.rules.dir : options.baseline);
  if (!before) return std::unexpected(before.error());
  auto after = load_rules(config, options.rules.empty() ? config.rules.dir : options.rules);
  if (!after) return std::unexpected(after.error());
  if ((*before)->hash() == (*after)->hash())
    fmt::print(stderr, "both rule sets are the same: name another with --rules\n");
  // LMDB trusts its pages: what is damaged, or cut off, may end the process that reads it.
  if (auto sound = check_store_beside(config.data_dir + "/log"); !sound && sound.error().code == Code::corrupt)
    return wrap(sound.error(), "replay: the log is damaged, `hookswitch fsck` names all that is wrong");
  auto log = Log::open_to_read(config.data_dir + "/log", config.encryption);
  if (!log) return std::unexpected(log.error());
  Configured configured(config);
  for (const std::string& line : configured.warnings()) fmt::print(stderr, "warning: {}\n", line);
  SystemClock clock;
  Replay::Parts parts{**log, configured.decoder(), configured.directory(),  **before,         **after,
                      clock, config.data_dir,      config.retention.log_ms, config.encryption};
  auto replay = Replay::make(parts, options.range);
  if (!replay) return std::unexpected(replay.error());
  {
    Progress progress("replay");
    auto ran = (*replay)->run([&](uint64_t done, uint64_t of) {
      progress.show(done, of);
      return !interrupted();
    });
    if (!ran) return ran;
  }
  if (auto known = check_tenant(config, options.range.tenant, (*replay)->summary()); !known) return known;
  return print(context, **replay, options);
}

int replay(const Context& context, ReplayChoice options) {
  if (auto range = read_range(options); !range) {
    report(range.error());
    return kBadUsage;
  }
  ConfigReading reading = load_config(config_path(context));
  for (const std::string& line : reading.errors) fmt::print(stderr, "{}\n", line);
  if (!reading.ok()) return kFailed;
  spdlog::set_level(spdlog::level::off);  // what rules log and which events die is told as differences
  catch_interrupts();
  give_way();
  auto done = run(context, reading.config, std::move(options));
  if (!done) return report(done.error());
  return interrupted() ? kFailed : kDone;
}

}  // namespace

void add_replay(Verb& program, const Context& context) {
  auto verb = program.add_verb("replay", "other rules over the logged past: what would be different, call by call");
  verb.footer(
      "Runs beside a live engine: it changes nothing and sends nothing. Both rule sets begin with an empty state.\n"
      "Times are RFC 3339, dates, or a time ago.\n"
      "With --tenant or --call, differences that name no tenant or no call (what rules remember; with --call also\n"
      "contacts, agents, tasks that did not ring) are only counted, by their kind: `untold` in --json.\n"
      "Example: hookswitch replay --rules rules.new --from '7d ago' --tenant B1/L1");
  auto options = std::make_shared<ReplayChoice>();
  verb.add_option("--rules", options->rules, "directory of the other rules (default: those of the configuration)");
  verb.add_option("--baseline", options->baseline, "directory to compare with (default: those of the configuration)");
  verb.add_option("--from", options->from, "records that arrived at or after");
  verb.add_option("--to", options->to, "records that arrived before");
  verb.add_option("--source", options->range.source, "deliveries of this source only");
  verb.add_option("--tenant", options->range.tenant, "tell what differs for this tenant only");
  verb.add_option("--call", options->range.call, "tell what differs for this call only, by any of its ids");
  verb.add_option("--limit", options->limit, "calls shown (default 20; 0: all)").not_negative();
  verb.runs([&context, options] { return replay(context, *options); });
}

}  // namespace hookswitch::cli
