#include "engine/processor/handler.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/processor/campaigns.h"
#include "engine/processor/erasing.h"
#include "engine/processor/imports.h"
#include "engine/processor/link.h"
#include "engine/processor/recordings.h"
#include "engine/processor/retention.h"
#include "engine/processor/tasks.h"
#include "engine/state/changes.h"
#include "engine/state/lines.h"
#include "engine/state/seen.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

std::string encode_answer(const Answer& answer) {
  std::string out;
  put_le<int32_t>(out, answer.status);
  put_sized(out, answer.content_type);
  put_sized(out, answer.body);
  return out;
}

std::optional<Answer> decode_answer(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  ByteReader reader(bytes);
  Answer answer;
  answer.status = reader.le<int32_t>();
  answer.content_type = reader.sized();
  answer.body = reader.sized();
  return reader.ok() ? std::optional(answer) : std::nullopt;
}

Answer to_answer(RenderedReply reply) { return {reply.status, std::move(reply.content_type), std::move(reply.body)}; }

void put_quoted(std::string& row, const std::string& text) {
  bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  plain ? row.append("\"").append(text).append("\"") : row.append(dump(Json(text)));
}

// Written by hand, because every event has such a row.
void put_names(std::string& row, std::string_view field, const std::vector<std::string>& names) {
  if (names.empty()) return;
  row += row.empty() ? "{\"" : ",\"";
  row.append(field).append("\":[");
  for (const std::string& name : names) {
    if (&name != &names.front()) row += ',';
    put_quoted(row, name);
  }
  row += ']';
}

void note_change(Writer& writer, const Changed& changed) {
  std::string row;
  if (!changed.call.empty()) put_names(row, "calls", {changed.call});
  if (changed.transcript) put_names(row, "transcripts", {changed.call});
  put_names(row, "activity", changed.activities);
  put_names(row, "kpis", changed.kpis);
  if (!row.empty()) append_change(writer, row + '}');
}

// The action that a provider's own report is about.
std::optional<std::string_view> action_named(const RecordView& record, const Evaluation& evaluation) {
  if (record.kind == RecordKind::result) return std::nullopt;
  for (const auto& [kind, value] : evaluation.ids) {
    if (kind == "action") return value;
  }
  return std::nullopt;
}

// A call that we placed and that is over makes room for another.
void note_over(Writer& writer, const Call& call) {
  auto action = call.external_ids().find("action");
  if (action != call.external_ids().end() && is_final_status(call.text(CallField::status)))
    release_line(writer, action->second);
}

// A fired timer's row goes with its record; one that was cancelled or set anew in between does not fire.
bool take_timer(Writer& writer, const RecordView& record, const Event& event) {
  auto timer = find_timer(writer, record.header(":key"));
  if (!timer) return false;
  const bool as_set = std::to_string(timer->due_ms) == record.header(":due");
  if (!as_set && !keeps_turn(writer, *timer, event.time_ms)) return false;
  // A record that comes twice leaves the timer alone that its event has set for the same time.
  if (!record.header(":set").empty() && find_seen(writer, seen_hash(event))) return false;
  cancel_timer(writer, record.header(":key"));
  return true;
}

}  // namespace

// Sources do not share ids, so that no account can make another's event a duplicate.
std::string seen_hash(const Event& event) { return hash128(event.source + '\0' + event.id); }

void RecordHandler::handle(Writer& writer, const RecordView& record, RuleSet& rules, std::vector<Outcome>& outcomes) {
  if (record.erased) return;
  if (record.kind == RecordKind::command) return handle_command(writer, record, rules, outcomes);
  if (record.kind == RecordKind::result) return handle_result(writer, record, rules, outcomes);
  handle(writer, record, decoder_.decode(record), rules, outcomes);
}

