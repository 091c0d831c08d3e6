// Versions of the rules on disk.
#include "engine/rules/rule_archive.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "engine/rules/rule_set.h"
#include "tests/unit/rules/memory_world.h"

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

RuleSource source_of(RuleDir& dir) {
  auto source = read_rule_source(dir.path());
  REQUIRE(source);
  return *source;
}

RuleSource version(const std::string& text) {
  RuleDir dir;
  dir.add("one.lua", "return {} -- " + text);
  return source_of(dir);
}

TEST_CASE("a version that was kept is loaded as it was, modules in folders included") {
  RuleDir dir, data;
  dir.add("one.lua", "local b = require 'lib.a.b'\nreturn { name = b, on = 'x', handle = function() end }");
  dir.add("lib/a/b.lua", "return 'named'");
  RuleSource source = source_of(dir);
  RuleArchive archive(data.path() + "/rules");
  REQUIRE(archive.save(source));
  REQUIRE(archive.save(source));
  auto again = archive.load(source.hash);
  REQUIRE(again);
  CHECK(again->hash == source.hash);
  CHECK(again->rules == source.rules);
  auto rules = RuleSet::load(std::move(*again), {});
  REQUIRE(rules);
  CHECK((*rules)->rules()[0].name == "named");
  CHECK((*rules)->hash() == source.hash);
}

TEST_CASE("what is no version, not kept, or changed since is refused") {
  RuleDir data;
  RuleArchive archive(data.path());
  CHECK(archive.load("").error().code == Code::not_found);
  CHECK(archive.load("../../etc").error().code == Code::not_found);
  CHECK(archive.load(std::string(64, 'a')).error().code == Code::not_found);
  RuleSource source = version("x");
  REQUIRE(archive.save(source));
  std::ofstream(data.path() + "/" + source.hash + "/one.lua") << "return { }";
  CHECK(archive.load(source.hash).error().code == Code::corrupt);
  REQUIRE(archive.save(source));
  CHECK(archive.load(source.hash));
}

TEST_CASE("versions that are not what they were are removed by name, and the others stay") {
  RuleDir data;
  RuleArchive archive(data.path() + "/rules");
  REQUIRE(archive.remove_damaged());
  std::vector<RuleSource> versions;
  for (const char* text : {"sound", "changed", "lost"}) versions.push_back(version(text));
  for (const RuleSource& each : versions) REQUIRE(archive.save(each));
  std::ofstream(data.path() + "/rules/" + versions[1].hash + "/one.lua") << "return { }";
  fs::remove(data.path() + "/rules/" + versions[2].hash + "/one.lua");
  std::vector<std::string> expected{versions[1].hash, versions[2].hash};
  std::ranges::sort(expected);
  CHECK(archive.remove_damaged() == expected);
  CHECK(archive.load(versions[0].hash));
  CHECK_FALSE(fs::exists(data.path() + "/rules/" + versions[1].hash));
  CHECK(archive.remove_damaged()->empty());
}

TEST_CASE("a version half written by a process that died is written anew") {
  RuleDir data;
  RuleArchive archive(data.path());
  fs::create_directories(data.path() + "/.unfinished/lib");
  std::ofstream(data.path() + "/.unfinished/stale.lua") << "return";
  RuleSource source = version("x");
  REQUIRE(archive.save(source));
  CHECK(archive.load(source.hash));
}

TEST_CASE("the oldest versions that nobody names go when there are too many") {
  RuleDir data;
  RuleArchive archive(data.path());
  std::vector<std::string> hashes;
  auto start = fs::file_time_type::clock::now();
  for (int n = 0; n < 6; ++n) {
    RuleSource source = version(std::to_string(n));
    REQUIRE(archive.save(source));
    fs::last_write_time(data.path() + "/" + source.hash, start + std::chrono::seconds(n));
    hashes.push_back(source.hash);
  }
  archive.trim(6, {});
  CHECK(archive.load(hashes[0]));
  archive.trim(3, {hashes[1]});
  CHECK_FALSE(archive.load(hashes[0]));
  CHECK(archive.load(hashes[1]));
  CHECK_FALSE(archive.load(hashes[2]));
  CHECK_FALSE(archive.load(hashes[3]));
  CHECK(archive.load(hashes[4]));
  CHECK(archive.load(hashes[5]));
}

}  // namespace
}  // namespace hookswitch
