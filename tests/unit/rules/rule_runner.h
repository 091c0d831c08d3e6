// Running a few lines of Lua as a rule, and looking at what they gave.
#pragma once

#include <catch2/catch.hpp>

#include "tests/unit/rules/memory_world.h"

namespace hookswitch {

/// A set with one rule, whose handler's result is remembered.
class Runner {
 public:
  explicit Runner(const std::string& body, RuleLimits limits = {}) {
    dir_.add("rule.lua", "local function compute(event, ctx) " + body + "\nend\n" + R"(return {
      name = "r", on = "*",
      handle = function(event, ctx)
        local value = compute(event, ctx)
        if value ~= nil then ctx.state:put("result", value) end
      end })");
    auto loaded = RuleSet::load(dir_.path(), limits);
    INFO((loaded ? std::string() : loaded.error().message));
    REQUIRE(loaded);
    set_ = std::move(*loaded);
  }

  std::expected<void, RuleError> run(const Event& event = an_event()) {
    return set_->run(event, world, [this](const RuleRun& run) { last = run; });
  }

  MemoryWorld world;
  RuleRun last;

 private:
  RuleDir dir_;
  std::unique_ptr<RuleSet> set_;
};

/// What the lines return, as JSON.
inline Json value_of(const std::string& body, const Event& event = an_event()) {
  Runner runner(body);
  runner.world.current = a_call();
  auto ran = runner.run(event);
  INFO(body);
  INFO((ran ? std::string() : ran.error().message()));
  REQUIRE(ran);
  auto found = runner.world.memories.find("r/result");
  return found == runner.world.memories.end() ? Json() : Json::parse(found->second);
}

/// Why the lines failed.
inline RuleError error_of(const std::string& body, RuleLimits limits = {}) {
  Runner runner(body, limits);
  runner.world.current = a_call();
  auto ran = runner.run();
  INFO(body);
  REQUIRE_FALSE(ran);
  return ran.error();
}

}  // namespace hookswitch
