// `hookswitch test` as people and build servers run it.
#include <catch2/catch.hpp>

#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

constexpr const char* kFails = R"(local t = require "hookswitch.test"
t.test("an outcome is what it is not", function(engine)
  local e = engine:event { type = "conversation.ended", call = "c1", data = { outcome = "escalated" } }
  t.equal(e.call.disposition, "resolved")
end)
)";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("the exit code says whether all tests passed, and the last line how many") {
  EngineProcess engine;
  std::string out;
  CHECK(engine.run("test --filter appointment", &out) == 0);
  CHECK(has(out, " passed, 0 failed\n"));

  TempDir folder;
  const std::string file = folder.write("wrong_test.lua", kFails);
  CHECK(engine.run("test " + file, &out) == 1);
  CHECK(has(out, "FAILED  an outcome is what it is not\n  " + file + ":4\n"));
  CHECK(has(out, "    e.call.disposition: expected \"resolved\", got \"escalated\"\n0 passed, 1 failed\n"));
  CHECK(engine.run("test " + folder.path() + "/none", &out) == 1);
  CHECK(has(out, "there is no file or folder"));
  CHECK(engine.run("test --filter appointmint", &out) == 1);
  CHECK(has(out, "no test was found with this text in its name"));
  CHECK(engine.run("test --no-such-option", &out) == 2);
}

TEST_CASE("programs get JSON, build servers JUnit's XML, and coverage comes on demand") {
  EngineProcess engine;
  TempDir folder;
  const std::string file = folder.write("wrong_test.lua", kFails);
  std::string out;
  CHECK(engine.run("--json test --coverage " + file + " --junit " + folder.path() + "/out.xml", &out) == 1);
  const Json report = Json::parse(out, nullptr, false);
  REQUIRE(report.is_object());
  CHECK(report["failed"] == 1);
  CHECK(report["tests"][0]["line"] == 4);
  CHECK(report["coverage"].size() > 5);
  CHECK(has(read_file(folder.path() + "/out.xml"), "<testsuites tests=\"1\" failures=\"1\">"));
}

}  // namespace
}  // namespace hookswitch::test
