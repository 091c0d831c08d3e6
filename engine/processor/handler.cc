#include "engine/processor/handler.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/state/changes.h"
#include "engine/state/seen.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

// What makes two deliveries one; sources do not share ids, so that no account can make another's event a duplicate.
std::string seen_hash(const Event& event) { return hash128(event.source + '\0' + event.id); }

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

void note_change(Writer& writer, const Changed& changed) {
  Json row = Json::object();
  if (!changed.call.empty()) row["calls"] = {changed.call};
  if (changed.transcript) row["transcripts"] = {changed.call};
  if (!changed.activities.empty()) row["activity"] = changed.activities;
  if (!changed.kpis.empty()) row["kpis"] = changed.kpis;
  if (!row.empty()) append_change(writer, dump(row));
}

// A fired timer's row goes with its record; one that was cancelled or set anew in between does not fire.
bool take_timer(Writer& writer, const RecordView& record) {
  auto timer = find_timer(writer, record.header(":key"));
  if (!timer || std::to_string(timer->due_ms) != record.header(":due")) return false;
  cancel_timer(writer, record.header(":key"));
  return true;
}

}  // namespace

void RecordHandler::handle(Writer& writer, const RecordView& record, RuleSet& rules, std::vector<Outcome>& outcomes) {
  if (record.kind == RecordKind::command) return handle_command(writer, record, rules, outcomes);
  handle(writer, record, decoder_.decode(record), rules, outcomes);
}

void RecordHandler::handle(Writer& writer, const RecordView& record, const Result<std::vector<Event>>& events,
                           RuleSet& rules, std::vector<Outcome>& outcomes) {
  if (record.kind == RecordKind::command) return handle_command(writer, record, rules, outcomes);
  if (record.kind == RecordKind::timer && !take_timer(writer, record)) return;
  if (!events) {
    metrics_.dead("decode");
    bury(writer, record, nullptr, events.error().message, "");
    if (record.kind == RecordKind::delivery)
      outcomes.push_back({record.seq, to_answer(decoder_.default_reply(record))});
    return;
  }
  for (const Event& event : *events) handle_event(writer, record, event, rules, outcomes);
}

void RecordHandler::handle_event(Writer& writer, const RecordView& record, const Event& event, RuleSet& rules,
                                 std::vector<Outcome>& outcomes) {
  std::string hash = seen_hash(event);
  if (auto seen = find_seen(writer, hash)) {
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
  std::string kept = event.wants_reply ? encode_answer(answer) : std::string();
  put_seen(writer, hash, {record.seq, record.time_ms, kept});
  if (event.wants_reply) outcomes.push_back({record.seq, std::move(answer)});
}

std::optional<RecordHandler::Failure> RecordHandler::process(Writer& writer, const RecordView& record,
                                                             const Event& event, RuleSet& rules, Answer& answer) {
  Evaluation evaluation = evaluator_.evaluate(writer, event, record.time_ms, rules);
  metrics_.event(event.type);
  metrics_.rules(evaluation);
  if (observer_) observer_(record, event, evaluation);
  if (evaluation.failure) return Failure{*evaluation.failure, evaluation.failed_rule};
  auto changed = applier_.apply(writer, event, evaluation);
  if (!changed) return Failure{changed.error().message, ""};
  note_change(writer, *changed);
  if (event.wants_reply) answer = answer_to(record, event, evaluation);
  return std::nullopt;
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

Json RecordHandler::trace(const Reader& reader, const RecordView& record, RuleSet& rules) {
  Json out{{"seq", std::to_string(record.seq)}, {"kind", name(record.kind)}, {"source", record.source},
           {"time", rfc3339(record.time_ms)},   {"events", Json::array()},   {"rules_version", rules.hash()}};
  if (record.kind == RecordKind::command) return out;
  auto events = decoder_.decode(record);
  if (!events) {
    out["error"] = events.error().message;
    return out;
  }
  for (const Event& event : *events) out["events"].push_back(trace_event(reader, record, event, rules));
  return out;
}

Json RecordHandler::trace_event(const Reader& reader, const RecordView& record, const Event& event, RuleSet& rules) {
  Evaluation evaluation = evaluator_.evaluate(reader, event, record.time_ms, rules);
  Json out{{"id", event.id},
           {"type", event.type},
           {"subject", event.subject},
           {"time", rfc3339(event.time_ms)},
           {"tenant", evaluation.tenancy.tenant},
           {"data", Json::parse(event.data, nullptr, false)},
           {"call", evaluation.about_call ? Json(evaluation.call.id()) : Json()},
           {"rules", Json::array()}};
  auto seen = find_seen(reader, seen_hash(event));
  out["duplicate"] = seen && seen->seq != record.seq;
  size_t at = 0;
  for (const RuleTrace& run : evaluation.runs) {
    Json effects = Json::array();
    for (; at < run.effects_end; ++at) effects.push_back(to_json(evaluation.effects[at]));
    out["rules"].push_back({{"rule", run.rule},
                            {"steps", run.steps},
                            {"memory_bytes", run.memory_bytes},
                            {"us", run.us},
                            {"effects", std::move(effects)}});
  }
  if (evaluation.failure) out["error"] = *evaluation.failure;
  if (evaluation.reply) out["reply"] = *evaluation.reply;
  return out;
}

}  // namespace hookswitch
