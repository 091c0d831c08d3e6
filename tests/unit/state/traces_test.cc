// Traces of what ran, and which rules ruled from where on.
#include "engine/state/traces.h"

#include <catch2/catch.hpp>

#include "engine/base/limits.h"
#include "engine/state/rule_versions.h"
#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

std::vector<std::string> traces_at(TempStore& temp, uint64_t position) {
  std::vector<std::string> out;
  visit_traces(*temp.read(), position, [&](std::string_view trace) { out.emplace_back(trace); });
  return out;
}

// `per_position` traces for each position from `first` to `last`, "<position>.<n>", each `bytes` long at least.
void add_batch(TempStore& temp, uint64_t first, uint64_t last, uint64_t keep, int per_position = 1, size_t bytes = 0) {
  temp.write([&](Writer& writer) {
    TraceRows rows(writer);
    for (uint64_t position = first; position <= last; ++position) {
      for (int n = 0; n < per_position; ++n) {
        std::string trace = std::to_string(position) + "." + std::to_string(n);
        trace.resize(std::max(bytes, trace.size()), ' ');
        rows.add(position, trace);
      }
    }
    rows.finish(keep, 1'000);
  });
}

TEST_CASE("a trace is found by its position, also when many share a row and batches follow each other") {
  TempStore temp;
  add_batch(temp, 1, 100, 1'000);
  add_batch(temp, 101, 101, 1'000);
  add_batch(temp, 150, 160, 1'000, 2);
  CHECK(traces_at(temp, 1) == std::vector<std::string>{"1.0"});
  CHECK(traces_at(temp, 77) == std::vector<std::string>{"77.0"});
  CHECK(traces_at(temp, 101) == std::vector<std::string>{"101.0"});
  CHECK(traces_at(temp, 155) == std::vector<std::string>{"155.0", "155.1"});
  CHECK(traces_at(temp, 120).empty());
  CHECK(traces_at(temp, 161).empty());
  CHECK(first_traced(*temp.read()) == 1);
  CHECK(count_traces(*temp.read()) == 123);
}

TEST_CASE("the traces of one position may fill several rows") {
  TempStore temp;
  add_batch(temp, 7, 7, 1'000, 1);
  add_batch(temp, 8, 9, 1'000, 20, limits::kTraceRowBytes / 3);
  add_batch(temp, 10, 10, 1'000, 1);
  CHECK(traces_at(temp, 7).size() == 1);
  CHECK(traces_at(temp, 8).size() == 20);
  CHECK(traces_at(temp, 9).size() == 20);
  CHECK(traces_at(temp, 10).size() == 1);
}

TEST_CASE("no more than the newest traces are kept, and never fewer than asked for") {
  TempStore temp;
  constexpr uint64_t kKeep = 50;
  for (uint64_t first = 1; first < 1'000; first += 10) {
    add_batch(temp, first, first + 9, kKeep, 1, 300);
    uint64_t last = first + 9;
    uint64_t kept = count_traces(*temp.read());
    CHECK(kept >= std::min(last, kKeep));
    CHECK(kept < kKeep + 10);  // whole rows go
    CHECK(first_traced(*temp.read()) == last - kept + 1);
    CHECK(traces_at(temp, first_traced(*temp.read())).size() == 1);
  }
  add_batch(temp, 2'000, 2'000, 0);
  CHECK(count_traces(*temp.read()) == 0);
  CHECK(first_traced(*temp.read()) == 0);
}

TEST_CASE("trimming is done a few rows at a time") {
  TempStore temp;
  for (uint64_t position = 1; position <= 20; ++position) add_batch(temp, position, position, 100);
  temp.write([](Writer& writer) {
    TraceRows rows(writer);
    rows.add(21, "21.0");
    rows.finish(1, 5);
  });
  CHECK(first_traced(*temp.read()) == 6);
}

TEST_CASE("a position of which the first traces are gone does not count as kept") {
  TempStore temp;
  add_batch(temp, 1, 2, 1'000, 20, limits::kTraceRowBytes / 3);
  add_batch(temp, 3, 3, 5, 1);
  CHECK(first_traced(*temp.read()) == 3);
}

TEST_CASE("a record is told which rules handled it") {
  TempStore temp;
  const RuleVersion one{1, 1'000, "aa", {"x", "y"}}, two{10, 2'000, "bb", {"y"}}, again{20, 3'000, "aa", {"x", "y"}};
  for (const RuleVersion& version : {one, two, again}) {
    temp.write([&](Writer& writer) { note_rule_version(writer, version); });
  }
  auto reader = temp.read();
  CHECK(rule_version_at(*reader, 0) == std::nullopt);
  CHECK(rule_version_at(*reader, 1) == one);
  CHECK(rule_version_at(*reader, 9) == one);
  CHECK(rule_version_at(*reader, 10) == two);
  CHECK(rule_version_at(*reader, 1'000) == again);
  CHECK(rule_versions(*reader, 2) == std::vector<RuleVersion>{again, two});
  CHECK(rule_versions(*reader, 0).empty());
}

TEST_CASE("rules that go on ruling after a restart are not noted again") {
  TempStore temp;
  temp.write([](Writer& writer) { note_rule_version(writer, {1, 1'000, "aa", {"x"}}); });
  temp.write([](Writer& writer) { note_rule_version(writer, {5, 2'000, "aa", {"x"}}); });
  CHECK(rule_versions(*temp.read(), 10).size() == 1);
}

TEST_CASE("the list of versions is bounded, the oldest are forgotten") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (uint64_t seq = 1; seq <= limits::kRuleVersionRows + 1; ++seq) {
      note_rule_version(writer, {seq, 0, std::to_string(seq), {}});
    }
  });
  auto reader = temp.read();
  CHECK(reader->count(Table::rule_versions) == limits::kRuleVersionRows);
  CHECK(rule_version_at(*reader, 1) == std::nullopt);
  CHECK(rule_version_at(*reader, 2)->hash == "2");
}

}  // namespace
}  // namespace hookswitch