void RecordHandler::handle(Writer& writer, const RecordView& record, const Result<std::vector<Event>>& events,
                           RuleSet& rules, std::vector<Outcome>& outcomes) {
  if (record.erased) return;
  if (record.kind == RecordKind::command) return handle_command(writer, record, rules, outcomes);
  if (record.kind == RecordKind::result) return handle_result(writer, record, rules, outcomes);
  if (record.kind == RecordKind::timer) {
    if (!take_timer(writer, record, events->front())) return;
    std::string_view key = record.header(":key");
    if (is_task_timer(key)) {
      task_due(writer, record, events->front().time_ms, directory_, decoder_.sources());
      auto told = results_.reported_before(writer, record);
      if (told) handle_witnessed(writer, record, events->front(), std::move(*told), rules);
      return;
    }
    if (is_campaign_timer(key)) return campaign_due(writer, record, directory_);
    if (is_recording_timer(key)) return end_recordings(writer, record, directory_);
    if (is_retention_timer(key)) return retention_due(writer, record, directory_);
    if (is_erasure_timer(key)) return erasure_due(writer, record, directory_);
  }
  if (!events) {
    metrics_.dead("decode");
    if (record.kind == RecordKind::import) count_import(writer, record.header(":sync"), Imported::failed);
    bury(writer, record, nullptr, events.error().message, "");
    if (record.kind == RecordKind::delivery)
      outcomes.push_back({record.seq, to_answer(decoder_.default_reply(record))});
    return;
  }
  if (record.kind == RecordKind::import) return handle_import(writer, record, *events, rules, outcomes);
  for (const Event& event : *events) handle_event(writer, record, event, rules, outcomes);
}

void RecordHandler::handle_import(Writer& writer, const RecordView& record, const std::vector<Event>& events,
                                  RuleSet& rules, std::vector<Outcome>& outcomes) {
  Imported what = Imported::skipped;
  int64_t calls_ms = directory_.retention().calls_ms;
  for (const Event& event : events) {
    auto data = facts_.read(event.data);
    if (data && calls_ms > 0 && is_forgotten(writer, event, EventData(*data), record.time_ms - calls_ms)) continue;
    CallIds ids = data ? told_ids(writer, EventData(*data)) : CallIds();
    Teller before = teller_of(writer, ids);
    bool fresh = !find_seen(writer, seen_hash(event));
    handle_event(writer, record, event, rules, outcomes);
    note_imported(writer, ids, before);
    if (before == Teller::nobody && !directory_.tenants().empty())
      note_strange_agent(writer, record.header(":sync"), ids);
    if (fresh && what != Imported::created) what = before == Teller::nobody ? Imported::created : Imported::updated;
  }
  count_import(writer, record.header(":sync"), what);
}

void RecordHandler::handle_result(Writer& writer, const RecordView& record, RuleSet& rules,
                                  std::vector<Outcome>& outcomes) {
  if (is_recording_result(record)) {
    auto kept = take_recording(writer, record, decoder_.sources(), directory_);
    if (!kept) bury(writer, record, nullptr, kept.error().message, "");
    return;
  }
  auto taken = results_.take(writer, record);
  if (!taken) {
    metrics_.dead("result");
    return bury(writer, record, nullptr, taken.error().message, "");
  }
  outcomes.push_back({record.seq, std::move(taken->answer)});
  if (taken->event) handle_event(writer, record, *taken->event, rules, outcomes);
}

void RecordHandler::handle_event(Writer& writer, const RecordView& record, const Event& event, RuleSet& rules,
                                 std::vector<Outcome>& outcomes) {
  std::string hash = seen_hash(event);
  if (auto seen = find_seen(writer, hash)) {
    if (seen->reply == kImported && record.kind == RecordKind::delivery) {
      complete(writer, record, event, rules);
      return put_seen(writer, hash, {seen->seq, seen->time_ms, ""});
    }
    metrics_.duplicate();
    if (auto answer = decode_answer(seen->reply)) outcomes.push_back({record.seq, std::move(*answer)});
    return;
  }
  Answer answer;
  auto failure = process(writer, record, event, rules, answer);
  if (failure) {
    metrics_.dead("rule");
    bury(writer, record, &event, failure->reason, failure->culprit);
    answer = to_answer(decoder_.default_reply(record));
  }
  std::string kept = event.wants_reply                   ? encode_answer(answer)
                     : record.kind == RecordKind::import ? std::string(kImported)
                                                         : std::string();
  put_seen(writer, hash, {record.seq, record.time_ms, kept});
  if (event.wants_reply) outcomes.push_back({record.seq, std::move(answer)});
}

