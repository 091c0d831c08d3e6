// Rules that change while the real engine works: nothing is lost, nothing is decided by half a set, nothing bad rules.
#include <signal.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr auto kBetweenReloads = std::chrono::milliseconds(100);
constexpr int kSendersForLoad = 2;

// A minute in a long run, a moment in every run.
std::chrono::seconds length() {
  const char* wanted = std::getenv("HOOKSWITCH_RELOAD_SECONDS");
  return std::chrono::seconds(wanted == nullptr ? 3 : std::atoi(wanted));
}

std::string noting(const std::string& key, int version) {
  return "return { name = '" + key + "', on = '*', handle = function(event, ctx)\n  ctx.call:update { metadata = { " +
         key + " = " + std::to_string(version) + " } } end }\n";
}

// Two files that belong together, put in place by turning a link.
void put_version(const TempDir& dir, int version) {
  std::string name = "v" + std::to_string(version);
  dir.write(name + "/first.lua", noting("first", version));
  dir.write(name + "/second.lua", noting("second", version));
  std::string link = dir.path() + "/rules";
  fs::create_directory_symlink(dir.path() + "/" + name, link + ".new");
  fs::rename(link + ".new", link);
}

std::string ended(uint64_t n) {
  std::string digits = std::to_string(n);
  return "AccountSid=AC00000000000000000000000000000000&CallSid=CA" + std::string(32 - digits.size(), '0') + digits +
         "&CallStatus=completed&SequenceNumber=3&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A00+%2B0000";
}

// Sends calls from several threads until told to stop; counts what was not answered with 200.
class Load {
 public:
  explicit Load(EngineProcess& engine) {
    for (int n = 0; n < kSendersForLoad; ++n) {
      threads_.emplace_back([this, &engine] {
        while (!over_) {
          auto answer = engine.post_twilio(ended(++sent_), "status");
          if (!answer || answer->status != 200) ++failed_;
        }
      });
    }
  }
  ~Load() { stop(); }
  void stop() {
    over_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  uint64_t sent() const { return sent_; }
  uint64_t failed() const { return failed_; }

 private:
  std::atomic<bool> over_ = false;
  std::atomic<uint64_t> sent_ = 0, failed_ = 0;
  std::vector<std::thread> threads_;
};

std::vector<Json> all_calls(EngineProcess& engine) {
  std::vector<Json> out;
  std::string cursor;
  do {
    Json page = engine.api("/calls?limit=200" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const Json& call : page["data"]) out.push_back(call);
    cursor = page["next_cursor"].is_string() ? page["next_cursor"].get<std::string>() : "";
  } while (!cursor.empty());
  return out;
}

// The tests' mode is not among what EngineProcess writes.
void set_tests_mode(EngineProcess& engine, const std::string& mode) {
  std::string text = read_file(engine.config_file());
  text.replace(text.find("reload: watch"), 13, "reload: watch, tests: " + mode);
  engine.dir().write("hookswitch.yaml", text);
}

constexpr const char* kGreet =
    "return { name = 'greet', on = 'call.incoming', handle = function(event, ctx)\n"
    "  ctx.reply { twiml = '<Response><Say>WORD</Say></Response>' } end }\n";

constexpr const char* kGreetTest =
    "local t = require 'hookswitch.test'\n"
    "t.test('callers are greeted with one', function(engine)\n"
    "  local e = engine:event { type = 'call.incoming', source = 'twilio', wants_reply = true }\n"
    "  t.equal(e.effects[1].reply.twiml, '<Response><Say>one</Say></Response>')\n"
    "end)\n";

std::string greeting(const std::string& word) {
  std::string text = kGreet;
  return text.replace(text.find("WORD"), 4, word);
}

}  // namespace

