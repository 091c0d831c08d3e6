// A kept trace says what ran, whatever the effects were.
#include "engine/processor/event_trace.h"

#include <catch2/catch.hpp>
#include <random>

#include "engine/base/limits.h"

namespace hookswitch {
namespace {

const std::vector<RuleInfo> kRules{{.name = "first"}, {.name = "second"}, {.name = "third", .per_call = true}};
const std::vector<std::string> kNames{"first", "second", "third"};

const std::vector<Wish> kWishes{
    CallUpdate{{{"disposition", "resolved"}, {"metadata", {{"n", 1.5}, {"deep", Json::array({1, nullptr, true})}}}}},
    KpiAdd{"calls", -1'500'000, {{"intent", "scheduling"}, {"agent", "a"}}},
    KpiObserve{"duration_secs", 19'000'000, {}},
    ActivityAdd{{{"kind", "call"}, {"title", "Țăran \"called\""}}, {}},
    ActivityAdd{{{"kind", "call"}}, -5},
    TimerSet{"remind:1", 1'766'002'500'000, "remind", {{"n", 1}}},
    TimerCancel{"remind:1"},
    ContactPut{{{"id", "c1"}, {"phones", {"+40712345678"}}}},
    AgentPut{{{"id", "a1"}}},
    MemoryPut{"key", "{\"a\":1}"},
    MemoryDelete{"key"},
    Reply{{{"twiml", "<Response/>"}}},
};

Event an_event() {
  Event event;
  event.seq = 300;
  event.index = 2;
  return event;
}

// Each rule asks for some of the wishes.
Evaluation an_evaluation(std::mt19937& random) {
  Evaluation out;
  out.tenancy.tenant = "B1/L1";
  out.about_call = true;
  out.call.set(CallField::id, std::string("call_1"));
  for (const RuleInfo& rule : kRules) {
    if (random() % 4 == 0) continue;
    for (auto left = random() % 6; left > 0; --left) {
      out.effects.push_back({rule.name, rule.per_call, kWishes[random() % kWishes.size()]});
    }
    out.runs.push_back(
        {rule.name, random(), random() % 1'000, static_cast<int64_t>(random() % 100), out.effects.size()});
  }
  if (random() % 3 == 0) out.failure = "second.lua:3: rule second: it failed";
  return out;
}

std::string encoded(const Evaluation& evaluation) {
  std::string out;
  encode_trace(an_event(), evaluation, kRules, out);
  return out;
}

TEST_CASE("what is kept of a run is shown as the run itself would be") {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    Evaluation evaluation = an_evaluation(random);
    auto trace = decode_trace(encoded(evaluation), kNames);
    REQUIRE(trace);
    CHECK(to_json(*trace) == to_json(trace_of(an_event(), evaluation)));
    CHECK(trace->seq == 300);
    CHECK(trace->index == 2);
  }
}

TEST_CASE("every kind of effect survives") {
  for (const Wish& wish : kWishes) {
    Evaluation evaluation;
    evaluation.effects.push_back({"third", true, wish});
    evaluation.runs.push_back({"third", 1, 2, 3, 1});
    auto trace = decode_trace(encoded(evaluation), kNames);
    REQUIRE(trace);
    REQUIRE(trace->effects.size() == 1);
    CHECK(to_json(trace->effects[0]) == to_json(evaluation.effects[0]));
  }
}

TEST_CASE("effects beyond the size of a trace are left out and counted, up to it they are kept") {
  Evaluation evaluation;
  const std::string large(limits::kTraceBytes / 4, 'x');
  for (int n = 0; n < 5; ++n) evaluation.effects.push_back({"first", false, MemoryPut{"key", large}});
  evaluation.effects.push_back({"second", false, KpiAdd{"calls", 1, {}}});
  evaluation.runs = {{"first", 1, 2, 3, 5}, {"second", 4, 5, 6, 6}};
  auto trace = decode_trace(encoded(evaluation), kNames);
  REQUIRE(trace);
  CHECK(trace->effects.size() == 3);
  CHECK(trace->left_out == 3);
  CHECK(trace->runs.size() == 2);
  CHECK(trace->runs[1].steps == 4);
  CHECK(to_json(*trace)["effects_left_out"] == 3);
}

TEST_CASE("a trace of rules that are not known names none") {
  Evaluation evaluation;
  evaluation.runs = {{"second", 1, 2, 3, 0}};
  CHECK(decode_trace(encoded(evaluation), {})->runs[0].rule == "?");
}

TEST_CASE("damaged bytes are no trace, and break nothing") {
  std::mt19937 random(5);
  CHECK_FALSE(decode_trace("", kNames));
  for (int round = 0; round < 300; ++round) {
    std::string bytes = encoded(an_evaluation(random));
    for (size_t cut = 0; cut < bytes.size(); cut += 1 + random() % 7) {
      decode_trace(std::string_view(bytes).substr(0, cut), kNames);
    }
    bytes[random() % bytes.size()] = static_cast<char>(random());
    decode_trace(bytes, kNames);
  }
}

}  // namespace
}  // namespace hookswitch