void RecordHandler::complete(Writer& writer, const RecordView& record, const Event& event, RuleSet& rules) {
  const Effects said_nothing;
  const Precedent ran_before{said_nothing, [](const RuleInfo& rule) { return !rule.per_call; }};
  Answer nobody_waits;
  auto failure = process(writer, record, event, rules, nobody_waits, &ran_before);
  if (!failure) return;
  metrics_.dead("rule");
  bury(writer, record, &event, failure->reason, failure->culprit);
}

std::optional<RecordHandler::Failure> RecordHandler::process(Writer& writer, const RecordView& record,
                                                             const Event& event, RuleSet& rules, Answer& answer,
                                                             const Precedent* precedent) {
  Evaluation evaluation = evaluator_.evaluate(writer, event, record.time_ms, rules, precedent);
  applier_.check(record, evaluation);
  // A call that was erased or forgotten since does not come back.
  if (precedent != nullptr && evaluation.call_is_new) return std::nullopt;
  metrics_.event(event.type);
  metrics_.rules(evaluation);
  if (record.kind == RecordKind::delivery && evaluation.call.text(CallField::reported_by) == "sync")
    evaluation.call.set(CallField::reported_by, std::string("both"));
  if (observer_) observer_(record, event, evaluation);
  if (record.kind == RecordKind::timer && evaluation.about_call)
    put_seen(writer, fired_hash(record.header(":key"), evaluation.call.id()), {record.seq, record.time_ms, ""});
  if (evaluation.failure) return Failure{*evaluation.failure, evaluation.failed_rule};
  RecordView applied = record;
  applied.time_ms = std::max(record.time_ms, redriven_ms_);
  auto changed = applier_.apply(writer, applied, event, evaluation);
  if (!changed) return Failure{changed.error().message, ""};
  note_change(writer, *changed);
  expect_retention(writer, directory_.retention(), record.time_ms);
  if (evaluation.about_call) {
    if (auto data = data_of(event)) note_recording(writer, event, *data, evaluation.call.id());
  }
  auto named = action_named(record, evaluation);
  auto witnessed = named ? results_.witness(writer, applied, *named) : std::nullopt;
  if (evaluation.about_call) note_over(writer, evaluation.call);
  if (event.wants_reply) answer = answer_to(record, event, evaluation);
  if (witnessed) handle_witnessed(writer, record, event, std::move(*witnessed), rules);
  return std::nullopt;
}

// After the report's own event, which may have made one call of what was heard of it and of the action.
void RecordHandler::handle_witnessed(Writer& writer, const RecordView& record, const Event& report, Event event,
                                     RuleSet& rules) {
  event.index = report.index + limits::kEventsPerRecord;
  std::vector<Outcome> nobody_waits;
  handle_event(writer, record, event, rules, nobody_waits);
}

Result<simdjson::dom::object> RecordHandler::data_of(const Event& event) {
  if (event.parsed) return event.parsed->root().get_object().value_unsafe();
  return facts_.read(event.data);
}

Answer RecordHandler::answer_to(const RecordView& record, const Event& event, const Evaluation& evaluation) {
  if (!evaluation.reply) return to_answer(decoder_.default_reply(record));
  auto reply = decoder_.render(event, dump(*evaluation.reply));
  if (reply) return to_answer(std::move(*reply));
  spdlog::warn("the answer that rules gave to event {} cannot be sent, the default is: {}", event.id,
               reply.error().message);
  return to_answer(decoder_.default_reply(record));
}

void RecordHandler::bury(Writer& writer, const RecordView& record, const Event* event, const std::string& reason,
                         const std::string& culprit) {
  DeadLetter letter;
  letter.seq = record.seq;
  letter.index = event == nullptr ? 0 : event->index;
  letter.reason = reason;
  letter.culprit = culprit;
  letter.time_ms = record.time_ms;
  letter.kind = name(record.kind);
  letter.source = std::string(record.source);
  if (event != nullptr) {
    letter.event_id = event->id;
    letter.event_type = event->type;
  }
  put_dead(writer, letter);
  spdlog::warn("record {} becomes a dead letter: {}", record.seq, reason);
}

void RecordHandler::bury_corrupt(Writer& writer, uint64_t seq, const Error& error) {
  RecordView record;
  record.seq = seq;
  metrics_.dead("corrupt");
  bury(writer, record, nullptr, error.message, "");
}

}  // namespace hookswitch
