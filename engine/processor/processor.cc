#include "engine/processor/processor.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <exception>

#include "engine/base/limits.h"
#include "engine/processor/tasks.h"
#include "engine/state/batch_writer.h"
#include "engine/state/changes.h"
#include "engine/state/oldest_dead.h"
#include "engine/state/position.h"
#include "engine/state/rule_versions.h"
#include "engine/state/seen.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

constexpr int64_t kIdleWaitMs = 1'000;         // how long to sleep when nothing is to come
constexpr int64_t kRetryWaitMs = 500;          // after the state could not be written
constexpr int64_t kPluginWaitUs = 30'000'000;  // after the start, for plugins of configured sources
constexpr int64_t kComplainEveryUs = 60'000'000;
constexpr size_t kSweepRows = 64;  // looked at in each batch, beside two for each record

// Of what the log still has, the first record that a dead letter needs; UINT64_MAX: none does.
uint64_t first_needed(const Reader& reader, const Log& log) {
  auto oldest = oldest_dead(reader);
  if (oldest && *oldest < log.stats().first_seq) oldest = oldest_dead(reader, log.stats().first_seq);
  return oldest.value_or(UINT64_MAX);
}

// The record whose event set this timer; 0 when that is not known.
uint64_t timer_set_by(const RecordView& record) {
  const std::string_view text = record.header(":set");
  uint64_t seq = 0;
  std::from_chars(text.data(), text.data() + text.size(), seq);
  return seq;
}

}  // namespace

Processor::Processor(Parts parts, std::unique_ptr<RuleSet> rules)
    : parts_(std::move(parts)),
      handler_(parts_.log, parts_.decoder, parts_.directory, parts_.metrics),
      traces_(parts_.keep_traces),
      rules_(std::move(rules)) {
  rule_infos_ = rules_->rules();
  status_.rules_version = rules_->hash();
  if (auto reader = parts_.store.read()) position_ = read_position(**reader);
  status_.position = position_;
  handler_.observe(
      [this](const RecordView&, const Event& event, const Evaluation& evaluation) { traces_.add(event, evaluation); });
}

Processor::~Processor() { stop(); }

// Nothing may be trimmed that a power cut would make the state ask for again.
void Processor::begin() {
  caught_up_to_ = parts_.log.last_seq();
  began_us_ = parts_.clock.steady_us();
  if (auto reader = parts_.store.read()) parts_.log.keep_aged_from(first_needed(**reader, parts_.log));
  if (parts_.store.durable_sync()) parts_.log.keep_from(position_ + 1);
}

void Processor::start() {
  begin();
  thread_ = std::thread([this] { run(); });
}

void Processor::stop() {
  stopping_ = true;
  parts_.log.wake();
  if (thread_.joinable()) thread_.join();
}

void Processor::adopt(std::unique_ptr<RuleSet> rules) {
  {
    std::lock_guard lock(mutex_);
    next_rules_ = std::move(rules);
  }
  parts_.log.wake();
}

