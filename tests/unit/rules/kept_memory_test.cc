// What rules keep in variables outside `handle` does not take other rules' memory away.
#include <catch2/catch.hpp>

#include "tests/unit/rules/memory_world.h"

namespace hookswitch {
namespace {

constexpr RuleLimits kLimits{.memory_bytes = 1 << 20};

const char* kNeedy =
    "return { name = 'needy', on = {'fine', 'both'}, handle = function(_, ctx) "
    "ctx.kpi:add('made', #('x'):rep(350000)) end }";

std::unique_ptr<RuleSet> loaded(const RuleDir& dir) {
  auto set = RuleSet::load(dir.path(), kLimits);
  INFO((set ? std::string() : set.error().message));
  REQUIRE(set);
  return std::move(*set);
}

TEST_CASE("a rule whose list grows with every event ends no other rule's events") {
  RuleDir dir;
  dir.add("leaky.lua",
          "local seen = {} return { name = 'leaky', on = 'leaky', handle = function(event, ctx) "
          "seen[#seen + 1] = ('x'):rep(20000) .. #seen ctx.kpi:add('seen', #seen) end }");
  dir.add("needy.lua", kNeedy);
  const auto set = loaded(dir);
  MemoryWorld world;
  for (int i = 0; i < 200; ++i) REQUIRE(set->run(an_event("leaky"), world));
  CHECK(set->run(an_event("fine"), world));
  for (int i = 0; i < 200; ++i) {
    REQUIRE(set->run(an_event("leaky"), world));
    if (i % 10 == 0) REQUIRE(set->run(an_event("fine"), world));
  }
}

TEST_CASE("who keeps the memory stands for the event that finds none, and the next event finds some") {
  RuleDir dir;
  dir.add("a_hoarder.lua",
          "local kept return { name = 'hoarder', on = 'both', handle = function() kept = ('y'):rep(400000) end }");
  dir.add("needy.lua", kNeedy);
  const auto set = loaded(dir);
  MemoryWorld world;
  const auto ran = set->run(an_event("both"), world);
  REQUIRE_FALSE(ran);
  CHECK(ran.error().kind == RuleError::Kind::memory);
  CHECK(ran.error().message() ==
        "a_hoarder.lua: rule hoarder: it keeps more than 16384 bytes in variables outside `handle`, expected what has "
        "to be remembered in ctx.state");
  CHECK(set->run(an_event("fine"), world));
}

TEST_CASE("a rule that needs too much at once stands for itself") {
  RuleDir dir;
  dir.add("a.lua", "local few = { 1, 2 } return { name = 'a', on = '*', handle = function() return few end }");
  dir.add("b.lua",
          "return { name = 'b', on = '*', handle = function() local t = {} while true do t[#t + 1] = {} end end }");
  const auto set = loaded(dir);
  MemoryWorld world;
  const auto ran = set->run(an_event("x"), world);
  REQUIRE_FALSE(ran);
  CHECK(ran.error().rule == "b");
}

TEST_CASE("variables that stay small are kept as long as the rules") {
  RuleDir dir;
  dir.add("counter.lua",
          "local n = 0 return { name = 'counter', on = '*', handle = function(_, ctx) "
          "n = n + 1 local garbage = ('x'):rep(300000) .. n ctx.state:put('n', n) end }");
  const auto set = loaded(dir);
  MemoryWorld world;
  for (int i = 0; i < 20; ++i) REQUIRE(set->run(an_event("x"), world));
  CHECK(world.memories["counter/n"] == "20");
}

}  // namespace
}  // namespace hookswitch
