#include "engine/processor/facts.h"

#include <algorithm>
#include <array>

#include "engine/base/hash.h"
#include "engine/processor/member_text.h"
#include "engine/state/call_duration.h"

namespace hookswitch {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

// Fields that are taken over as they are.
struct Plain {
  Member member;
  CallField field;
};
constexpr std::array kPlain{
    Plain{Member::agent_id, CallField::agent_id},
    Plain{Member::direction, CallField::direction},
    Plain{Member::from, CallField::from},
    Plain{Member::to, CallField::to},
    Plain{Member::caller_name, CallField::caller_name},
    Plain{Member::duration_secs, CallField::duration_secs},
    Plain{Member::cost, CallField::cost},
    Plain{Member::currency, CallField::currency},
    Plain{Member::summary, CallField::summary},
    Plain{Member::outcome, CallField::outcome},
    Plain{Member::status, CallField::status},
    Plain{Member::has_recording, CallField::has_recording},
};

// Ids in data.external_ids that name something else than the call.
constexpr std::array kForeignIds{"recording_sid", "message_sid", "account_sid"};

// Events whose own time says when the call was going on.
constexpr std::array kCallTimes{"call.incoming", "call.initiated", "call.ringing",       "call.answered",
                                "call.ended",    "call.failed",    "conversation.ended", "conversation.starting"};

bool tells_call_time(std::string_view type) { return std::ranges::find(kCallTimes, type) != kCallTimes.end(); }

FieldValue value_of(const element& value, FieldType type) {
  switch (type) {
    case FieldType::text:
      if (value.is_string()) return std::string(std::string_view(value));
      return {};
    case FieldType::boolean:
      if (value.is_bool()) return bool(value);
      return {};
    case FieldType::number:
      if (value.is_number()) return value.get_double().value();
      return {};
    case FieldType::integer:
    case FieldType::time_ms:
      if (value.is_int64()) return value.get_int64().value();
      if (value.is_double() && std::abs(value.get_double().value()) < 9e15) {
        return static_cast<int64_t>(value.get_double().value());
      }
      return {};
  }
  return {};
}

bool known(const FieldValue& value) { return !std::holds_alternative<std::monostate>(value); }

std::optional<int64_t> integer(const EventData& data, Member member) {
  const element* value = data.get(member);
  if (value == nullptr) return std::nullopt;
  FieldValue got = value_of(*value, FieldType::integer);
  return known(got) ? std::optional(std::get<int64_t>(got)) : std::nullopt;
}

// That one of two providers has no recording does not take the other's away, whenever either says so.
constexpr Stamp kGivesWay{};

bool is_absence(CallField field, const FieldValue& value) {
  return field == CallField::has_recording && value == FieldValue(false);
}

void merge_plain(const EventData& data, const Stamp& stamp, Call& call) {
  for (const Plain& plain : kPlain) {
    const element* value = data.get(plain.member);
    if (value == nullptr) continue;
    FieldValue got = value_of(*value, call_fields()[static_cast<size_t>(plain.field)].type);
    if (plain.field == CallField::status && (!known(got) || !status_rank(std::get<std::string>(got)))) continue;
    const Stamp& says = is_absence(plain.field, got) ? kGivesWay : stamp;
    if (known(got)) call.merge(plain.field, std::move(got), says);
  }
}

int64_t duration_ms_of(const EventData& data) {
  int64_t secs = integer(data, Member::duration_secs).value_or(0);
  return is_duration(static_cast<double>(secs)) ? secs * 1000 : 0;
}

// The time itself where the sum would be none.
int64_t moved(int64_t time_ms, int64_t by_ms) {
  int64_t sum = 0;
  return __builtin_add_overflow(time_ms, by_ms, &sum) ? time_ms : sum;
}

// Times the provider states come first; else the event's own time is the best there is, less the duration for an end.
void merge_times(const Event& event, const EventData& data, const Stamp& stamp, Call& call) {
  int64_t duration_ms = duration_ms_of(data);
  auto started = integer(data, Member::started_at);
  auto answered = integer(data, Member::answered_at);
  auto ended = integer(data, Member::ended_at);
  bool final = event.type == "call.ended" || event.type == "call.failed" || event.type == "conversation.ended";
  if (!ended && final) ended = started && duration_ms > 0 ? moved(*started, duration_ms) : event.time_ms;
  if (!started && tells_call_time(event.type)) started = final ? moved(*ended, -duration_ms) : event.time_ms;
  if (!answered && event.type == "call.answered") answered = event.time_ms;
  if (started) call.merge(CallField::started_at, *started, stamp);
  if (answered) call.merge(CallField::answered_at, *answered, stamp);
  if (ended) call.merge(CallField::ended_at, *ended, stamp);
}

void merge_variables(const EventData& data, const Stamp& stamp, Call& call) {
  auto variables = data.object(Member::variables);
  if (!variables) return;
  for (auto [key, value] : *variables) call.merge_variable(key, simdjson::minify(value), stamp);
}

// Single facts that have no field of their own.
void merge_details(const EventData& data, const Stamp& stamp, Call& call) {
  using enum Member;
  constexpr std::array kDetails{termination_reason, reason,        error_code, answered_by, language,        title,
                                sip_code,           batch_call_id, user_id,    agent_name,  data_collection, evaluation,
                                cost_credits};
  for (Member member : kDetails) {
    const element* value = data.get(member);
    if (value != nullptr && !value->is_null()) {
      call.merge_metadata(member_name(member), simdjson::minify(*value), stamp);
    }
  }
}

}  // namespace

