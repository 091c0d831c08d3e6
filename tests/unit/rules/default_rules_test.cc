// The rules that come with the engine, on recorded deliveries.
#include <fstream>

#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

const std::string kSource = HOOKSWITCH_SOURCE_DIR;

Json read_json_file(const std::string& path) {
  std::ifstream file(kSource + "/" + path);
  INFO(path);
  REQUIRE(file);
  return Json::parse(file);
}

std::unique_ptr<RuleSet> default_rules() {
  auto set = RuleSet::load(kSource + "/rules", {});
  INFO((set ? std::string() : set.error().message));
  REQUIRE(set);
  return std::move(*set);
}

/// What the engine itself merges into the call before rules run.
void merge_facts(const Json& data, MemoryWorld& world) {
  for (const char* name : {"status", "direction", "from", "to", "agent_id", "summary", "outcome", "started_at",
                           "ended_at", "duration_secs", "cost", "currency", "caller_name", "variables"}) {
    if (data.contains(name)) REQUIRE(world.current->update(name, data[name], Stamp{1, 1, 0}));
  }
}

struct Seen {
  std::map<std::string, std::string> call;
  std::vector<std::string> kpis;
  std::vector<std::string> activities;
  Json reply;
};

/// Runs all default rules over one event.
Seen see(const Json& event_json, MemoryWorld world = {}) {
  const auto set = default_rules();
  world.current = a_call();
  Event event = an_event(event_json["type"], dump(event_json["data"]));
  event.wants_reply = event_json.value("wants_reply", false);
  merge_facts(event_json["data"], world);
  auto ran = set->run(event, world);
  INFO((ran ? std::string() : ran.error().message()));
  REQUIRE(ran);
  Seen seen;
  for (const CallFieldInfo& info : call_fields()) {
    if (!world.current->text(info.field).empty()) seen.call[info.name] = world.current->text(info.field);
  }
  for (const Json& effect : world.shown()) {
    const std::string kind = effect["effect"];
    if (kind == "kpi_add" || kind == "kpi_observe") seen.kpis.push_back(effect["name"]);
    if (kind == "activity_add") seen.activities.push_back(effect["entry"]["kind"]);
    if (kind == "reply") seen.reply = effect["reply"];
  }
  return seen;
}

TEST_CASE("each case of default_rules.json gives the call, KPIs, feed and reply written there") {
  for (const Json& one : read_json_file("tests/unit/rules/default_rules.json")) {
    INFO(one["case"].get<std::string>());
    MemoryWorld world;
    if (one.contains("contact")) world.contacts[one["contact"]["id"]] = one["contact"];
    if (one.contains("agent")) world.agents[one["agent"]["id"]] = one["agent"];
    const Seen seen = see(one["event"], world);
    const Json call = one.value("call", Json::object());
    for (const auto& [field, value] : call.items()) {
      INFO(field);
      CHECK((seen.call.contains(field) ? Json(seen.call.at(field)) : Json()) == value);
    }
    if (one.contains("kpis")) CHECK(Json(seen.kpis) == one["kpis"]);
    if (one.contains("activities")) CHECK(Json(seen.activities) == one["activities"]);
    if (one.contains("reply")) CHECK(seen.reply == one["reply"]);
  }
}

TEST_CASE("every recorded delivery passes all default rules") {
  const auto set = default_rules();
  for (const char* folder : {"elevenlabs", "twilio"}) {
    for (const auto& entry : std::filesystem::directory_iterator(kSource + "/tests/fixtures/" + folder)) {
      if (!entry.path().string().ends_with(".events.json")) continue;
      const Json recorded = Json::parse(std::ifstream(entry.path()));
      const Json events = recorded.value("events", Json::array());
      for (const Json& event_json : events) {
        MemoryWorld world;
        world.current = a_call();
        Event event = an_event(event_json["type"], dump(event_json["data"]));
        event.wants_reply = event_json.value("wants_reply", false);
        merge_facts(event_json["data"], world);
        auto ran = set->run(event, world);
        INFO(entry.path().string() << (ran ? "" : ": " + ran.error().message()));
        CHECK(ran);
      }
    }
  }
}

TEST_CASE("rules for whole calls run last and not for events about no call") {
  const auto set = default_rules();
  bool whole_call = false;
  for (const RuleInfo& rule : set->rules()) {
    CHECK((rule.per_call || !whole_call));
    whole_call = rule.per_call;
  }
  CHECK(whole_call);
  MemoryWorld nobody;
  REQUIRE(set->run(an_event("timer.daily"), nobody));
  CHECK(nobody.effects.empty());
}

}  // namespace
}  // namespace hookswitch