TEST_CASE("rules reloaded every 100 ms under load fail no request, and every event is decided by one version") {
  TempDir versions;
  put_version(versions, 0);
  EngineProcess engine("", versions.path() + "/rules");
  engine.start();
  Load load(engine);
  auto end = Steady::now() + length();
  for (int version = 1; Steady::now() < end; ++version) {
    put_version(versions, version);
    std::this_thread::sleep_for(kBetweenReloads);
  }
  load.stop();
  REQUIRE(engine.settle());
  CHECK(load.failed() == 0);
  REQUIRE(load.sent() > 20);

  std::set<Json> seen;
  auto calls = all_calls(engine);
  CHECK(calls.size() == load.sent());
  for (const Json& call : calls) {
    REQUIRE(call["metadata"]["first"] == call["metadata"]["second"]);
    seen.insert(call["metadata"]["first"]);
  }
  CHECK(seen.size() > 2);
  CHECK(engine.api("/dead")["data"].empty());
  Json rules = engine.api("/rules");
  CHECK(rules["refused"].is_null());
  CHECK(rules["history"].size() >= std::min<size_t>(seen.size(), 20));
}

TEST_CASE("a bad set is refused with file and line everywhere, the former rules go on, and mending it clears that") {
  TempDir rules;
  rules.write("greet.lua", greeting("one"));
  EngineProcess engine("", rules.path());
  engine.start();
  std::string first = engine.api("/rules")["version"];
  rules.write("greet.lua", "return {\n  name = ,\n}");
  REQUIRE(eventually([&] { return !engine.api("/rules")["refused"].is_null(); }));
  Json refused = engine.api("/rules")["refused"]["errors"][0];
  CHECK(refused["file"] == "greet.lua");
  CHECK(refused["line"] == 2);
  CHECK(engine.api("/rules")["version"] == first);
  CHECK(engine.api("/status")["processor"]["rules_refused"].get<std::string>().starts_with("greet.lua:2: "));
  CHECK(engine.log_text().find("greet.lua:2: ") != std::string::npos);
  auto metrics = cli::request("GET", engine.url("/metrics"), {}, "");
  CHECK(metrics->body.find("hookswitch_rules_refused 1") != std::string::npos);
  CHECK(engine.post_twilio(fixture("twilio/voice.inbound.form"), "voice")->body.find("one") != std::string::npos);

  SECTION("mended") {
    rules.write("greet.lua", greeting("two"));
    REQUIRE(eventually([&] { return engine.api("/rules")["version"] != first; }));
    CHECK(engine.api("/rules")["refused"].is_null());
    CHECK(engine.api("/status")["processor"]["rules_refused"].is_null());
  }
  SECTION("restarted: the rules that ruled last rule again") {
    REQUIRE(engine.stop() == 0);
    engine.start();
    CHECK(engine.api("/rules")["version"] == first);
    CHECK(engine.api("/rules")["refused"]["errors"][0]["line"] == 2);
  }
}

TEST_CASE("rules whose tests fail are kept out when tests block, and let in with a warning otherwise") {
  TempDir rules;
  rules.write("greet.lua", greeting("one"));
  rules.write("tests/greet_test.lua", kGreetTest);
  EngineProcess engine("", rules.path());
  std::string mode = GENERATE("block", "warn");
  set_tests_mode(engine, mode);
  engine.start();
  std::string first = engine.api("/rules")["version"];
  rules.write("greet.lua", greeting("two"));
  REQUIRE(eventually([&] { return engine.api("/rules")["tests"]["failed"] == 1; }));
  if (mode == "block") {
    REQUIRE(eventually([&] { return !engine.api("/rules")["refused"].is_null(); }));
    CHECK(engine.api("/rules")["version"] == first);
    CHECK(engine.api("/rules")["refused"]["errors"][0]["line"] == 4);
    rules.write("greet.lua", greeting("one") + "-- as before\n");
  }
  REQUIRE(eventually([&] { return engine.api("/rules")["version"] != first; }));
  CHECK(engine.api("/rules")["refused"].is_null());
}

