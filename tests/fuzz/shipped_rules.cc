// Deliveries that plugins decode, and the rules that come with the engine: whatever a provider sends, no rule fails, so
// nothing becomes a dead letter for its form. Events that nobody would make may fail a rule, and nothing more.
#include "engine/base/check.h"
#include "engine/base/parsed_object.h"
#include "tests/fuzz/delivery.h"
#include "tests/fuzz/rule_runs.h"

namespace hookswitch::fuzz {
namespace {

RuleSet& shipped() {
  static const auto rules = [] {
    auto loaded = RuleSet::load(std::string(HOOKSWITCH_SOURCE_DIR) + "/rules", {});
    ENSURE(loaded, "{}", loaded.error().message);
    return std::move(*loaded);
  }();
  return *rules;
}

Event event_of(const Source& source, const DecodedEvent& decoded) {
  Event out = an_event(decoded.type, decoded.data);
  out.id = decoded.id;
  out.subject = decoded.subject;
  out.source = source.name();
  out.provider = source.provider();
  if (decoded.time_ms != 0) out.time_ms = decoded.time_ms;
  out.raw = decoded.raw;
  out.wants_reply = decoded.wants_reply;
  out.parsed = decoded.parsed;
  return out;
}

void try_delivery(const std::string& provider, std::string_view input) {
  const auto source = source_of(provider);
  for (const DecodedEvent& decoded : check_decode(*source, read_delivery(input), "delivery")) {
    std::optional<RuleError> failed;
    run(shipped(), event_of(*source, decoded), &failed);
    ENSURE(!failed, "{}: {}", decoded.type, failed->message());
  }
}

void try_event(Input in) {
  Event event = an_event(std::string(in.line()));
  event.raw = in.line();
  event.data = in.rest();
  if (!ParsedObject::parse(event.data) || !Json::accept(event.raw)) return;
  std::string first = run(shipped(), event), second = run(shipped(), event);
  ENSURE(first == second, "first: {}\nsecond: {}", first, second);
}

}  // namespace

// The first line is a provider, whose delivery follows, or else an event's type; then come its raw and its data.
void try_input(std::string_view input) {
  Input in(input);
  std::string first(in.line());
  if (first == "elevenlabs" || first == "twilio") return try_delivery(first, in.rest());
  try_event(Input(input));
}

}  // namespace hookswitch::fuzz