Result<object> FactReader::read(std::string_view data) {
  object out;
  auto error = parser_.parse(data.data(), data.size()).get_object().get(out);
  if (error != simdjson::SUCCESS) {
    return fail(Code::invalid, "read the event's data: found {}, expected a JSON object",
                simdjson::error_message(error));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> call_ids(const EventData& data) {
  std::vector<std::pair<std::string, std::string>> out;
  auto ids = data.object(Member::external_ids);
  if (!ids) return out;
  for (auto [kind, value] : *ids) {
    if (!value.is_string() || std::ranges::find(kForeignIds, kind) != kForeignIds.end()) continue;
    std::string_view id = value;
    if (!id.empty()) out.emplace_back(kind, id);
  }
  std::ranges::sort(out);
  return out;
}

Stamp event_stamp(const Event& event) {
  return {static_cast<uint8_t>(event.time_from_provider ? 1 : 0), event.time_ms, hash64(event.id) & ~Stamp::kWriteBits};
}

Stamp rule_stamp(const Event& event, uint32_t n) {
  Stamp stamp = event_stamp(event);
  stamp.tie |= std::min<uint64_t>(n + 1, Stamp::kWriteBits);
  return stamp;
}

// Of two that say different things and when neither, such as verdicts on a voicemail, the id decides, not which of them
// arrived first.
Stamp detail_stamp(const Event& event) {
  Stamp stamp = event_stamp(event);
  if (!event.time_from_provider) stamp.time_ms = 0;
  return stamp;
}

void merge_facts(const Event& event, const EventData& data, Call& call) {
  Stamp stamp = event_stamp(event);
  merge_plain(data, stamp, call);
  merge_times(event, data, stamp, call);
  merge_variables(data, stamp, call);
  merge_details(data, detail_stamp(event), call);
}

std::optional<Turns> transcript_of(const EventData& data, std::string_view text) {
  const element* transcript = data.get(Member::transcript);
  simdjson::dom::array turns;
  if (transcript == nullptr || transcript->get(turns) != simdjson::SUCCESS || turns.size() == 0) return std::nullopt;
  auto count = static_cast<int64_t>(turns.size());
  auto written = member_text(text, "transcript");
  bool one_line = written && !written->contains('\n') && !written->contains('\r');
  return Turns{one_line ? std::string(*written) : simdjson::minify(turns), count};
}

}  // namespace hookswitch