TEST_CASE("where tests block, a rebuild and a restore use no rules whose tests fail, and say what to do") {
  TempDir rules;
  rules.write("greet.lua", greeting("one"));
  rules.write("tests/greet_test.lua", kGreetTest);
  EngineProcess engine("", rules.path());
  set_tests_mode(engine, "block");
  engine.start();
  const std::string backup = engine.dir().path() + "/backup";
  for (int n : {1, 2, 3}) {
    REQUIRE(engine.post_twilio(ended(static_cast<uint64_t>(n)), "status")->status == 200);
    REQUIRE(engine.settle());
    if (n != 2) REQUIRE(engine.run("backup " + backup) == 0);
  }
  REQUIRE(engine.stop() == 0);
  std::string out;
  CHECK(engine.run("rebuild", &out) == 0);
  rules.write("greet.lua", greeting("two"));
  // Of record 2 there is no copy of the state: the rules would make it.
  for (const std::string& verb : {std::string("rebuild"), "restore --force --to-seq 2 " + backup}) {
    CHECK(engine.run(verb, &out) == 1);
    INFO(out);
    CHECK(out.find("greet_test.lua:4: test 'callers are greeted with one'") != std::string::npos);
    CHECK(out.find("put back those that ruled last") != std::string::npos);
  }
  CHECK(engine.run("restore --force " + backup, &out) == 0);
  rules.write("greet.lua", greeting("one") + "-- mended\n");
  CHECK(engine.run("restore --force --to-seq 2 " + backup, &out) == 0);
  CHECK(engine.run("rebuild", &out) == 0);
}

TEST_CASE("a trace shows what ran then, and when asked what would run now") {
  TempDir rules;
  rules.write("note.lua", noting("old", 1));
  EngineProcess engine("", rules.path());
  engine.start();
  REQUIRE(engine.post_twilio(ended(1), "status")->status == 200);
  REQUIRE(engine.settle());
  std::string first = engine.api("/rules")["version"];
  CHECK(engine.api("/rules")["since"]["from_seq"] == 1);
  rules.write("note.lua", noting("new", 2));
  REQUIRE(eventually([&] { return engine.api("/rules")["version"] != first; }));
  CHECK(engine.api("/rules")["since"].is_null());

  std::string out;
  REQUIRE(engine.run("trace 1", &out) == 0);
  CHECK(out.find("rule old") != std::string::npos);
  CHECK(out.find("as it ran, by rules " + first.substr(0, 12)) != std::string::npos);
  REQUIRE(engine.run("trace 1 --now", &out) == 0);
  CHECK(out.find("rule new") != std::string::npos);
  CHECK(engine.api("/events/1")["events"][0]["rules"][0]["rule"] == "old");
  CHECK(engine.run("trace 2", &out) == 1);
  CHECK(out.find("the log keeps 1 to 1") != std::string::npos);
  CHECK(fs::exists(engine.dir().path() + "/data/rules/" + first + "/note.lua"));
}

TEST_CASE(
    "SIGHUP reads the configuration again: secrets take force, what needs a restart is named, errors change nothing") {
  EngineProcess engine;
  std::string text = read_file(engine.config_file());
  auto put = [&](const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    engine.dir().write("hookswitch.yaml", text);
  };
  auto says = [&](const std::string& part) {
    return eventually([&] { return engine.log_text().find(part) != std::string::npos; });
  };
  engine.dir().write("token", "another token");
  put(std::string("auth_token: ") + kTwilioToken, "auth_token: ${file:" + engine.dir().path() + "/token}");
  engine.start();
  CHECK(engine.post_twilio(ended(1), "status")->status == 401);
  engine.dir().write("token", kTwilioToken);
  kill(engine.pid(), SIGHUP);
  REQUIRE(says("source twilio goes on with its new settings"));
  CHECK(engine.post_twilio(ended(1), "status")->status == 200);

  put("http: 127.0.0.1:0", "http: 127.0.0.1:1");
  kill(engine.pid(), SIGHUP);
  CHECK(says("but not listen: changes there need a restart"));

  engine.dir().write("token", " ");
  kill(engine.pid(), SIGHUP);
  CHECK(says("configuration not reloaded: "));
  CHECK(engine.post_twilio(ended(2), "status")->status == 200);
}

}  // namespace hookswitch::test
