// Rule files: what is loaded, in which order it runs, and what is refused.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/unit/rules/memory_world.h"

namespace hookswitch {
namespace {

std::unique_ptr<RuleSet> loaded(const RuleDir& dir) {
  auto set = RuleSet::load(dir.path(), {});
  INFO((set ? std::string() : set.error().message));
  REQUIRE(set);
  return std::move(*set);
}

std::vector<RuleError> errors_of(const RuleDir& dir) {
  std::vector<RuleError> errors;
  CHECK_FALSE(RuleSet::load(dir.path(), {}, &errors));
  return errors;
}

TEST_CASE("the rule of the contract updates the call, counts and tells") {
  RuleDir dir;
  dir.add("appointments.lua", R"(return {
    name = "appointments", on = "conversation.ended",
    handle = function(event, ctx)
      if event.data.outcome ~= "appointment_booked" then return end
      ctx.call:update { disposition = "resolved", intent = "scheduling" }
      ctx.kpi:add("appointments_booked")
      ctx.activity:add { kind = "appointment", title = "Appointment booked", call = ctx.call.id }
    end })");
  MemoryWorld world;
  world.current = a_call();
  const auto set = loaded(dir);
  auto ran = set->run(an_event("conversation.ended", R"({"outcome":"appointment_booked"})"), world);
  INFO((ran ? std::string() : ran.error().message()));
  REQUIRE(ran);
  CHECK(world.shown() == Json::parse(R"([
    {"effect":"call_update","fields":{"disposition":"resolved","intent":"scheduling"},"rule":"appointments"},
    {"effect":"kpi_add","name":"appointments_booked","amount":1,"dimensions":{},"rule":"appointments"},
    {"effect":"activity_add","entry":{"kind":"appointment","title":"Appointment booked","call":"call_1"},
     "rule":"appointments"}])"));
  CHECK(world.current->text(CallField::intent) == "scheduling");
}

TEST_CASE("all errors of all files are reported, each with its file and line") {
  RuleDir dir;
  dir.add("a.lua", "return {").add("b.lua", "local x = nil\nreturn x.y").add("c.lua", "return 5");
  dir.add("d.lua", "return { name = 'd', on = 'call.*', handel = function() end }");
  const auto errors = errors_of(dir);
  REQUIRE(errors.size() == 4);
  CHECK(errors[0].message().find("a.lua:1: ") == 0);
  CHECK(errors[1].message() == "b.lua:2: attempt to index a nil value (local 'x')");
  CHECK(errors[2].message() == "c.lua: the file returns number, expected a rule or a list of rules");
  CHECK(errors[3].message() == "d.lua: rule d: a rule has no field 'handel': did you mean 'handle'?");
}

TEST_CASE("a mark of UTF-8 before a rule is no part of it") {
  RuleDir dir;
  dir.add("a.lua", "\xef\xbb\xbfreturn { name = 'a', on = '*', handle = function() end }");
  CHECK(loaded(dir)->rules().size() == 1);
}

TEST_CASE("a rule file that is a link to nothing is refused") {
  RuleDir dir;
  std::filesystem::create_symlink("nowhere.lua", dir.path() + "/vip.lua");
  auto set = RuleSet::load(dir.path(), {});
  REQUIRE_FALSE(set);
  CHECK_THAT(set.error().message, Catch::Contains("vip.lua: cannot be read"));
}

TEST_CASE("rules run by priority, then file name, then place; rules for whole calls last") {
  RuleDir dir;
  const std::string handle = ", on = '*', handle = function(_, ctx) ctx.kpi:add('x') end }";
  dir.add("b.lua", "return { name = 'b'" + handle);
  dir.add("a.lua", "return { { name = 'a2', per = 'call', priority = 9" + handle + ", { name = 'a1'" + handle + " }");
  dir.add("c.lua", "return { name = 'c', priority = 1" + handle);
  MemoryWorld world;
  const auto set = loaded(dir);
  world.current = a_call();
  REQUIRE(set->run(an_event(), world));
  std::vector<std::string> order;
  for (const Effect& effect : world.effects) order.push_back(effect.rule);
  CHECK(order == std::vector<std::string>{"c", "a1", "b", "a2"});
  CHECK(world.effects[3].per_call);
}

TEST_CASE("a rule hears the types its patterns cover") {
  RuleDir dir;
  dir.add("a.lua",
          "return { name = 'a', on = {'call.*', 'timer.check'}, handle = function(_, ctx) ctx.kpi:add('x') end }");
  const auto set = loaded(dir);
  for (const auto& [type, heard] : std::map<std::string, size_t>{{"call.ended", 1},
                                                                 {"call.", 1},
                                                                 {"call", 0},
                                                                 {"timer.check", 1},
                                                                 {"timer.checks", 0},
                                                                 {"x.call.ended", 0}}) {
    MemoryWorld world;
    REQUIRE(set->run(an_event(type), world));
    INFO(type);
    CHECK(world.effects.size() == heard);
  }
}

TEST_CASE("two rules cannot have one name") {
  RuleDir dir;
  dir.add("a.lua", "return { name = 'same', on = 'x', handle = function() end }");
  dir.add("b.lua", "return { name = 'same', on = 'x', handle = function() end }");
  const auto errors = errors_of(dir);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].message() == "b.lua: rule same: name: a rule of a.lua is called 'same' too, expected another name");
}

