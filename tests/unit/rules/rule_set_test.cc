// Rule files: what is loaded, in which order it runs, and what is refused.
#include <catch2/catch.hpp>

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
    {"effect":"kpi_add","name":"appointments_booked","micros":1000000,"dimensions":{},"rule":"appointments"},
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

}  // namespace
}  // namespace hookswitch
