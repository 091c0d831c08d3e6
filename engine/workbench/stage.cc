#include "engine/workbench/stage.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/log/kept_record.h"
#include "engine/state/changes.h"
#include "engine/state/position.h"
#include "engine/state/seen.h"

namespace hookswitch {
namespace {

constexpr size_t kStepsPerCommit = 4'096;  // each page that they change is copied once: more steps, fewer copies
constexpr size_t kBytesPerCommit = 16 * limits::kMiB;  // kept to be done again; also bounds the transaction
constexpr size_t kSweepRows = 64;                      // looked at in each transaction, beside two for each step
constexpr size_t kTimersPerMoment = 10'000;            // due at one millisecond; more set each other for ever
constexpr uint64_t kMadeSeq = 1ULL << 63;              // no log gets so far

}  // namespace

Stage::Stage(Parts parts, Timers timers, RecordHandler::Observer observer)
    : parts_(parts),
      timers_(timers),
      observer_(std::move(observer)),
      handler_(parts.log, parts.decoder, parts.directory, parts.metrics) {
  if (auto reader = parts_.store.read()) position_ = committed_position_ = read_position(**reader);
  if (!observer_) return;
  handler_.observe([this](const RecordView& record, const Event& event, const Evaluation& evaluation) {
    heard(record, event, evaluation);
  });
}

uint64_t Stage::timer_seq(const Timer& timer) {
  return kMadeSeq | hash64(fmt::format("{}:{}@{}", timer.key, timer.due_ms, timer.set_by));
}

// When the store grows, events are evaluated again in the same order and with the same result. In a transaction that
// has failed, an evaluation has found nothing in the store and says nothing.
void Stage::heard(const RecordView& record, const Event& event, const Evaluation& evaluation) {
  if (!writer_->status()) return;
  if (events_to_skip_ > 0) {
    --events_to_skip_;
    return;
  }
  ++events_heard_;
  observer_(record, event, evaluation);
}

Status Stage::handle(const RecordView& record, RuleSet& rules) {
  bool decodes = record.kind != RecordKind::command && record.kind != RecordKind::result &&
                 !(record.kind == RecordKind::timer && timers_ == Timers::fire);
  return handle(record, decodes ? parts_.decoder.decode(record) : std::vector<Event>{}, rules);
}

Status Stage::handle(const RecordView& record, const Result<std::vector<Event>>& events, RuleSet& rules,
                     Notes* notes) {
  return run_record(record, rules, [&](Writer& writer) {
    if (notes == nullptr) return do_record(writer, record, &events, rules);
    notes->clear();
    NotedWriter noted(writer, *notes);
    const size_t before = events_heard_;
    Status done = do_record(noted, record, &events, rules);
    notes->events = events_heard_ - before;
    if (!done) notes->spoil();
    return done;
  });
}

Result<bool> Stage::repeat(const RecordView& record, const Notes& notes, RuleSet& rules,
                           const std::function<bool(const Reader&)>& agrees) {
  if (auto begun = ready(); !begun) return std::unexpected(begun.error());
  if (!notes.same_in(*writer_) || !agrees(*writer_)) return false;
  events_heard_ += notes.events;  // elsewhere
  auto done = run_record(record, rules, [&](Writer& writer) {
    notes.write_to(writer);
    pass(record);
    return writer.status();
  });
  if (!done) return std::unexpected(done.error());
  return true;
}

Status Stage::run_record(const RecordView& record, RuleSet& rules, const Step& first) {
  auto kept = std::make_shared<KeptRecord>(record);
  auto again = [this, kept, &rules](Writer& writer) { return do_record(writer, kept->view(), nullptr, rules); };
  return run(first, again, kept->bytes());
}

Status Stage::do_record(Writer& writer, const RecordView& record, const Result<std::vector<Event>>* events,
                        RuleSet& rules) {
  if (timers_ == Timers::fire) {
    if (auto fired = fire_due(writer, record.time_ms, rules); !fired) return fired;
  }
  const bool skip = record.kind == RecordKind::timer && timers_ == Timers::fire;
  if (!skip && events != nullptr) handler_.handle(writer, record, *events, rules, outcomes_);
  if (!skip && events == nullptr) handler_.handle(writer, record, rules, outcomes_);
  pass(record);
  return writer.status();
}

void Stage::pass(const RecordView& record) {
  position_ = record.seq;
  time_ms_ = std::max(time_ms_, record.time_ms);
}

Status Stage::pass_over(uint64_t seq, const Error& error) {
  Step step = [this, seq, error](Writer& writer) {
    handler_.bury_corrupt(writer, seq, error);
    position_ = seq;
    return writer.status();
  };
  return run(step, step, 0);
}

Status Stage::advance(int64_t now_ms, RuleSet& rules) {
  if (timers_ == Timers::from_log) return {};
  Step step = [this, now_ms, &rules](Writer& writer) { return fire_due(writer, now_ms, rules); };
  return run(step, step, 0);
}

Status Stage::run(const Step& first, Step again, size_t bytes) {
  if (auto begun = ready(); !begun) return begun;
  outcomes_.clear();
  Status done = first(*writer_);
  if (!done && writer_->out_of_room()) done = redo(&again);
  if (!done) return undo(done);
  steps_.push_back(std::move(again));
  bytes_ += bytes;
  return steps_.size() < kStepsPerCommit && bytes_ < kBytesPerCommit ? Status{} : commit();
}

Status Stage::ready() {
  if (writer_) return {};
  auto writer = parts_.store.begin_write();
  if (!writer) return std::unexpected(writer.error());
  store_writer_ = std::move(*writer);
  writer_ = std::make_unique<BatchWriter>(*store_writer_, parts_.unread);
  return {};
}

// Everything of this transaction once more, and `last` (when given) behind it, in a store that has grown.
Status Stage::redo(const Step* last) {
  for (;;) {
    drop_writers();
    if (auto grown = parts_.store.grow(); !grown) return grown;
    if (auto begun = ready(); !begun) return begun;
    events_to_skip_ = events_heard_;
    Status done;
    for (size_t i = 0; done && i < steps_.size(); ++i) done = steps_[i](*writer_);
    outcomes_.clear();
    if (done && last != nullptr) done = (*last)(*writer_);
    if (done || !writer_->out_of_room()) return done;
  }
}

Status Stage::undo(Status why) {
  end_transaction();
  position_ = committed_position_;
  return why;
}

void Stage::drop_writers() {
  writer_.reset();
  store_writer_.reset();
}

void Stage::end_transaction() {
  drop_writers();
  steps_.clear();
  bytes_ = events_heard_ = events_to_skip_ = 0;
}

Status Stage::commit() {
  if (!writer_) return {};
  auto finish = [this] {
    put_position(*writer_, position_);
    sweep();
    return writer_->commit();
  };
  Status done = finish();
  while (!done && writer_->out_of_room()) {
    done = redo(nullptr);
    if (done) done = finish();
  }
  if (!done) return undo(done);
  committed_position_ = position_;
  end_transaction();
  return {};
}

void Stage::sweep() {
  size_t rows = 2 * steps_.size() + kSweepRows;
  trim_changes(*writer_, rows);
  if (parts_.remember_ms <= 0) return;
  sweep_cursor_ = sweep_seen(*writer_, time_ms_ - parts_.remember_ms, sweep_cursor_, rows);
}

Status Stage::fire_due(Writer& writer, int64_t now_ms, RuleSet& rules) {
  int64_t moment_ms = 0;
  size_t of_moment = 0;
  for (;;) {
    auto due = due_timers(writer, now_ms, 1);
    if (due.empty()) return writer.status();
    const Timer& timer = due.front();
    of_moment = timer.due_ms == moment_ms ? of_moment + 1 : 0;
    moment_ms = timer.due_ms;
    if (of_moment > kTimersPerMoment) {
      return fail(Code::too_large,
                  "fire the timers due at {}: found more than {}, the last \"{}\": do they set each other without end?",
                  moment_ms, kTimersPerMoment, timer.key);
    }
    KeptRecord record(timer_record(timer), timer_seq(timer));
    handler_.handle(writer, record.view(), rules, outcomes_);
    if (!writer.status()) return writer.status();
  }
}

}  // namespace hookswitch
