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

TEST_CASE("a folder or a file without any test fails, and it is said where none was found") {
  EngineProcess engine;
  TempDir folder;
  const std::string file = folder.write("shared.lua", "return {}");
  std::string out;
  for (const std::string& path : {folder.path(), file}) {
    CHECK(engine.run("test " + path, &out) == 1);
    CHECK(has(out, "no test was found in " + path + ", expected t.test(...) in files *_test.lua"));
  }
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

TEST_CASE("a configured tenant has its holidays and its window in a test") {
  EngineProcess engine(
      "  - {id: B3/L1, timezone: Europe/Bucharest, country: RO, holidays: [\"12-25\"],"
      " window: {days: mon-sun, from: \"09:00\", to: \"18:00\"}}\n");
  TempDir folder;
  const std::string file = folder.write("holiday_test.lua", R"(local t = require "hookswitch.test"
local function asked(engine, at)
  engine:tenant "B3/L1"
  engine:at(at)
  engine:put_task { tenant = "B3/L1", source = "twilio", to = "+40722123456" }
  engine:advance "1s"
  return #engine:actions()
end
t.test("rings", function(engine) t.equal(asked(engine, "2026-12-27T08:00:00Z"), 1) end) -- a Sunday
t.test("holiday", function(engine) t.equal(asked(engine, "2026-12-25T08:00:00Z"), 0) end)
t.test("night", function(engine) t.equal(asked(engine, "2026-12-28T18:00:00Z"), 0) end)
)");
  std::string out;
  CHECK(engine.run("test " + file, &out) == 0);
  INFO(out);
  CHECK(has(out, "3 passed, 0 failed\n"));
}

}  // namespace
}  // namespace hookswitch::test