void Processor::post(Task task) {
  {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  parts_.log.wake();
}

ProcessorStatus Processor::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

std::vector<RuleInfo> Processor::rules() const {
  std::lock_guard lock(mutex_);
  return rule_infos_;
}

bool Processor::step() {
  swap_rules();
  run_tasks();
  fire_timers();
  return parts_.log.last_seq() > position_ && run_batch();
}

void Processor::run() {
  while (!stopping_) {
    swap_rules();
    run_tasks();
    int64_t wait_ms = fire_timers();
    if (parts_.log.last_seq() <= position_) parts_.log.wait_beyond(position_, wait_ms);
    if (stopping_ || parts_.log.last_seq() <= position_) continue;
    if (!run_batch()) parts_.log.wait_beyond(UINT64_MAX - 1, kRetryWaitMs);
  }
}

void Processor::swap_rules() {
  std::unique_ptr<RuleSet> former;  // closed when nobody waits for the lock
  std::lock_guard lock(mutex_);
  if (!next_rules_) return;
  former = std::exchange(rules_, std::move(next_rules_));
  rules_noted_ = false;
  rule_infos_ = rules_->rules();
  status_.rules_version = rules_->hash();
}

// Which rules decided what follows is written with the first that they decide.
void Processor::note_rules(Writer& writer) {
  if (rules_noted_) return;
  RuleVersion version{.from_seq = position_ + 1, .time_ms = parts_.clock.now_ms(), .hash = rules_->hash()};
  for (const RuleInfo& rule : rules_->rules()) version.rules.push_back(rule.name);
  note_rule_version(writer, version);
}

void Processor::run_tasks() {
  std::vector<Task> tasks;
  {
    std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (auto& task : tasks) {
    auto reader = parts_.store.read();
    if (reader) task(**reader, handler_, *rules_);
  }
}

bool Processor::run_batch() {
  int64_t began_us = parts_.clock.steady_us();
  uint64_t needed = 0;
  if (auto before = parts_.store.read()) needed = first_needed(**before, parts_.log);
  auto done = write_batch();
  if (!done) {
    complain(done.error());
    return false;
  }
  // The commit before this one is on disk now; this one a power cut may still undo, and with it a redrive.
  parts_.log.keep_aged_from(needed);
  parts_.log.keep_from(position_ + 1);
  position_ = batch_.position;
  for (const std::string& id : batch_.fired) fired_.erase(id);
  rules_noted_ = true;
  parts_.metrics.batch(batch_.records, parts_.clock.steady_us() - began_us);
  {
    std::lock_guard lock(mutex_);
    status_.position = position_;
    status_.position_time_ms = batch_.time_ms;
    status_.stopped.clear();
  }
  for (auto& outcome : batch_.outcomes) parts_.answers.offer(outcome.seq, std::move(outcome.answer));
  if (parts_.on_commit) parts_.on_commit(position_);
  return true;
}

// Without memory the batch has not happened, and is tried again.
Status Processor::write_batch() try {
  return parts_.store.write([this](Writer& writer) {
    BatchWriter batch(writer);
    auto processed = process_batch(batch);
    batch.flush();
    return processed ? batch.status() : processed;
  });
} catch (const std::exception& error) {
  return fail(Code::internal, "process the records after {}: {}", position_, error.what());
}

// May be run again from its start when the store had to grow, so it begins by forgetting.
Status Processor::process_batch(Writer& writer) {
  batch_ = {};
  batch_.position = position_;
  int64_t began_us = parts_.clock.steady_us();
  note_rules(writer);
  traces_.begin(writer, *rules_);
  Status waiting;
  auto visit = [&](const RecordView& record) {
    if (must_wait(record)) {
      waiting =
          fail(Code::unavailable, "process record {}: the plugin of its source \"{}\" is not loaded, waits for it",
               record.seq, record.source);
      return false;
    }
    traces_.at(record.seq);
    handler_.handle(writer, record, *rules_, batch_.outcomes);
    if (record.kind == RecordKind::timer) {
      chain_.fired(record.seq, timer_set_by(record), parts_.clock.now_ms());
      batch_.fired.push_back(std::string(record.header(":key")) + ":" + std::string(record.header(":due")));
    }
    batch_.position = record.seq;
    batch_.time_ms = record.time_ms;
    ++batch_.records;
    int64_t us_max = batch_.outcomes.empty() ? limits::kBatchUs : limits::kAnswerBatchUs;
    return writer.status().has_value() && parts_.clock.steady_us() - began_us < us_max;
  };
  auto corrupt = [&](uint64_t seq, const Error& error) {
    handler_.bury_corrupt(writer, seq, error);
    batch_.position = std::max(batch_.position, seq);
  };
  auto read = parts_.log.read(position_ + 1, limits::kBatchRecords, visit, corrupt);
  if (!read) return std::unexpected(read.error());
  if (!waiting && batch_.position == position_) return waiting;
  put_position(writer, batch_.position);
  sweep(writer);
  return writer.status();
}

// A plugin may be dropped in a moment after the start. However many do not come, they hold up nobody for longer: from
// then on their records are dead letters, and what answers say of actions is not known.
bool Processor::must_wait(const RecordView& record) const {
  bool decoded = record.kind != RecordKind::timer && record.kind != RecordKind::command && !record.erased;
  if (!decoded || parts_.clock.steady_us() - began_us_ >= kPluginWaitUs) return false;
  if (!parts_.configured || parts_.decoder.sources().find(record.source)) return false;
  return parts_.configured(record.source);
}

// Forgets old changes, and ids of deliveries that nobody repeats any more, a few rows a batch.
void Processor::sweep(Writer& writer) {
  size_t rows = 2 * batch_.records + kSweepRows;
  traces_.end(rows);
  trim_changes(writer, rows);
  if (parts_.remember_ms <= 0) return;
  sweep_cursor_ = sweep_seen(writer, parts_.clock.now_ms() - parts_.remember_ms, sweep_cursor_, rows);
}

// Appends what is due; returns how long to sleep at most. A timer's row stays until its record is processed, so a crash
// in between fires it again from the row, unless the record is in the log: that is why firing waits at the start until
// the log as it was then is processed.
int64_t Processor::fire_timers() {
  elapsed_.look();
  if (position_ < caught_up_to_) return kIdleWaitMs;
  auto reader = parts_.store.read();
  if (!reader) return kRetryWaitMs;
  int64_t now_ms = parts_.clock.now_ms();
  for (const Timer& timer : due_timers(**reader, now_ms, limits::kTimersPerTick + fired_.size())) {
    std::string id = timer.key + ":" + std::to_string(timer.due_ms);
    if (fired_.contains(id)) continue;
    NewRecord record = timer_record(timer);
    record.time_ms = now_ms;
    if (const int64_t early_ms = early(timer); early_ms > 0)
      record.headers.emplace_back(":early", std::to_string(early_ms));
    auto stored = [this, id](const Result<uint64_t>& seq) {
      if (!seq) post([this, id](auto&...) { fired_.erase(id); });
    };
    if (!parts_.log.append(record, std::move(stored))) return kRetryWaitMs;
    fired_.insert(std::move(id));
  }
  auto next = next_due_ms(**reader);
  if (!next) return kIdleWaitMs;
  return *next <= now_ms ? kRetryWaitMs : std::min(kIdleWaitMs, *next - now_ms);
}

// Of the wait whose end the timer is, so much may not have gone by: who is taken for not reached is rung again.
int64_t Processor::early(const Timer& timer) {
  const int64_t wait_ms = task_wait_ms(timer);
  return wait_ms > 0 ? wait_ms - elapsed_.since_ms(timer.due_ms - wait_ms) : 0;
}

void Processor::complain(const Error& error) {
  std::lock_guard lock(mutex_);
  status_.stopped = error.message;
  int64_t now_us = parts_.clock.steady_us();
  if (complained_us_ != 0 && now_us - complained_us_ < kComplainEveryUs) return;
  complained_us_ = now_us;
  spdlog::error("processing waits: {}", error.message);
}

}  // namespace hookswitch
