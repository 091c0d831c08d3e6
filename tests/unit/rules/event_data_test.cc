// What editors are told of each event type's data is what recorded deliveries decode into, field by field.
#include <set>
#include <sstream>

#include "engine/state/actions.h"
#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = HOOKSWITCH_SOURCE_DIR;

struct Described {
  std::map<std::string, bool> fields;  // name -> may be missing
  std::string base;
};

/// The classes of a stub file by name, and the data class of every event type that an event class names.
struct Stubs {
  std::map<std::string, Described> classes;
  std::map<std::string, std::string> data_of;  // event type -> class of its data
};

/// "name type  what for" behind "---@field ": a type that ends with ? or |nil may be missing, `any` always may.
void add_field(const std::string& line, const std::string& of, Stubs& stubs, std::string& type) {
  std::istringstream words(line.substr(std::string("---@field ").size()));
  std::string name, kind;
  words >> name;
  std::getline(words >> std::ws, kind);
  kind = kind.substr(0, kind.find("  "));
  if (name == "type" && kind.starts_with('"')) type = kind.substr(1, kind.size() - 2);
  if (name == "data" && !type.empty()) stubs.data_of[type] = kind;
  if (name.starts_with('[')) return;
  stubs.classes[of].fields[name] = kind.ends_with('?') || kind.ends_with("|nil") || kind == "any";
}

void read_stubs(const std::string& file, Stubs& stubs) {
  std::ifstream text(kSource / "rules/_meta" / file);
  REQUIRE(text);
  std::string of, type;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("---@class ")) {
      std::istringstream words(line.substr(10));
      std::string base;
      words >> of >> base;
      if (of.ends_with(':')) of.pop_back();
      type.clear();
      stubs.classes[of].base = base;
    } else if (line.starts_with("---@field ") && !of.empty()) {
      add_field(line, of, stubs, type);
    }
  }
}

Stubs stubs() {
  Stubs out;
  read_stubs("event.lua", out);
  read_stubs("data.lua", out);
  return out;
}

std::map<std::string, bool> fields_of(const Stubs& stubs, const std::string& name) {
  auto found = stubs.classes.find(name);
  if (found == stubs.classes.end()) return {};
  std::map<std::string, bool> out = found->second.fields;
  for (const auto& field : fields_of(stubs, found->second.base)) out.insert(field);
  return out;
}

/// The data of every recorded event, by type.
std::map<std::string, std::vector<Json>> recorded() {
  std::map<std::string, std::vector<Json>> out;
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "tests/fixtures")) {
    if (!entry.path().string().ends_with(".events.json")) continue;
    std::ifstream file(entry.path());
    const Json expected = Json::parse(file);
    for (const Json& event : expected.at("events")) out[event.at("type")].push_back(event.at("data"));
  }
  REQUIRE(out.size() > 10);
  return out;
}

TEST_CASE("every event type that a provider makes has a class of its data, and every class an event") {
  const Stubs described = stubs();
  std::set<std::string> made, told;
  for (const auto& [type, events] : recorded()) made.insert(type);
  for (const auto& [type, data] : described.data_of) told.insert(type);
  CHECK(told == made);
}

TEST_CASE("no recorded event has a field that its class does not name") {
  const Stubs described = stubs();
  for (const auto& [type, events] : recorded()) {
    const auto fields = fields_of(described, described.data_of.at(type));
    for (const Json& data : events) {
      for (const auto& [name, value] : data.items()) {
        INFO(type << " has " << name);
        CHECK(fields.contains(name));
      }
    }
  }
}

TEST_CASE("every recorded event has the fields that its class promises") {
  const Stubs described = stubs();
  for (const auto& [type, events] : recorded()) {
    for (const auto& [name, may_be_missing] : fields_of(described, described.data_of.at(type))) {
      INFO(type << " promises " << name);
      for (const Json& data : events) CHECK((may_be_missing || data.contains(name)));
    }
  }
}

TEST_CASE("the data of any event is that of all types together") {
  const Stubs described = stubs();
  std::set<std::string> all, together = {"timer"};
  for (const auto& [name, optional] : fields_of(described, "EventData")) all.insert(name);
  for (const auto& [type, data] : described.data_of) {
    for (const auto& [name, optional] : fields_of(described, data)) together.insert(name);
  }
  CHECK(all == together);
}

TEST_CASE("every recorded event type has a name that editors complete, or is its provider's own") {
  std::ifstream file(kSource / "rules/_meta/event.lua");
  std::ostringstream text;
  text << file.rdbuf();
  for (const auto& [type, events] : recorded()) {
    const bool own = type.starts_with("twilio.") || type.starts_with("elevenlabs.");
    INFO(type);
    CHECK((own || text.str().find("---| \"" + type + "\"") != std::string::npos));
  }
}

TEST_CASE("editors know every field of the action that an event is about") {
  const Stubs described = stubs();
  std::set<std::string> told, has;
  for (const auto& [name, optional] : fields_of(described, "Action")) told.insert(name);
  const Json action = Action().to_json();
  for (const auto& [name, value] : action.items()) has.insert(name);
  CHECK(told == has);
  CHECK(fields_of(described, "ActionEvent").contains("data"));
  CHECK(fields_of(described, "ActionData").contains("action"));
}

}  // namespace
}  // namespace hookswitch
