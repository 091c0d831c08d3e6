// Changed rules are loaded beside the live ones, and what is bad stays out.
#include "engine/cli/rule_watch.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "tests/support/temp_dir.h"

namespace hookswitch::cli {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using test::TempDir;

std::string rule(const std::string& name) {
  return "return { name = '" + name + "', on = 'x', handle = function() end }\n";
}

/// What is logged while it lives.
class Logged {
 public:
  Logged() {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("", std::move(sink)));
  }
  ~Logged() { spdlog::set_default_logger(before_); }
  size_t count(const std::string& part) const {
    size_t found = 0;
    const std::string text = text_.str();
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  }

 private:
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  std::ostringstream text_;
};

struct Watched {
  TempDir dir;
  TempDir data;
  ManualClock clock{1};
  RuleArchive archive{data.path() + "/rules"};
  std::mutex mutex;
  std::vector<std::unique_ptr<RuleSet>> adopted;
  Result<RuleTestOutcome> outcome = RuleTestOutcome{};  // what tests come to; its version is made to fit
  std::atomic<int> tested = 0;
  std::function<void(int run)> meanwhile = [](int) {};  // while tests run
  std::unique_ptr<RuleWatch> watch;

  Result<std::unique_ptr<RuleSet>> open(RuleTestMode tests = RuleTestMode::off, const std::string& last_ruled = "",
                                        RulesReload reload = RulesReload::watch) {
    watch = std::make_unique<RuleWatch>(
        RuleWatch::Parts{.dir = dir.path(),
                         .limits = {},
                         .reload = reload,
                         .tests = tests,
                         .clock = clock,
                         .archive = archive,
                         .named = [] { return std::set<std::string>(); },
                         .test = [this](const std::string& rules, const auto&) { return run_tests(rules); },
                         .adopt =
                             [this](std::unique_ptr<RuleSet> rules) {
                               std::lock_guard lock(mutex);
                               adopted.push_back(std::move(rules));
                             }});
    return watch->first(last_ruled);
  }
  void start(RuleTestMode tests = RuleTestMode::off, RulesReload reload = RulesReload::watch) {
    auto first = open(tests, "", reload);
    REQUIRE(first);
    adopted.push_back(std::move(*first));
    watch->start();
  }
  Result<RuleTestOutcome> run_tests(const std::string& rules) {
    meanwhile(++tested);
    std::lock_guard lock(mutex);
    auto out = outcome;
    auto source = read_rule_source(rules);
    if (out && source) out->version = source->hash;
    return out;
  }
  void set_outcome(Result<RuleTestOutcome> wanted) {
    std::lock_guard lock(mutex);
    outcome = std::move(wanted);
  }

  size_t count() {
    std::lock_guard lock(mutex);
    return adopted.size();
  }
  std::string live() {
    std::lock_guard lock(mutex);
    return adopted.back()->rules().front().name;
  }
  std::string refusal() const {
    auto report = watch->report();
    return report.refused ? report.refused->errors.front().message() : "";
  }
};

RuleTestOutcome failing() {
  return {.passed = 3, .failed = 1, .failures = {{.file = "t.lua", .line = 7, .reason = "test 'a': wrong"}}};
}

TEST_CASE("a changed file is loaded by itself, kept by its hash, and not loaded twice") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start();
  one.dir.write("one.lua", rule("other"));
  REQUIRE(eventually([&] { return one.count() == 2; }));
  CHECK(one.live() == "other");
  CHECK(one.archive.load(one.adopted[0]->hash()));
  CHECK(one.archive.load(one.adopted[1]->hash()));
  one.watch->reload();
  one.dir.write("readme.txt", "no rule");
  one.dir.write("one.lua", rule("third"));
  REQUIRE(eventually([&] { return one.live() == "third"; }));
  CHECK(one.count() == 3);
  CHECK(one.watch->report().loads == 2);
}

TEST_CASE("a bad set is refused once with file and line, and a good one clears that") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start();
  one.dir.write("one.lua", "return {\n  name = ,\n}");
  REQUIRE(eventually([&] { return one.watch->report().refusals == 1; }));
  CHECK(one.refusal().starts_with("one.lua:2: "));
  CHECK(one.live() == "a");
  one.dir.write("two.lua", rule("b"));
  REQUIRE(eventually([&] { return one.watch->report().refusals == 2; }));
  one.dir.write("one.lua", rule("fixed"));
  REQUIRE(eventually([&] { return one.live() == "fixed"; }));
  CHECK(one.refusal().empty());
  CHECK(one.watch->report().refusals == 2);
}

TEST_CASE("going back to the live rules clears the refusal and swaps nothing") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start();
  one.dir.write("one.lua", "nonsense");
  REQUIRE(eventually([&] { return !one.refusal().empty(); }));
  one.dir.write("one.lua", rule("a"));
  REQUIRE(eventually([&] { return one.refusal().empty(); }));
  CHECK(one.count() == 1);
}

TEST_CASE("a directory that is emptied or taken away does not leave the engine without rules") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start();
  SECTION("emptied") { fs::remove(one.dir.path() + "/one.lua"); }
  SECTION("taken away") { fs::remove_all(one.dir.path()); }
  REQUIRE(eventually([&] { return !one.refusal().empty(); }));
  CHECK(one.live() == "a");
}

TEST_CASE("of a storm of changes the last one rules, and few in between") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start();
  for (int n = 0; n < 100; ++n) one.dir.write("one.lua", rule("n" + std::to_string(n)));
  REQUIRE(eventually([&] { return one.live() == "n99"; }));
  CHECK(one.count() < 20);
  CHECK(one.refusal().empty());
}

