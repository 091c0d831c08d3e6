// What `result` records do to actions: see actions.h.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ranges>

#include "engine/base/limits.h"
#include "engine/processor/actions.h"
#include "engine/processor/dialling.h"
#include "engine/processor/tasks.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"
#include "engine/state/changes.h"
#include "engine/state/lines.h"

namespace hookswitch {
namespace {

using OutcomeKind = ActionOutcome::Kind;

constexpr int64_t kFirstLookMs = 15'000;  // a provider's list may lag behind what it did
constexpr int64_t kLookMaxMs = 600'000;
constexpr int kLooks = 8;                  // to no avail: then a person decides
constexpr int kPages = 200;                // of a list that a look goes through
constexpr int64_t kDeniedWaitMs = 60'000;  // whoever sends waits longer, until the configuration changes
constexpr const char* kEmit = "emit";
constexpr int kTooManyRequests = 429;
constexpr int64_t kPutOffMaxMs = 86'400'000;   // in all
constexpr int64_t kPutOffWaitMaxMs = 300'000;  // each time, where the provider does not ask for more

template <class Number = int>
Number number_in(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Answer answer_of(const Json& body) { return {200, "application/json", dump(body)}; }

Answer standing(const Action& action, bool denied) {
  Json body{{"status", name(action.status)}, {"code", action.code}};
  if (action.status == ActionStatus::waiting || action.status == ActionStatus::unknown)
    body["next_ms"] = action.next_ms;
  if (denied) body["denied"] = true;
  return answer_of(body);
}

Answer not_granted(const std::string& reason) { return answer_of({{"granted", false}, {"reason", reason}}); }

HttpResponse response_of(const RecordView& record) {
  HttpResponse response;
  response.status = number_in(record.header(":status"));
  for (auto& [header, value] : record.headers()) {
    if (!header.starts_with(':')) response.headers.emplace_back(std::move(header), std::move(value));
  }
  response.body = std::string(record.body);
  return response;
}

// A sink is sent the same bytes under the same id again, so nothing about it is ever unknown.
ActionOutcome sink_outcome(int status) {
  if (status >= 200 && status < 300) return {.kind = OutcomeKind::done, .result = "{}"};
  bool later = status >= 500 || status == 408 || status == 409 || status == 425 || status == kTooManyRequests;
  return {.kind = later ? OutcomeKind::retry : OutcomeKind::failed,
          .code = "status",
          .reason = fmt::format("the sink answered {}", status)};
}

// Records of before do not say how long was waited.
int64_t looked_ms(const RecordView& record, const Action& action) {
  std::string_view waited = record.header(":waited");
  return waited.empty() ? record.time_ms : surely_now_ms(action, number_in<int64_t>(waited), record.time_ms);
}

int64_t look_after_ms(int looks) {
  int64_t wait = kFirstLookMs;
  for (int i = 0; i < looks && wait < kLookMaxMs; ++i) wait *= 2;
  return std::min(wait, kLookMaxMs);
}

Json external_ids(const Json& result) {
  Json ids = result.is_object() ? result.value("external_ids", Json::object()) : Json::object();
  return ids.is_object() ? ids : Json::object();
}

// The provider's ids lead to the call from now on, before any webhook about it comes.
void link_result(Writer& writer, const Action& action) {
  if (action.call.empty() || action.type != "call") return;
  auto id = resolve_call_id(writer, action.call);
  if (!id) return;
  Json ids = external_ids(action.result);
  for (const auto& [kind, value] : ids.items()) {
    if (value.is_string() && !find_call_id(writer, kind, value.get<std::string>()))
      link_call(writer, kind, value.get<std::string>(), *id);
  }
}

// A person hung up: whatever the provider calls the end, before or after. One that says nothing of the call found that
// it was over by itself.
void note_hung_up(Writer& writer, const Action& action) {
  if (action.type != "end_call" || action.rule != "command" || external_ids(action.result).empty()) return;
  auto id = resolve_call_id(writer, action.call);
  auto call = id ? get_call(writer, *id) : Result<std::optional<Call>>();
  if (!call || !*call || !(*call)->merge(CallField::status, std::string("ended_manually"), {})) return;
  (*call)->merge(CallField::updated_at, action.ended_ms, {});
  if (put_call(writer, **call)) append_change(writer, dump(Json{{"calls", {*id}}}));
}

void move_done(Action& action, const ActionOutcome& outcome) {
  action.status = ActionStatus::done;
  // A plugin need not say anything.
  if (Json result = parse_json(outcome.result); result.is_object()) action.result = std::move(result);
  action.code.clear();
  action.reason.clear();
}

// Certainly not carried out, but it may be later.
void move_again(Action& action, const ActionOutcome& outcome, int64_t now_ms) {
  if (action.attempt >= action.max_attempts) {
    action.status = ActionStatus::failed;
    action.reason = fmt::format("{} attempts, the last: {}", action.attempt, outcome.reason);
    return;
  }
  int64_t wait_ms = outcome.retry_after_ms > 0 ? outcome.retry_after_ms : backoff_ms(action.id, action.attempt);
  action.status = ActionStatus::waiting;
  action.next_ms = now_ms + wait_ms;
}

// The provider has no room for it now, and may have it soon: the attempt does not count. Each wait is as long as all
// before it, so that this makes few records.
void move_put_off(Action& action, const ActionOutcome& outcome, int64_t now_ms) {
  if (action.put_off_ms >= kPutOffMaxMs) {
    action.status = ActionStatus::failed;
    action.reason = "put off for a day, the last: " + outcome.reason;
    return;
  }
  const int64_t asked_ms = outcome.retry_after_ms > 0 ? outcome.retry_after_ms : backoff_ms(action.id, 1);
  action.status = ActionStatus::waiting;
  --action.attempt;
  const int64_t wait_ms = std::max(asked_ms, std::min(action.put_off_ms, kPutOffWaitMaxMs));
  action.put_off_ms += wait_ms;
  action.next_ms = now_ms + wait_ms;
}

// It may be ringing, or will be told to be over by the provider.
bool keeps_line(const Action& action) {
  return action.status == ActionStatus::sending || action.status == ActionStatus::unknown ||
         action.status == ActionStatus::done;
}

bool is_put_off(const Action& action, const ActionOutcome& outcome, const RecordView& record) {
  return action.type != kEmit && outcome.kind == OutcomeKind::retry &&
         number_in(record.header(":status")) == kTooManyRequests;
}

// After an attempt.
void move_sent(Action& action, const ActionOutcome& outcome, const RecordView& record) {
  const int64_t now_ms = record.time_ms;
  if (is_put_off(action, outcome, record)) return move_put_off(action, outcome, now_ms);
  action.put_off_ms = 0;
  if (outcome.kind == OutcomeKind::done) return move_done(action, outcome);
  if (outcome.kind == OutcomeKind::retry) return move_again(action, outcome, now_ms);
  if (outcome.kind == OutcomeKind::unknown && action.harmless) return move_again(action, outcome, now_ms);
  if (outcome.kind == OutcomeKind::failed) {
    action.status = ActionStatus::failed;
  } else if (outcome.kind == OutcomeKind::denied) {
    // Not the action's fault, so the attempt does not count.
    action.status = ActionStatus::waiting;
    --action.attempt;
    action.next_ms = now_ms + kDeniedWaitMs;
  } else {
    action.status = ActionStatus::unknown;
    action.looks = action.pages = 0;
    action.cursor.clear();
    action.next_ms = now_ms + look_after_ms(0);
  }
}

// After a look for an attempt. Whatever is no clear word leaves it unknown: nothing may be sent again on a guess.
void move_looked(Action& action, const ActionOutcome& outcome, const RecordView& record) {
  if (outcome.kind == OutcomeKind::done) return move_done(action, outcome);
  if (outcome.kind == OutcomeKind::retry) return move_again(action, outcome, record.time_ms);
  bool goes_on = outcome.kind == OutcomeKind::unknown && !outcome.cursor.empty() && outcome.cursor != action.cursor;
  if (goes_on && ++action.pages < kPages) {
    action.cursor = outcome.cursor;
    action.next_ms = record.time_ms;
    return;
  }
  ++action.looks;
  action.pages = 0;
  action.cursor.clear();
  action.next_ms = record.time_ms + look_after_ms(action.looks);
  if (action.looks >= kLooks || record.header(":sent") == "never") action.status = ActionStatus::held;
}

}  // namespace

int64_t longest_doubt_ms() {
  int64_t sum = 0;
  for (int looks = 0; looks < kLooks; ++looks) sum += look_after_ms(looks);
  return sum;
}

Result<TakenResult> ActionResults::take(Writer& writer, const RecordView& record) const {
  std::string_view what = record.header(":name");
  auto action = find_action(writer, record.header(":action"));
  if (what != "claim" && what != "answer" && what != "looked" && what != "lost")
    return fail(Code::invalid, "result record {}: found name \"{}\", expected claim, answer, looked or lost",
                record.seq, what);
  // When the state is made anew: other rules did not ask for it, or what asked is erased.
  if (!action && what == "claim") note_claimed(writer, record.header(":action"));
  if (!action) return TakenResult{not_granted("no such action"), {}};
  if (what == "claim") return claim(writer, record, std::move(*action));
  if (what == "lost") return lost(writer, record, std::move(*action));
  return answered(writer, record, std::move(*action), what == "looked");
}

TakenResult ActionResults::refuse(Writer& writer, const RecordView& record, Action action, const std::string& code,
                                  const std::string& reason) const {
  action.status = ActionStatus::refused;
  action.ended_ms = record.time_ms;
  action.code = code;
  action.reason = reason;
  put_action(writer, action);
  if (!action.task.empty()) task_attempt_changed(writer, action, record);
  return {not_granted(reason), event_of(record, action)};
}

// Of one that has none: a person may have left only one in the configuration since it was asked for.
TakenResult ActionResults::find_source(Writer& writer, const RecordView& record, Action action) const {
  auto source = source_for(sources_, action.type, "", "");
  if (!source) return refuse(writer, record, std::move(action), kNoSourceCode, source.error().message);
  action.source = *source;
  action.next_ms = record.time_ms;
  action.code.clear();
  action.reason.clear();
  put_action(writer, action);
  return {not_granted(fmt::format("it goes to {}, and is to be claimed for that", action.source)), {}};
}

TakenResult ActionResults::claim(Writer& writer, const RecordView& record, Action action) const {
  int attempt = number_in(record.header(":attempt"));
  const bool without_source = action.source.empty() && action.type != kEmit;
  // When the state is made anew with other sources: it went where its claim says.
  if (without_source && !record.source.empty()) {
    action.source = record.source;
    if (action.status == ActionStatus::refused) action.status = ActionStatus::waiting;
    action.ended_ms = 0;
  }
  if (action.status != ActionStatus::waiting || attempt != action.attempt + 1)
    return {not_granted(fmt::format("it is {} after {} attempts", name(action.status), action.attempt)), {}};
  if (action.source.empty() && action.type != kEmit) return find_source(writer, record, std::move(action));
  DialVerdict verdict = may_dial(writer, action, record.time_ms, directory_);
  if (verdict.kind == DialVerdict::Kind::later) {
    action.next_ms = std::max(verdict.not_before_ms, record.time_ms + 1);
    action.code = verdict.code;
    action.reason = verdict.reason;
    put_action(writer, action);
    return {not_granted(verdict.reason), {}};
  }
  if (verdict.kind == DialVerdict::Kind::refuse)
    return refuse(writer, record, std::move(action), verdict.code, verdict.reason);
  action.status = ActionStatus::sending;
  action.attempt = attempt;
  action.sent_ms = record.time_ms;
  action.harmless = record.header(":harmless") == "1";
  put_action(writer, action);
  note_dialled(writer, action, record.time_ms, directory_);
  return {answer_of({{"granted", true}}), {}};
}

TakenResult ActionResults::lost(Writer& writer, const RecordView& record, Action action) const {
  bool attempt_fits = number_in(record.header(":attempt")) == action.attempt;
  if (attempt_fits && action.overtaken) {
    action.overtaken = false;
    put_action(writer, action);
    return {standing(action, false), event_of(record, action)};
  }
  if (!attempt_fits || action.status != ActionStatus::sending) return {standing(action, false), {}};
  ActionOutcome outcome{
      .kind = OutcomeKind::unknown, .code = "lost", .reason = "the engine ended while it was being sent"};
  return settle(writer, record, std::move(action), outcome, false);
}

TakenResult ActionResults::answered(Writer& writer, const RecordView& record, Action action, bool looked) const {
  bool attempt_fits = number_in(record.header(":attempt")) == action.attempt;
  bool expected = action.status == (looked ? ActionStatus::unknown : ActionStatus::sending);
  ActionOutcome outcome = read(record, action, looked);
  // The provider's report overtook its answer, whatever that is: what it knows is added, and the event makes one call
  // of what was told of the action and of the ids that only the answer ties to it.
  if (attempt_fits && !looked && action.overtaken) {
    action.overtaken = false;
    Json result = outcome.kind == OutcomeKind::done ? parse_json(outcome.result) : Json();
    if (result.is_object()) action.result = std::move(result);
    put_action(writer, action);
    link_result(writer, action);
    return {standing(action, false), event_of(record, action)};
  }
  if (!attempt_fits || !expected) return {standing(action, false), {}};
  return settle(writer, record, std::move(action), outcome, looked);
}

ActionOutcome ActionResults::read(const RecordView& record, const Action& action, bool looked) const {
  std::string error(record.header(":error"));
  std::string_view sent = record.header(":sent");
  if (sent == "never")
    return {.kind = looked ? OutcomeKind::unknown : OutcomeKind::failed, .code = "unsendable", .reason = error};
  if (sent == "no")
    return {.kind = looked ? OutcomeKind::unknown : OutcomeKind::retry, .code = "not_sent", .reason = error};
  if (sent == "maybe") return {.kind = OutcomeKind::unknown, .code = "cut_off", .reason = error};
  HttpResponse response = response_of(record);
  if (action.type == kEmit) return sink_outcome(response.status);
  auto source = sources_.find(action.source);
  if (!source)
    return {.kind = OutcomeKind::unknown,
            .code = "no_source",
            .reason = fmt::format("source \"{}\" is not configured, so its answer cannot be read", action.source)};
  ToldAction told;
  tell(action, "", told);
  told.view.now_ms = looked ? looked_ms(record, action) : record.time_ms;
  told.view.cursor = action.cursor;
  auto outcome = looked ? source->match_action(told.view, response) : source->parse_action(told.view, response);
  if (outcome) return std::move(*outcome);
  return {.kind = OutcomeKind::unknown, .code = "unreadable", .reason = outcome.error().message};
}

TakenResult ActionResults::settle(Writer& writer, const RecordView& record, Action action, const ActionOutcome& outcome,
                                  bool looked) const {
  ActionStatus before = action.status;
  action.code = outcome.code;
  action.reason = outcome.reason;
  looked ? move_looked(action, outcome, record) : move_sent(action, outcome, record);
  if (is_final(action.status)) action.ended_ms = record.time_ms;
  put_action(writer, action);
  if (!keeps_line(action)) release_line(writer, action.id);
  if (action.status == ActionStatus::done) {
    link_result(writer, action);
    note_hung_up(writer, action);
  }
  if (is_final(action.status) && !action.task.empty()) task_attempt_changed(writer, action, record);
  TakenResult taken{standing(action, outcome.kind == OutcomeKind::denied), {}};
  if (action.status != before && action.status != ActionStatus::waiting) taken.event = event_of(record, action);
  return taken;
}

// "action:<id>:<attempt>:<status>", as event_of() names it.
Result<Event> ActionResults::event_again(const Reader& reader, const RecordView& record,
                                         std::string_view event_id) const {
  std::vector<std::string_view> parts;
  for (auto part : std::views::split(event_id, ':')) parts.emplace_back(part.begin(), part.end());
  auto status = parts.size() == 4 ? parse_action_status(parts[3]) : std::nullopt;
  if (!status) return fail(Code::invalid, "make event {} again: found no action's event", event_id);
  auto action = find_action(reader, parts[1]);
  if (!action) return fail(Code::not_found, "make event {} again: the action is not there any more", event_id);
  action->attempt = number_in(parts[2]);
  action->status = *status;
  auto event = event_of(record, *action);
  if (event) return std::move(*event);
  return fail(Code::invalid, "make event {} again: an action of type {} has none", event_id, action->type);
}

std::optional<Event> ActionResults::reported_before(const Reader& reader, const RecordView& timer) const {
  std::string_view key = timer.header(":key");
  auto task = find_task(reader, key.substr(key.rfind('/') + 1));
  auto action = task ? find_action(reader, task->action) : std::nullopt;
  bool just_made = action && action->made_seq == timer.seq && action->status == ActionStatus::done;
  return just_made ? event_of(timer, *action) : std::nullopt;
}

std::optional<Event> ActionResults::witness(Writer& writer, const RecordView& record,
                                            std::string_view action_id) const {
  auto action = find_action(writer, action_id);
  if (!action || action->sent_ms == 0 || action->status == ActionStatus::done) return std::nullopt;
  action->overtaken = action->status == ActionStatus::sending;
  action->status = ActionStatus::done;
  action->ended_ms = record.time_ms;
  action->code.clear();
  action->reason = "the provider reported about it";
  put_action(writer, *action);
  if (!action->task.empty()) task_attempt_changed(writer, *action, record);
  return action->overtaken ? std::nullopt : event_of(record, *action);
}

// The event is about the call that the action makes or is about, and says in which state it is now.
std::optional<Event> ActionResults::event_of(const RecordView& record, const Action& action) const {
  if (action.type == kEmit) return std::nullopt;
  bool good = action.status == ActionStatus::done;
  bool open = action.status == ActionStatus::unknown || action.status == ActionStatus::held;
  Event event;
  event.id = fmt::format("action:{}:{}:{}", action.id, action.attempt, name(action.status));
  event.type = good ? "action.done" : open ? "action.unknown" : "action.failed";
  event.subject = action.call;
  event.source = action.source;
  if (auto source = sources_.find(action.source)) event.provider = source->provider();
  event.time_ms = record.time_ms;
  event.seq = record.seq;
  Json ids = good ? external_ids(action.result) : Json::object();
  if (action.type == "call") ids["action"] = action.id;
  Json data{{"external_ids", std::move(ids)}, {"action", action.to_json()}};
  if (action.type == "call" && good) data["status"] = "initiated";
  if (action.type == "call" && event.type == "action.failed") data["status"] = "failed";
  event.data = dump(data);
  return event;
}

}  // namespace hookswitch
