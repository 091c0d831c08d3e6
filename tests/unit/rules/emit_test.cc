#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {

TEST_CASE("ctx.emit asks for one action of type emit, the same for the same record") {
  Runner runner("ctx.emit('log', {a = 1}) ctx.emit('log', {a = 1}) ctx.emit('log', {a = 2}) ctx.emit('log', {}, 'k')");
  REQUIRE(runner.run());
  std::vector<ActionAsk> asked;
  for (const Effect& effect : runner.world.effects) asked.push_back(std::get<ActionAsk>(effect.wish));
  REQUIRE(asked.size() == 4);
  CHECK(asked[0].type == "emit");
  CHECK(asked[0].params == Json{{"sink", "log"}, {"record", {{"a", 1}}}});
  CHECK(asked[0].about == asked[1].about);
  CHECK(asked[0].about != asked[2].about);
  CHECK(asked[3].about.find("k") != std::string::npos);
}

TEST_CASE("ctx.emit takes a sink and a record, and says what else it found") {
  CHECK(error_of("ctx.emit()").reason.find("ctx.emit") != std::string::npos);
  CHECK(error_of("ctx.emit('log', 'text')").reason.find("record") != std::string::npos);
  CHECK(error_of("ctx.emit('log', {1, 2})").reason.find("named fields") != std::string::npos);
  CHECK(error_of("return ctx.emitt").reason == "ctx has no 'emitt': did you mean 'emit'?");
}

TEST_CASE("ctx.has_sink tells whether there is such a sink") {
  CHECK(value_of("return ctx.has_sink 'log'") == false);
  CHECK(error_of("ctx.has_sink()").reason.find("ctx.has_sink") != std::string::npos);
}

}  // namespace hookswitch