TEST_CASE("failing tests keep a set out when they block, and only warn otherwise") {
  auto mode = GENERATE(RuleTestMode::off, RuleTestMode::warn, RuleTestMode::block);
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start(mode);
  one.set_outcome(failing());
  one.dir.write("one.lua", rule("b"));
  if (mode == RuleTestMode::block) {
    REQUIRE(eventually([&] { return !one.refusal().empty(); }));
    CHECK(one.refusal() == "t.lua:7: test 'a': wrong");
    CHECK(one.live() == "a");
    one.set_outcome(RuleTestOutcome{.passed = 4});
    one.dir.write("tests/t.lua", "-- repaired");
  }
  REQUIRE(eventually([&] { return one.live() == "b"; }));
  CHECK(one.tested == (mode == RuleTestMode::off ? 0 : mode == RuleTestMode::warn ? 1 : 2));
  CHECK(one.watch->report().tests.has_value() == (mode != RuleTestMode::off));
}

TEST_CASE("rules whose files change faster than their tests run are warned of once, and rule when these end") {
  Logged logged;
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start(RuleTestMode::block);
  one.meanwhile = [&](int run) {
    one.clock.advance_ms(4'000);
    if (run < 9) one.dir.write("tests/fixtures/one.json", "{\"run\": " + std::to_string(run) + "}");
  };
  one.dir.write("one.lua", rule("b"));
  REQUIRE(eventually([&] { return one.count() == 2; }));
  CHECK(one.tested >= 9);
  one.watch->stop();
  CHECK(logged.count("changed again and again for 10 s") == 1);
}

TEST_CASE("rules that are replaced once while their tests run for long are no unrest") {
  Logged logged;
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start(RuleTestMode::block);
  one.meanwhile = [&](int run) {
    one.clock.advance_ms(37'000);
    if (run == 1) one.dir.write("one.lua", rule("c"));
  };
  one.dir.write("one.lua", rule("b"));
  REQUIRE(eventually([&] { return one.live() == "c"; }));
  one.watch->stop();
  CHECK(one.tested == 2);
  CHECK(logged.count("changed again and again") == 0);
}

TEST_CASE("what neither rules nor their tests read may change while these run") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start(RuleTestMode::block);
  one.meanwhile = [&](int run) { one.dir.write("tests/notes.txt", std::string(static_cast<size_t>(run), '.')); };
  one.dir.write("one.lua", rule("b"));
  REQUIRE(eventually([&] { return one.count() == 2; }));
  CHECK(one.tested == 1);
}

TEST_CASE("tests that cannot be run at all have failed") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start(RuleTestMode::block);
  one.set_outcome(fail(Code::timeout, "run the rules' tests: not done"));
  one.dir.write("one.lua", rule("b"));
  REQUIRE(eventually([&] { return one.refusal() == "run the rules' tests: not done"; }));
  CHECK(one.live() == "a");
}

TEST_CASE("with reload: signal files are looked at when asked only") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start(RuleTestMode::off, RulesReload::signal);
  one.dir.write("one.lua", rule("b"));
  one.watch->reload();
  REQUIRE(eventually([&] { return one.live() == "b"; }));
  one.dir.write("one.lua", "nonsense");
  one.watch->reload();
  REQUIRE(eventually([&] { return one.watch->report().refusals == 1; }));
  one.watch->reload();
  REQUIRE(eventually([&] { return one.watch->report().refusals == 2; }));
}

TEST_CASE("a directory that is a symbolic link is changed as a whole by turning it") {
  Watched one;
  one.dir.write("v1/one.lua", rule("a"));
  one.dir.write("v2/one.lua", rule("b"));
  std::string link = one.dir.path() + "/now";
  fs::create_directory_symlink(one.dir.path() + "/v1", link);
  RuleWatch watch({.dir = link,
                   .limits = {},
                   .tests = RuleTestMode::off,
                   .clock = one.clock,
                   .archive = one.archive,
                   .named = [] { return std::set<std::string>(); },
                   .test = {},
                   .adopt =
                       [&](std::unique_ptr<RuleSet> rules) {
                         std::lock_guard lock(one.mutex);
                         one.adopted.push_back(std::move(rules));
                       }});
  REQUIRE(watch.first(""));
  watch.start();
  fs::create_directory_symlink(one.dir.path() + "/v2", link + ".new");
  fs::rename(link + ".new", link);
  REQUIRE(eventually([&] { return one.count() == 1; }));
  CHECK(one.live() == "b");
}

TEST_CASE("an engine whose rules are bad at its start begins with those that ruled last") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  std::string version = (*one.open())->hash();
  one.dir.write("one.lua", "nonsense");
  CHECK_FALSE(one.open());
  auto first = one.open(RuleTestMode::off, version);
  REQUIRE(first);
  CHECK((*first)->hash() == version);
  CHECK(one.refusal().starts_with("one.lua:1: "));
}

TEST_CASE("where tests block, rules changed while the engine was down are tested before they rule") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  std::string version = (*one.open())->hash();
  one.dir.write("one.lua", rule("b"));
  auto first = one.open(RuleTestMode::block, version);
  REQUIRE(first);
  CHECK((*first)->hash() == version);
  one.watch->start();
  REQUIRE(eventually([&] { return one.count() == 1; }));
  CHECK(one.live() == "b");
  CHECK(one.tested == 1);
}

TEST_CASE("stopping does not wait for files that never rest") {
  Watched one;
  one.dir.write("one.lua", rule("a"));
  one.start();
  std::atomic<bool> over = false;
  std::thread writer([&] {
    for (int n = 0; !over; ++n) {
      one.dir.write("one.lua", rule("n" + std::to_string(n)));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  one.watch->reload();
  one.watch->stop();
  over = true;
  writer.join();
}

}  // namespace
}  // namespace hookswitch::cli
