#include "tests/fuzz/rule_runs.h"

#include "engine/base/check.h"

namespace hookswitch::fuzz {
namespace {

MemoryWorld world_of() {
  MemoryWorld world;
  world.current = a_call();
  world.calls["call_2"] = a_call();
  world.contacts["c1"] = {{"id", "c1"}, {"name", "Ana"}, {"phones", {"+13105551234"}}};
  world.agents["xyz"] = {{"id", "xyz"}, {"tenant", "B1/L1"}};
  world.memories["r/known"] = R"({"n":1})";
  return world;
}

std::string outcome_of(const Result<std::unique_ptr<RuleSet>>& rules, const Event& event) {
  return rules ? run(**rules, event) : rules.error().message;
}

}  // namespace

Result<std::unique_ptr<RuleSet>> rules_of(const std::string& text) {
  RuleSource source;
  source.rules["fuzz.lua"] = text;
  source.library["lib.fuzz"] = "return { twice = function(text) return text .. text end }";
  source.hash = "fuzz";
  return RuleSet::load(std::move(source), kSmallLimits);
}

std::string run(RuleSet& rules, const Event& event, std::optional<RuleError>* failed) {
  MemoryWorld world = world_of();
  auto ran = rules.run(event, world);
  if (!ran && failed != nullptr) *failed = ran.error();
  return (ran ? "ok" : ran.error().message()) + "\n" + dump(world.shown());
}

void check_twice(const std::string& rule, const Event& event) {
  // Both there at once: Lua seeds its hashes with their addresses, so their tables have different orders.
  const auto one = rules_of(rule), other = rules_of(rule);
  std::string first = outcome_of(one, event), second = outcome_of(other, event);
  ENSURE(first == second, "first: {}\nsecond: {}", first, second);
}

Json bytes_of(std::string_view text) {
  Json out = Json::array();
  for (unsigned char byte : text) out.push_back(byte);
  return out;
}

}  // namespace hookswitch::fuzz
