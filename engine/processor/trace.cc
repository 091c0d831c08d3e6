#include "engine/processor/trace.h"

#include "engine/base/time_text.h"
#include "engine/processor/command_event.h"
#include "engine/processor/event_trace.h"
#include "engine/processor/handler.h"
#include "engine/state/dead.h"
#include "engine/state/position.h"
#include "engine/state/rule_versions.h"
#include "engine/state/seen.h"
#include "engine/state/traces.h"

namespace hookswitch {
namespace {

// What came of fetching or sending something: our own words about it, without the headers of who answered.
Json result_in(const RecordView& record) {
  Json out = Json::object();
  for (const auto& [header, value] : record.headers()) {
    if (header.starts_with(':')) out[header.substr(1)] = value;
  }
  if (!record.blob.empty()) out["bytes"] = record.blob_bytes;
  return out;
}

Json about_record(const RecordView& record, const char* as) {
  Json out{
      {"seq", record.seq}, {"kind", name(record.kind)}, {"source", record.source}, {"time", rfc3339(record.time_ms)},
      {"as", as},          {"events", Json::array()}};
  if (record.kind == RecordKind::result) out["result"] = result_in(record);
  return out;
}

Json about_event(const Event& event) {
  return {{"seq", event.seq},
          {"index", event.index},
          {"id", event.id},
          {"type", event.type},
          {"subject", event.subject},
          {"time", rfc3339(event.time_ms)},
          {"data", parse_json(event.data)}};
}

void note_duplicate(const Reader& reader, const Event& event, Json& out) {
  auto seen = find_seen(reader, seen_hash(event));
  bool duplicate = seen && seen->seq != event.seq;
  out["duplicate"] = duplicate;
  if (duplicate) out["duplicate_of"] = seen->seq;
}

std::vector<EventTrace> kept_traces(const Reader& reader, uint64_t position, const std::vector<std::string>& rules) {
  std::vector<EventTrace> out;
  visit_traces(reader, position, [&](std::string_view bytes) {
    if (auto trace = decode_trace(bytes, rules)) out.push_back(std::move(*trace));
  });
  return out;
}

// What the record decodes into, each event with its run; an event without one was a duplicate. Runs of other records'
// events are those that a command redrove.
Json events_then(const Reader& reader, const std::vector<Event>& decoded, std::vector<EventTrace> kept) {
  Json out = Json::array();
  for (const Event& event : decoded) {
    Json shown = about_event(event);
    note_duplicate(reader, event, shown);
    shown["rules"] = Json::array();
    auto run = std::ranges::find_if(kept, [&](const EventTrace& trace) { return trace.index == event.index; });
    if (run != kept.end()) {
      shown.update(to_json(*run));
      kept.erase(run);
    }
    out.push_back(std::move(shown));
  }
  for (const EventTrace& trace : kept) {
    Json shown = to_json(trace);
    shown["seq"] = trace.seq;
    shown["index"] = trace.index;
    out.push_back(std::move(shown));
  }
  return out;
}

Status check_kept(const Reader& reader, uint64_t seq) {
  if (uint64_t position = read_position(reader); seq > position) {
    return fail(Code::conflict, "trace record {}: it is not processed yet, the newest processed one is {}", seq,
                position);
  }
  uint64_t first = first_traced(reader);
  if (first != 0 && seq >= first) return {};
  return fail(Code::not_found, "trace record {} as it ran: {}; rules=now shows what the present rules would do", seq,
              first == 0 ? std::string("nothing is kept of any record")
                         : fmt::format("kept is what ran from record {} on", first));
}

}  // namespace

Result<std::vector<Event>> events_of(const RecordView& record, const Decoder& decoder) {
  if (record.kind == RecordKind::command) return events_of_command(record);
  if (record.kind == RecordKind::result) return std::vector<Event>();
  return decoder.decode(record);
}

Result<Json> trace_then(const Reader& reader, const RecordView& record, const Result<std::vector<Event>>& events) {
  if (auto kept = check_kept(reader, record.seq); !kept) return std::unexpected(kept.error());
  RuleVersion version = rule_version_at(reader, record.seq).value_or(RuleVersion{});
  Json out = about_record(record, "then");
  out["rules_version"] = version.hash;
  out["rules_from"] = version.from_seq;
  auto dead = find_dead(reader, {record.seq, 0});
  std::vector<EventTrace> kept = kept_traces(reader, record.seq, version.rules);
  const bool unread = !events || (dead && kept.empty());
  if (unread) out["error"] = dead ? dead->reason : events.error().message;
  const std::vector<Event> none;
  out["events"] = events_then(reader, events ? *events : none, std::move(kept));
  return out;
}

Json RecordHandler::trace(const Reader& reader, const RecordView& record, RuleSet& rules) {
  Json out = about_record(record, "now");
  out["rules_version"] = rules.hash();
  auto events = events_of(record, decoder_);
  if (!events) {
    out["error"] = events.error().message;
    return out;
  }
  for (const Event& event : *events) {
    Json shown = about_event(event);
    note_duplicate(reader, event, shown);
    Evaluation evaluation = evaluator_.evaluate(reader, event, record.time_ms, rules);
    applier_.check(record, evaluation);
    shown.update(to_json(trace_of(event, evaluation)));
    out["events"].push_back(std::move(shown));
  }
  return out;
}

}  // namespace hookswitch
