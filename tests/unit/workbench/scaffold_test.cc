// A new rule and its test.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "engine/rules/rule_set.h"
#include "engine/workbench/lint.h"
#include "engine/workbench/rule_tests.h"
#include "engine/workbench/scaffold.h"
#include "tests/support/temp_dir.h"

namespace hookswitch {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("a new rule loads, nothing is wrong with it, and its test passes as it is") {
  test::TempDir dir;
  auto files = write_rule_scaffold(dir.path(), "vip_calls2");
  REQUIRE(files);
  CHECK((*files)[0] == dir.path() + "/vip_calls2.lua");
  CHECK((*files)[1] == dir.path() + "/tests/vip_calls2_test.lua");
  auto source = read_rule_source(dir.path());
  auto rules = RuleSet::load(dir.path(), {});
  REQUIRE((source && rules));
  CHECK(lint(*source, (*rules)->rules(), {}, {}).empty());

  Providers providers;
  RuleTestOptions options;
  options.rules_dir = dir.path();
  auto report = run_rule_tests(providers, options);
  REQUIRE(report);
  CHECK(report->passed() == 2);
  CHECK(report->failed() == 0);
}

TEST_CASE("a new rule overwrites nothing and leaves no half behind") {
  test::TempDir dir;
  REQUIRE(write_rule_scaffold(dir.path(), "mine"));
  std::ofstream(dir.path() + "/mine.lua") << "changed";
  auto again = write_rule_scaffold(dir.path(), "mine");
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Code::conflict);
  CHECK(text_of(dir.path() + "/mine.lua") == "changed");

  std::ofstream(dir.path() + "/tests/other_test.lua") << "kept";
  REQUIRE_FALSE(write_rule_scaffold(dir.path(), "other"));
  CHECK_FALSE(std::ifstream(dir.path() + "/other.lua").good());
  CHECK(text_of(dir.path() + "/tests/other_test.lua") == "kept");
}

TEST_CASE("a rule's name is a word") {
  test::TempDir dir;
  for (const char* name : {"", "Big", "1st", "a b", "../up", "a/b", "a.lua", "_a", "\xc8\x99"}) {
    INFO(name);
    auto made = write_rule_scaffold(dir.path(), name);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Code::invalid);
  }
  CHECK(write_rule_scaffold(dir.path(), std::string(64, 'a')));
  CHECK_FALSE(write_rule_scaffold(dir.path(), std::string(65, 'a')));
}

}  // namespace
}  // namespace hookswitch
