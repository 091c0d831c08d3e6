#include "engine/outbox/dispatcher.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/outbox/result_record.h"
#include "engine/state/lines.h"

namespace hookswitch {
namespace {

constexpr int64_t kAwayUs = 500'000;    // until it is asked again whether anything may be sent
constexpr int64_t kIdleUs = 5'000'000;  // a due time is a time of day: looked at again in case the clock was set

}  // namespace

Dispatcher::Dispatcher(Parts parts, OutboxOptions options)
    : parts_(std::move(parts)), options_(std::move(options)), metrics_(parts_.metrics), sinks_(options_.sinks) {
  for (const auto& [name, source] : options_.sources) recipients_.emplace(name, Recipient(name, source));
  for (const auto& [name, sink] : options_.sinks) {
    int at_once = sink.file.empty() ? limits::kWebSinkRequests : limits::kFileSinkBatch;
    recipients_.emplace(":" + name, Recipient(":" + name, {.base_url = sink.url, .concurrency = at_once}));
  }
  recipients_.emplace("", Recipient("", {}));
  note_status();
}

Dispatcher::~Dispatcher() { stop(); }

void Dispatcher::begin() { recover_to_ = parts_.log.last_seq(); }

int64_t Dispatcher::step(int64_t wait_us) {
  for (auto& letter : mail_->collect(wait_us)) letter();
  run_later();
  write_files();
  return turn();
}

void Dispatcher::start() {
  begin();
  thread_ = std::thread([this] { run(); });
}

void Dispatcher::stop() {
  if (!thread_.joinable()) return;
  mail_->post([this] { stop_by_us_ = parts_.clock.steady_us() + options_.drain_ms * 1000; });
  thread_.join();
  mail_->close();
}

void Dispatcher::forgive() {
  mail_->post([this] {
    for (auto& [name, recipient] : recipients_) {
      recipient.breaker().reset();
      recipient.wake_up();
    }
    changed_ = true;
  });
}

Json Dispatcher::status() const {
  std::lock_guard lock(status_mutex_);
  return status_;
}

void Dispatcher::run() {
  try {
    int64_t wait_us = 0;
    while (stop_by_us_ == 0 || (!flights_.empty() && parts_.clock.steady_us() < stop_by_us_)) wait_us = step(wait_us);
  } catch (const std::exception& error) {
    // What is under way is known to the log alone: a new start finds it there.
    spdlog::critical("the outbox has failed: {}", error.what());
    std::abort();
  }
  if (!flights_.empty()) spdlog::warn("{} actions are cut off; their outcome will be looked for", flights_.size());
}

// Begins what may begin, and says for how long nothing else will.
int64_t Dispatcher::turn() {
  elapsed_.look();
  wake_us_ = parts_.clock.steady_us() + kIdleUs;
  bool may_begin = stop_by_us_ == 0 && rest_until_us_ <= parts_.clock.steady_us() && recover();
  if (may_begin) {
    if (auto reader = parts_.store.read()) begin_all(**reader);
    claim_all();
  }
  if (rest_until_us_ > parts_.clock.steady_us()) wake_at(rest_until_us_);
  if (!later_.empty()) wake_at(later_.begin()->first);
  if (stop_by_us_ != 0) wake_at(stop_by_us_);
  note_status();
  return std::max<int64_t>(0, wake_us_ - parts_.clock.steady_us());
}

void Dispatcher::begin_all(const Reader& reader) {
  clear_doubts(reader);
  for (auto& [name, recipient] : recipients_) count_calls(reader, recipient);
  const std::vector<ActionLane> lanes = action_lanes(reader);
  if (!lanes.empty() && !parts_.may_send()) {
    rest_until_us_ = parts_.clock.steady_us() + kAwayUs;
    return;
  }
  for (const ActionLane& lane : lanes) gather(reader, lane);
}

// Claims without an outcome from before this start: nobody knows what became of them. Their rows are complete once the
// processor has come to where the log ended then.
bool Dispatcher::recover() {
  if (recovered_) return true;
  if (parts_.position() < recover_to_) return false;
  auto reader = parts_.store.read();
  if (!reader) return false;
  recovered_ = changed_ = true;
  for (const std::string& id : sending_actions(**reader)) {
    auto action = find_action(**reader, id);
    Recipient* to = action ? recipient_of(receiver_of(*action)) : nullptr;
    if (!action) continue;
    Flight flight{.stage = Stage::reporting, .action = *action, .attempt = action->attempt};
    if (to != nullptr) to->begin(*action, parts_.clock.steady_us());
    NewRecord lost = lost_record(*action, parts_.clock.now_ms());
    auto at = flights_.emplace(id, std::move(flight)).first;
    metrics_.lost(receiver_of(*action));
    report(id, at->second, std::move(lost));
  }
  if (!flights_.empty()) spdlog::warn("{} actions were being sent when the engine ended", flights_.size());
  return true;
}

// A commit that is said to have failed may have been written all the same. Such a claim shows when the log works again,
// and is granted when nobody waits for it any more. Nothing has gone out for it: said so, it is simply tried again.
void Dispatcher::clear_doubts(const Reader& reader) {
  for (auto at = doubtful_.begin(); at != doubtful_.end();) {
    const auto& [id, attempt] = *at;
    auto action = find_action(reader, id);
    bool undecided = flights_.contains(id) || (action && !is_final(action->status) && action->attempt < attempt);
    if (undecided) {
      ++at;
      continue;
    }
    if (action && action->status == ActionStatus::sending && action->attempt == attempt) {
      if (Recipient* to = recipient_of(receiver_of(*action))) to->begin(*action, parts_.clock.steady_us());
      HttpResult unsent = std::unexpected(HttpFailure{"its claim was taken for refused", Sent::no});
      NewRecord record = answer_record("answer", *action, attempt, unsent, parts_.clock.now_ms());
      auto flight = flights_.emplace(id, Flight{.action = *action, .attempt = attempt}).first;
      report(id, flight->second, std::move(record));
    }
    at = doubtful_.erase(at);
  }
}

// Those of the state, and those that were begun here and are not granted yet.
void Dispatcher::count_calls(const Reader& reader, Recipient& to) {
  if (to.calls_max() == 0) return;
  int64_t now_ms = parts_.clock.now_ms();
  auto held = held_lines(reader, to.name(), now_ms, static_cast<size_t>(to.calls_max()));
  auto calls = static_cast<int>(held.actions.size());
  for (const auto& [id, flight] : flights_) {
    bool counts = flight.stage == Stage::claiming && flight.action.type == "call" && !flight.look;
    if (counts && flight.action.source == to.name()) ++calls;
  }
  if (calls != to.calls()) changed_ = true;
  to.note_calls(calls);
  if (held.first_until_ms != 0 && calls >= to.calls_max())
    wake_at(parts_.clock.steady_us() + (held.first_until_ms - now_ms) * 1000);
}

Recipient* Dispatcher::recipient_of(const std::string& name) {
  auto found = recipients_.find(name);
  return found == recipients_.end() ? nullptr : &found->second;
}

void Dispatcher::gather(const Reader& reader, const ActionLane& lane) {
  int64_t now_us = parts_.clock.steady_us(), now_ms = parts_.clock.now_ms();
  Recipient* to = recipient_of(lane.receiver);
  // What went to a source or sink that is no longer configured waits, visible, until it is or somebody cancels it. What
  // has no source is claimed, so that the processor finds it one or refuses it.
  const bool loaded = lane.receiver.empty() || parts_.sources.find(lane.receiver);
  if (to == nullptr || (!to->is_sink() && !loaded)) return;
  if (lane.next_ms > now_ms) return wake_at(now_us + (lane.next_ms - now_ms) * 1000);
  if (to->rests(lane.priority, now_us)) {
    if (to->rest_until_us(lane.priority) != Recipient::kWhenOneEnds) wake_at(to->rest_until_us(lane.priority));
    return;
  }
  if (!begin_due(reader, lane, *to)) return;
  if (auto next_ms = next_action_ms(reader, lane, now_ms)) wake_at(now_us + (*next_ms - now_ms) * 1000);
}

// False: what is due there has to wait, for a time or for something to end.
bool Dispatcher::begin_due(const Reader& reader, const ActionLane& lane, Recipient& to) {
  int64_t now_us = parts_.clock.steady_us();
  auto due = due_actions(reader, lane, parts_.clock.now_ms(), limits::kDueActions);
  bool begun = false;
  int64_t first_ready_us = Recipient::kWhenOneEnds;
  size_t left = 0;
  for (const std::string& id : due) {
    if (flights_.contains(id)) continue;
    auto action = find_action(reader, id);
    if (!action) continue;
    int64_t ready_us = to.ready_us(*action, now_us);
    if (ready_us <= now_us) {
      begin(to, std::move(*action));
      begun = true;
      continue;
    }
    first_ready_us = std::min(first_ready_us, ready_us);
    if (++left == limits::kBlockedActions) break;
  }
  if (left == 0 && due.size() < limits::kDueActions) return true;
  if (left > 0 && !begun) to.rest(lane.priority, first_ready_us);
  if (left > 0 && first_ready_us != Recipient::kWhenOneEnds) wake_at(first_ready_us);
  return false;
}

void Dispatcher::begin(Recipient& to, Action action) {
  int64_t now_us = parts_.clock.steady_us();
  to.begin(action, now_us);
  std::string id = action.id;
  metrics_.begun(to.name(), parts_.clock.now_ms() - action.next_ms);
  Flight flight{.action = std::move(action), .began_us = now_us};
  flight.look = flight.action.status == ActionStatus::unknown;
  flight.attempt = flight.look ? flight.action.attempt : flight.action.attempt + 1;
  auto at = flights_.emplace(id, std::move(flight)).first;
  changed_ = true;
  plan(to, at->second);
}

void Dispatcher::later(int64_t after_ms, OutboxMail::Letter letter) {
  later_.emplace(parts_.clock.steady_us() + after_ms * 1000, std::move(letter));
}

void Dispatcher::run_later() {
  while (!later_.empty() && later_.begin()->first <= parts_.clock.steady_us()) {
    auto due = later_.extract(later_.begin());
    due.mapped()();
  }
}

void Dispatcher::note_status() {
  if (!std::exchange(changed_, false)) return;
  int64_t now_us = parts_.clock.steady_us(), now_ms = parts_.clock.now_ms();
  Json sources = Json::object(), sinks = Json::object();
  for (const auto& [name, recipient] : recipients_) {
    if (name.empty()) continue;
    (recipient.is_sink() ? sinks[name.substr(1)] : sources[name]) = recipient.to_json(now_us, now_ms);
    metrics_.state(name, recipient.well(now_us), recipient.under_way(), recipient.calls());
  }
  Json fresh{{"recovered", recovered_},
             {"under_way", flights_.size()},
             {"sources", std::move(sources)},
             {"sinks", std::move(sinks)}};
  std::lock_guard lock(status_mutex_);
  status_ = std::move(fresh);
}

}  // namespace hookswitch
