#include "engine/processor/facts.h"

#include <catch2/catch.hpp>

namespace hookswitch {
namespace {

Call call_of(const Event& event) {
  FactReader reader;
  auto data = reader.read(event.data);
  REQUIRE(data);
  Call call;
  merge_facts(event, EventData(*data), call);
  return call;
}

Event ended(std::string data) {
  Event event;
  event.id = "e1";
  event.type = "call.ended";
  event.time_ms = 1'766'000'060'000;
  event.time_from_provider = true;
  event.data = std::move(data);
  return event;
}

TEST_CASE("a call that ended began its duration before") {
  Call call = call_of(ended(R"({"duration_secs":60})"));
  CHECK(call.integer(CallField::started_at) == 1'766'000'000'000);
  CHECK(call.integer(CallField::ended_at) == 1'766'000'060'000);
}

TEST_CASE("durations and times that no clock could show are not reckoned with") {
  const char* durations[] = {"-9223372036854775808", "9223372036854775807", "31622401", "-1", "1e300"};
  for (const char* duration : durations) {
    CAPTURE(duration);
    Call call = call_of(ended(R"({"duration_secs":)" + std::string(duration) + "}"));
    CHECK(call.get(CallField::duration_secs) == FieldValue());
    CHECK(call.integer(CallField::started_at) == 1'766'000'060'000);
  }
  for (const char* time : {"-9223372036854775808", "9223372036854775807"}) {
    CAPTURE(time);
    Call begun = call_of(ended(R"({"duration_secs":60,"started_at":)" + std::string(time) + "}"));
    CHECK(begun.integer(CallField::started_at) == std::stoll(time));
    Call over = call_of(ended(R"({"duration_secs":60,"ended_at":)" + std::string(time) + "}"));
    CHECK(over.integer(CallField::ended_at) == std::stoll(time));
  }
}

TEST_CASE("of two verdicts without a time of their own the same one counts in any order") {
  auto verdict = [](const char* id, const char* by, int64_t arrived_ms) {
    Event event;
    event.id = id;
    event.type = "call.machine";
    event.time_ms = arrived_ms;
    event.data = R"({"answered_by":")" + std::string(by) + "\"}";
    return event;
  };
  auto answered_by = [](const std::vector<Event>& events) {
    Call call;
    for (const Event& event : events) {
      FactReader reader;
      auto data = reader.read(event.data);
      REQUIRE(data);
      merge_facts(event, EventData(*data), call);
    }
    return call.to_json()["metadata"]["answered_by"];
  };
  const std::string first = answered_by({verdict("one", "machine_start", 1'000), verdict("other", "human", 2'000)});
  CHECK(answered_by({verdict("other", "human", 1'000), verdict("one", "machine_start", 2'000)}) == first);
}

TEST_CASE("that one provider has no recording takes away nothing, whenever it says so, and a rule may") {
  auto tells = [](const char* id, bool recorded, int64_t time_ms, bool from_provider) {
    Event event;
    event.id = id;
    event.type = "call.recording";
    event.time_ms = time_ms;
    event.time_from_provider = from_provider;
    event.data = std::string(R"({"has_recording":)") + (recorded ? "true}" : "false}");
    return event;
  };
  auto merged = [](const std::vector<Event>& events) {
    Call call;
    for (const Event& event : events) {
      FactReader reader;
      merge_facts(event, EventData(*reader.read(event.data)), call);
    }
    return call;
  };
  const Event without = tells("conversation", false, 9'000, true), with = tells("recording", true, 5'000, false);
  CHECK(merged({without}).get(CallField::has_recording) == FieldValue(false));
  CHECK(merged({with, without}).get(CallField::has_recording) == FieldValue(true));
  CHECK(merged({without, with, without}) == merged({with, without}));
  Call call = merged({without, with});
  REQUIRE(call.update("has_recording", false, rule_stamp(without, 0)));
  CHECK(call.get(CallField::has_recording) == FieldValue(false));
}

}  // namespace
}  // namespace hookswitch
