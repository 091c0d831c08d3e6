// The bytes of a kept trace. Written for every event, so it must be cheap; read when somebody asks.
#include "engine/base/limits.h"
#include "engine/processor/event_trace.h"
#include "engine/state/varint.h"

namespace hookswitch {
namespace {

constexpr char kVersion = 1;
constexpr uint8_t kPerCall = 128;

void put_json(std::string& out, const Json& value) {
  static thread_local std::string cbor;
  cbor.clear();
  Json::to_cbor(value, cbor);
  put_varint_sized(out, cbor);
}

void put_dimensions(std::string& out, const std::map<std::string, std::string>& dimensions) {
  put_varint(out, dimensions.size());
  for (const auto& [name, value] : dimensions) {
    put_varint_sized(out, name);
    put_varint_sized(out, value);
  }
}

void put_wish(std::string& out, const CallUpdate& wish) { put_json(out, wish.fields); }
void put_wish(std::string& out, const ContactPut& wish) { put_json(out, wish.contact); }
void put_wish(std::string& out, const AgentPut& wish) { put_json(out, wish.agent); }
void put_wish(std::string& out, const Reply& wish) { put_json(out, wish.reply); }
void put_wish(std::string& out, const TimerCancel& wish) { put_varint_sized(out, wish.key); }
void put_wish(std::string& out, const MemoryDelete& wish) { put_varint_sized(out, wish.key); }

template <class Kpi>
  requires std::is_same_v<Kpi, KpiAdd> || std::is_same_v<Kpi, KpiObserve>
void put_wish(std::string& out, const Kpi& wish) {
  put_varint_sized(out, wish.name);
  put_zigzag(out, wish.micros);
  put_dimensions(out, wish.dimensions);
}

void put_wish(std::string& out, const ActivityAdd& wish) {
  put_json(out, wish.entry);
  put_varint(out, wish.time_ms ? 1 : 0);
  if (wish.time_ms) put_zigzag(out, *wish.time_ms);
}

void put_wish(std::string& out, const TimerSet& wish) {
  put_varint_sized(out, wish.key);
  put_zigzag(out, wish.at_ms);
  put_varint_sized(out, wish.name);
  put_json(out, wish.data);
}

void put_wish(std::string& out, const MemoryPut& wish) {
  put_varint_sized(out, wish.key);
  put_varint_sized(out, wish.json);
}

void put_wish(std::string& out, const ActionAsk& wish) {
  for (const std::string* text : {&wish.about, &wish.type, &wish.source}) put_varint_sized(out, *text);
  put_json(out, wish.params);
  put_zigzag(out, wish.at_ms);
  put_zigzag(out, wish.priority);
}

void put_wish(std::string& out, const TaskSchedule& wish) { put_json(out, wish.wish); }

void put_wish(std::string& out, const TaskComplete& wish) {
  put_varint_sized(out, wish.task);
  put_varint_sized(out, wish.outcome);
}

void put_wish(std::string& out, const TaskCancel& wish) {
  put_varint_sized(out, wish.task);
  put_varint_sized(out, wish.reason);
}

void put_wish(std::string& out, const TaskRetry& wish) {
  put_varint_sized(out, wish.task);
  put_varint_sized(out, wish.outcome);
  put_zigzag(out, wish.at_ms.value_or(-1));
}

void put_effect(std::string& out, const Effect& effect) {
  out += static_cast<char>(effect.wish.index() | (effect.per_call ? kPerCall : 0));
  std::visit([&](const auto& wish) { put_wish(out, wish); }, effect.wish);
}

// Takes fields off the front; after the first that is not there everything is empty and ok() false.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : left_(bytes) {}
  bool ok() const { return ok_; }
  bool done() const { return left_.empty(); }
  uint64_t number() { return checked(take_varint(left_)); }
  int64_t signed_number() { return checked(take_zigzag(left_)); }
  std::string text() { return std::string(checked(take_varint_sized(left_))); }

  uint8_t byte() {
    if (left_.empty()) return checked(std::optional<uint8_t>());
    auto out = static_cast<uint8_t>(left_.front());
    left_.remove_prefix(1);
    return out;
  }

  Json json() {
    Json out = Json::from_cbor(checked(take_varint_sized(left_)), true, false);
    ok_ = ok_ && !out.is_discarded();
    return out;
  }

  std::map<std::string, std::string> dimensions() {
    std::map<std::string, std::string> out;
    for (uint64_t left = number(); ok_ && left > 0; --left) {
      std::string name = text();
      out[name] = text();
    }
    return out;
  }

 private:
  template <class T>
  T checked(std::optional<T> value) {
    if (!value) ok_ = false;
    return value.value_or(T{});
  }

