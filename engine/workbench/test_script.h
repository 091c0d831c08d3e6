// One file of rule tests: a Lua state of its own, the tests that the file names, and running one of them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/rules/modules.h"
#include "engine/rules/sandbox.h"
#include "engine/workbench/rule_bench.h"
#include "engine/workbench/rule_tests.h"

namespace hookswitch {

/// A test as its file registered it.
struct NamedTest {
  std::string name;
  int line = 0;
  int function = LUA_NOREF;   // of the registry
  int parameter = LUA_NOREF;  // one case of a table of them
};

/// What the C functions behind `t` and `engine` share.
struct TestContext {
  std::string folder;                // of the file: fixtures are below it
  std::string text;                  // of the file
  std::vector<NamedTest> tests;      // registered so far
  RuleBench* bench = nullptr;        // while a test runs
  std::vector<std::string> failure;  // of the check that failed first; pcall does not hide it
  int failure_line = 0;
  std::vector<std::string> hints;  // about what was read since the last check that passed; shown if the next one fails
};

class TestScript {
 public:
  /// `shown_file` names it in results. `library` must outlive the script.
  TestScript(std::string file, std::string shown_file, const LibraryFiles& library);

  /// Runs the file, which registers its tests. The failure is that of the whole file.
  std::expected<void, RuleTestResult> load();
  const std::vector<NamedTest>& tests() const { return context_.tests; }
  /// Never fails: what goes wrong is in the result.
  RuleTestResult run(const NamedTest& test, RuleBench& bench);

  static TestContext& context_of(lua_State* lua);

 private:
  RuleTestResult failed(const RuleError& error, RuleTestResult result) const;

  const std::string file_;
  const std::string shown_file_;
  Sandbox sandbox_;
  TestContext context_;
};

/// Push the tables `t` (what require "hookswitch.test" gives) and `engine`.
void push_test_module(lua_State* lua);
void push_test_engine(lua_State* lua);

/// The bench of the running test; an error of the test outside of one.
RuleBench& bench_of(lua_State* lua);

/// Pushes what came of an event: the result of engine:deliver and its like.
void push_outcome(lua_State* lua, const BenchOutcome& outcome);

/// Pushes a call as rules see it: times in milliseconds, unknown fields absent.
void push_call(lua_State* lua, const Call& call);

/// Pushes the JSON value; if it is an object, reading a field that is neither there nor one of `known` is an error.
void push_known(lua_State* lua, const Json& value, const char* name, const std::vector<std::string_view>& known);

}  // namespace hookswitch
