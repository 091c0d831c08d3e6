// What the running engine says about itself: readiness, status, plugins, rules, gauges, traces.
#include <fmt/format.h>

#include <filesystem>
#include <thread>

#include "engine/api/problem.h"
#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/cli/engine.h"
#include "engine/processor/command.h"
#include "engine/processor/command_check.h"
#include "engine/processor/preview.h"
#include "engine/processor/trace.h"
#include "engine/state/dead.h"
#include "engine/state/timers.h"

namespace hookswitch::cli {
namespace {

constexpr const char* kDataGone = "the data directory was removed or replaced while in use";

uint64_t disk_free_bytes(const std::string& dir) {
  std::error_code error;
  auto space = std::filesystem::space(dir, error);
  return error ? 0 : space.available;
}

bool is_repeated(const Store& store, const Command& command) {
  if (command.key.empty()) return false;
  auto reader = store.read();
  return reader && was_answered(**reader, command.by, command.key);
}

}  // namespace

ApiParts Engine::api_parts() {
  ApiParts parts{.store = *store_, .log = *log_, .metrics = metrics_, .clock = clock_};
  parts.decode = [this](const RecordView& record) { return events_of(record, *decoder_); };
  parts.trace = [this](uint64_t seq, auto done) { trace(seq, std::move(done)); };
  parts.ran = [this](const RecordView& record, const auto& events) -> Result<Json> {
    auto reader = store_->read();
    if (!reader) return std::unexpected(reader.error());
    return trace_then(**reader, record, events);
  };
  parts.eval = [this](const Json& wish, auto done) { eval(wish, std::move(done)); };
  parts.submit = [this](Command command, auto done) {
    if (data_gone_) return done(problem(Error{Code::unavailable, kDataGone}));
    const bool repeated = is_repeated(*store_, command);
    auto source = repeated ? Result<std::string>() : check_command(sources_, directory_, command.name, command.body);
    if (!source) return done(problem(400, source.error().message));
    const Headers checked = repeated ? Headers() : checked_headers(command.name, *source);
    commands_->submit(std::move(command), std::move(done), checked);
  };
  parts.refusals = [this](std::string source, size_t count, auto done) {
    doctor_->list(std::move(source), count, std::move(done));
  };
  parts.redrive_refusals = [this](const Json& choice, auto done) {
    doctor_->redrive({choice.value("ids", std::vector<uint64_t>()), choice.value("source", "")}, std::move(done));
  };
  parts.not_ready = [this] { return not_ready(); };
  parts.warnings = [this] { return warnings(); };
  parts.records_per_second = [this] { return intake_rate_.per_second(); };
  parts.processor_status = [this] { return processor_status(); };
  parts.outbox_status = [this] { return outbox_->status(); };
  parts.webhooks_status = [this] { return intake_metrics_.guard().status(); };
  parts.plugins = [this] { return plugins_status(); };
  parts.rules = [this] { return rules_status(); };
  parts.timezone_of = [this](const std::string& tenant) { return directory_.tenancy(tenant).timezone; };
  parts.country_of = [this](const std::string& tenant) { return directory_.tenancy(tenant).country; };
  parts.preview_task = [this](const Reader& reader, const Task& task) {
    return preview_task(reader, task, clock_.now_ms(), directory_);
  };
  parts.fetch_recording = [this](const std::string& call, auto done) { recordings_->ask(call, std::move(done)); };
  parts.open_blob = [this](std::string_view blob) { return blobs_->open_reader(blob); };
  parts.jwt = jwt_.get();
  parts.rates = rates_.get();
  parts.cors_origins = config_.api.cors_origins;
  parts.version = HOOKSWITCH_VERSION;
  parts.cli_token_hash = sha256_hex(cli_token_);
  return parts;
}

// Rules run on the processor's thread only, so a trace waits for its turn there.
void Engine::trace(uint64_t seq, std::function<void(Result<Json>)> done) {
  processor_->post([this, seq, done = std::move(done)](const Reader& reader, RecordHandler& handler, RuleSet& rules) {
    Result<Json> out = fail(Code::not_found, "trace record {}: found none of that sequence in the log", seq);
    auto visit = [&](const RecordView& record) {
      if (record.seq == seq) out = handler.trace(reader, record, rules);
      return false;
    };
    auto read = log_->read(seq, 1, visit);
    done(read ? std::move(out) : Result<Json>(std::unexpected(read.error())));
  });
}

std::vector<std::string> Engine::not_ready() const {
  std::vector<std::string> why;
  LogStats log = log_->stats();
  if (data_gone_) why.emplace_back(kDataGone);
  if (!log.last_error.empty()) why.push_back("the log cannot be written: " + log.last_error);
  if (reserve_->low()) why.push_back("the disk is nearly full");
  for (const SourceConfig& source : config_.sources) {
    if (!sources_.find(source.name))
      why.push_back(fmt::format("source {} has no provider {} yet", source.name, source.provider));
  }
  return why;
}

std::vector<std::string> Engine::warnings() const {
  std::vector<std::string> out;
  if (const int64_t secs = progress_.stuck_secs(clock_.steady_us()); secs > 0) {
    out.push_back(
        fmt::format("processing has not come past record {} for {} s; what arrives is kept", progress_.seq(), secs));
  }
  if (const uint64_t seq = processor_->endless_timer(); seq != 0) {
    out.push_back(fmt::format("timers set each other without end, record {} is one of theirs: `hookswitch trace {}` "
                              "names the rule",
                              seq, seq));
  }
  return out;
}

Json Engine::processor_status() const {
  ProcessorStatus status = processor_->status();
  Json out{{"position", status.position},
           {"lag", log_->last_seq() - std::min(status.position, log_->last_seq())},
           {"position_time", status.position_time_ms == 0 ? Json() : Json(rfc3339(status.position_time_ms))},
           {"rules_version", status.rules_version},
           {"rules_refused", rules_refused()},
           {"stopped", status.stopped.empty() ? Json() : Json(status.stopped)},
           {"disk_free_bytes", disk_free_bytes(config_.data_dir)},
           {"missed_reply_deadlines", answers_->missed_deadlines()}};
  if (auto reader = store_->read()) {
    out["dead_letters"] = count_dead(**reader);
    out["timers"] = count_timers(**reader);
  }
  return out;
}

std::vector<Json> Engine::plugins_status() const {
  std::vector<Json> out;
  for (const PluginInfo& plugin : providers_.list()) {
    const LoadOutcome& loaded = plugin.loaded;
    out.push_back({{"file", loaded.file},
                   {"provider", loaded.provider},
                   {"version", loaded.version},
                   {"abi", loaded.abi},
                   {"capabilities", loaded.capabilities},
                   {"refused", loaded.refused.empty() ? Json() : Json(loaded.refused)},
                   {"calls", plugin.counters.calls},
                   {"errors", plugin.counters.errors},
                   {"breaches", plugin.counters.breaches},
                   {"isolation", loaded.isolated ? "process" : "none"},
                   {"pids", plugin.processes.pids},
                   {"restarts", plugin.processes.restarts}});
  }
  return out;
}

void Engine::export_metrics() {
  auto gauge = [this](const char* name, const char* help, double value, const Labels& labels = {}) {
    metrics_.gauge(name, help, labels).set(value);
  };
  LogStats log = log_->stats();
  ProcessorStatus processor = processor_->status();
  gauge("hookswitch_log_last_sequence", "Newest record on disk.", static_cast<double>(log.next_seq - 1));
  gauge("hookswitch_log_first_sequence", "Oldest record kept.", static_cast<double>(log.first_seq));
  gauge("hookswitch_log_queue_records", "Records waiting for the committer.", static_cast<double>(log.queued_records));
  gauge("hookswitch_log_commits", "Commits since start.", static_cast<double>(log.commits));
  gauge("hookswitch_log_sync_seconds", "Time of the last commit with its fsync.",
        static_cast<double>(log.sync_us_last) / 1e6);
  gauge("hookswitch_log_sync_seconds_sum", "Time in commits since start.",
        static_cast<double>(log.sync_us_total) / 1e6);
  gauge("hookswitch_log_failed_commits", "Commits that failed since start.", static_cast<double>(log.failed_commits));
  gauge("hookswitch_log_file_bytes", "Size of the log's file.", static_cast<double>(log.file_bytes));
  gauge("hookswitch_position", "Newest record processed.", static_cast<double>(processor.position));
  gauge("hookswitch_lag_records", "Records not processed yet.",
        static_cast<double>(log_->last_seq() - std::min(processor.position, log_->last_seq())));
  gauge("hookswitch_stuck_seconds", "How long processing has not come past one record, 0 while it goes on.",
        static_cast<double>(progress_.stuck_secs(clock_.steady_us())));
  gauge("hookswitch_disk_free_bytes", "Free space where the data lies.",
        static_cast<double>(disk_free_bytes(config_.data_dir)));
  gauge("hookswitch_disk_reserve", "1 while room is kept back on the disk, 0 once it had to be given up.",
        reserve_->held() ? 1 : 0);
  RuleWatchReport rules = rule_watch_->report();
  gauge("hookswitch_rules_loads", "Changed rule sets put in force since start.", static_cast<double>(rules.loads));
  gauge("hookswitch_rules_refused_reloads", "Rule sets refused since start.", static_cast<double>(rules.refusals));
  gauge("hookswitch_rules_refused", "1 while the files of the rules are refused and former ones rule.",
        rules.refused ? 1 : 0);
  gauge("hookswitch_rules_tests_failed", "Failed tests of the rules tested last.",
        rules.tests ? static_cast<double>(rules.tests->failed) : 0);
  if (auto reader = store_->read()) {
    gauge("hookswitch_dead_letters", "Dead letters waiting for a person.", static_cast<double>(count_dead(**reader)));
    gauge("hookswitch_timers", "Timers set.", static_cast<double>(count_timers(**reader)));
  }
  for (const PluginInfo& plugin : providers_.list()) {
    if (!plugin.loaded.isolated) continue;
    Counter& restarts = metrics_.counter("hookswitch_plugin_restarts_total",
                                         "Processes of an isolated plugin started in the place of one that ended.",
                                         {{"provider", plugin.loaded.provider}});
    restarts.add(plugin.processes.restarts - restarts.value());
  }
  StoreStats store = store_->stats();
  gauge("hookswitch_state_file_bytes", "Size of the state's file.", static_cast<double>(store.file_bytes));
  gauge("hookswitch_state_commit_seconds_sum", "Time in state transactions since start.",
        static_cast<double>(store.commit_us_total) / 1e6);
  if (!server_) return;
  ServerStats server = server_->stats();
  gauge("hookswitch_http_connections", "Open connections.", static_cast<double>(server.open_connections));
  gauge("hookswitch_http_streams", "Open event streams.", static_cast<double>(server.open_streams));
  gauge("hookswitch_http_requests", "Requests since start.", static_cast<double>(server.requests));
  for (const auto& [reason, count] : server.refusals) {
    gauge("hookswitch_http_refusals", "Requests refused before a handler saw them.", static_cast<double>(count),
          {{"reason", reason}});
  }
}

}  // namespace hookswitch::cli