  std::string_view left_;
  bool ok_ = true;
};

void take_wish(Fields& in, CallUpdate& wish) { wish.fields = in.json(); }
void take_wish(Fields& in, ContactPut& wish) { wish.contact = in.json(); }
void take_wish(Fields& in, AgentPut& wish) { wish.agent = in.json(); }
void take_wish(Fields& in, Reply& wish) { wish.reply = in.json(); }
void take_wish(Fields& in, TimerCancel& wish) { wish.key = in.text(); }
void take_wish(Fields& in, MemoryDelete& wish) { wish.key = in.text(); }

template <class Kpi>
  requires std::is_same_v<Kpi, KpiAdd> || std::is_same_v<Kpi, KpiObserve>
void take_wish(Fields& in, Kpi& wish) {
  wish.name = in.text();
  wish.micros = in.signed_number();
  wish.dimensions = in.dimensions();
}

void take_wish(Fields& in, ActivityAdd& wish) {
  wish.entry = in.json();
  if (in.number() != 0) wish.time_ms = in.signed_number();
}

void take_wish(Fields& in, TimerSet& wish) {
  wish.key = in.text();
  wish.at_ms = in.signed_number();
  wish.name = in.text();
  wish.data = in.json();
}

void take_wish(Fields& in, MemoryPut& wish) {
  wish.key = in.text();
  wish.json = in.text();
}

void take_wish(Fields& in, ActionAsk& wish) {
  for (std::string* text : {&wish.about, &wish.type, &wish.source}) *text = in.text();
  wish.params = in.json();
  wish.at_ms = in.signed_number();
  wish.priority = in.signed_number();
}

void take_wish(Fields& in, TaskSchedule& wish) { wish.wish = in.json(); }

void take_wish(Fields& in, TaskComplete& wish) {
  wish.task = in.text();
  wish.outcome = in.text();
}

void take_wish(Fields& in, TaskCancel& wish) {
  wish.task = in.text();
  wish.reason = in.text();
}

void take_wish(Fields& in, TaskRetry& wish) {
  wish.task = in.text();
  wish.outcome = in.text();
  int64_t at_ms = in.signed_number();
  if (at_ms >= 0) wish.at_ms = at_ms;
}

// The alternative of that number, read; false: there is none.
template <size_t kind = 0>
bool take_kind(Fields& in, size_t wanted, Wish& out) {
  if constexpr (kind < std::variant_size_v<Wish>) {
    if (kind != wanted) return take_kind<kind + 1>(in, wanted, out);
    take_wish(in, out.emplace<kind>());
    return in.ok();
  }
  return false;
}

bool take_run(Fields& in, const std::vector<std::string>& rules, EventTrace& trace) {
  RuleTrace run;
  uint64_t rule = in.number();
  run.rule = rule < rules.size() ? rules[rule] : "?";
  run.steps = in.number();
  run.memory_bytes = in.number();
  run.us = static_cast<int64_t>(in.number());
  for (uint64_t effects = in.number(); in.ok() && effects > 0; --effects) {
    Effect effect;
    uint8_t kind = in.byte();
    effect.rule = run.rule;
    effect.per_call = (kind & kPerCall) != 0;
    if (!take_kind(in, kind & ~kPerCall, effect.wish)) return false;
    trace.effects.push_back(std::move(effect));
  }
  run.effects_end = trace.effects.size();
  trace.runs.push_back(std::move(run));
  return in.ok();
}

// How many of the effects, from the first one on, fit; their bytes go to `out` one after another, ends to `ends`.
void put_effects(const Effects& effects, std::string& out, std::vector<size_t>& ends) {
  for (const Effect& effect : effects) {
    put_effect(out, effect);
    if (out.size() > limits::kTraceBytes) break;
    ends.push_back(out.size());
  }
}

}  // namespace

void encode_trace(const Event& event, const Evaluation& evaluation, const std::vector<RuleInfo>& rules,
                  std::string& out) {
  static thread_local std::string effects;
  static thread_local std::vector<size_t> ends;
  effects.clear();
  ends.clear();
  put_effects(evaluation.effects, effects, ends);
  out += kVersion;
  put_varint(out, event.seq);
  put_varint(out, event.index);
  put_varint_sized(out, evaluation.about_call ? evaluation.call.id() : std::string_view());
  put_varint_sized(out, evaluation.tenancy.tenant);
  put_varint_sized(out, evaluation.failure ? std::string_view(*evaluation.failure).substr(0, limits::kTraceBytes) : "");
  put_varint(out, evaluation.effects.size() - ends.size());
  size_t rule = 0, effect = 0, from = 0;
  for (const RuleTrace& run : evaluation.runs) {
    while (rule < rules.size() && rules[rule].name != run.rule) ++rule;  // they run in this order
    put_varint(out, rule);
    put_varint(out, run.steps);
    put_varint(out, run.memory_bytes);
    put_varint(out, static_cast<uint64_t>(std::max<int64_t>(run.us, 0)));
    size_t end = std::max(effect, std::min(run.effects_end, ends.size()));
    put_varint(out, end - effect);
    size_t to = end == 0 ? 0 : ends[end - 1];
    out.append(effects, from, to - from);
    effect = end;
    from = to;
  }
}

std::optional<EventTrace> decode_trace(std::string_view bytes, const std::vector<std::string>& rules) {
  Fields in(bytes);
  EventTrace trace;
  if (in.byte() != kVersion) return std::nullopt;
  trace.seq = in.number();
  trace.index = static_cast<uint32_t>(in.number());
  trace.call = in.text();
  trace.tenant = in.text();
  trace.failure = in.text();
  trace.left_out = in.number();
  while (in.ok() && !in.done()) {
    if (!take_run(in, rules, trace)) return std::nullopt;
  }
  return in.ok() ? std::optional(std::move(trace)) : std::nullopt;
}

}  // namespace hookswitch