TEST_CASE("the first rule that fails stands for the event") {
  RuleDir dir;
  dir.add("a.lua", "return { name = 'a', on = 'x', handle = function() error('no') end }");
  dir.add("b.lua", "return { name = 'b', on = 'x', handle = function(_, ctx) ctx.kpi:add('x') end }");
  const auto set = loaded(dir);
  MemoryWorld world;
  std::vector<std::string> runs;
  auto ran = set->run(an_event("x"), world, [&](const RuleRun& run) { runs.push_back(run.rule->name); });
  REQUIRE_FALSE(ran);
  CHECK(ran.error().rule == "a");
  CHECK(runs == std::vector<std::string>{"a"});
  CHECK(world.effects.empty());
}

TEST_CASE("words that files compile when they are loaded count as the rules' memory") {
  RuleDir dir;
  for (int i = 1; i <= 20; ++i) {
    dir.add("r" + std::to_string(i) + ".lua",
            "local words = require 'hookswitch.text'.keywords { [('a '):rep(4e5)] = 1 } "
            "return { name = 'r" +
                std::to_string(i) + "', on = 'x', handle = function() return words end }");
  }
  const auto errors = errors_of(dir);
  REQUIRE(!errors.empty());
  CHECK(errors.front().kind == RuleError::Kind::memory);
}

/// A world whose directory fails in the way code we do not own can fail.
struct ThrowingWorld final : World {
  Tenancy whose;
  const Tenancy& tenancy() const override { return whose; }
  const Call* call() const override { return nullptr; }
  std::optional<Call> find_call(std::string_view) override { return std::nullopt; }
  std::optional<Json> contact(std::string_view) override { throw std::runtime_error("the page is torn"); }
  std::optional<Json> find_contact(std::string_view) override { return std::nullopt; }
  std::optional<Json> agent(std::string_view) override { return std::nullopt; }
  std::optional<std::string> memory(std::string_view, std::string_view) override { return std::nullopt; }
  std::optional<Json> task(std::string_view) override { return std::nullopt; }
  std::optional<Json> timer(std::string_view) override { return std::nullopt; }
  Status add(Effect) override { return {}; }
};

TEST_CASE("a C++ exception behind ctx becomes the rule's error") {
  RuleDir dir;
  dir.add("a.lua", "return { name = 'a', on = 'x', handle = function(_, ctx) ctx.contacts:get('p') end }");
  const auto set = loaded(dir);
  ThrowingWorld world;
  auto ran = set->run(an_event("x"), world);
  REQUIRE_FALSE(ran);
  CHECK(ran.error().message() == "a.lua:1: rule a: the page is torn");
}

}  // namespace
}  // namespace hookswitch
