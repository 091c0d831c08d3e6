// The examples of rules/README.md work as they stand there.
#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

std::vector<std::string> examples() {
  std::ifstream file(HOOKSWITCH_SOURCE_DIR "/rules/README.md");
  REQUIRE(file);
  std::vector<std::string> out;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "```lua") out.emplace_back();
    if (inside && line != "```") out.back() += line + "\n";
    inside = line == "```lua" || (inside && line != "```");
  }
  return out;
}

TEST_CASE("whole files of the README load, and its lines run as a handler") {
  size_t files = 0;
  for (const std::string& example : examples()) {
    INFO(example);
    if (example.find("handle =") == std::string::npos) {
      value_of(example);
      continue;
    }
    ++files;
    RuleDir dir;
    dir.add("example.lua", example);
    CHECK(RuleSet::load(dir.path(), {}));
  }
  CHECK(files == 2);
}

}  // namespace
}  // namespace hookswitch
