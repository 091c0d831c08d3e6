// What lies in the data directory, with a key and without.
#include "tests/e2e/private_lives.h"

namespace hookswitch::test {
namespace {

const std::string kKey(64, '7');
const std::string kOldKey(64, '5');

std::string encrypted(const std::string& key, const std::string& retired = "") {
  return "encryption: {key: \"" + key + "\"" + (retired.empty() ? "" : ", retired_keys: [\"" + retired + "\"]") + "}";
}

// Another configuration for the same data.
void configure(EngineProcess& engine, const std::string& before, const std::string& after) {
  std::ifstream in(engine.config_file());
  std::ostringstream text;
  text << in.rdbuf();
  std::string config = text.str();
  const size_t at = config.find(before);
  REQUIRE(at != std::string::npos);
  std::ofstream(engine.config_file(), std::ios::trunc) << config.replace(at, before.size(), after);
}

void check_shown(EngineProcess& engine) {
  const Json calls = engine.api("/calls?phone=" + kAna.digits())["data"];
  REQUIRE(calls.size() == 2);
  CHECK(engine.api("/calls/" + kAna.conversation)["from"] == kAna.phone);
  CHECK(dump(engine.api("/calls/" + kAna.conversation + "/transcript")).find(kAna.says) != std::string::npos);
  CHECK(dump(engine.api("/events/1")).find(kAna.says) != std::string::npos);
  CHECK(engine.api("/suppressions")["data"].size() == 1);
  CHECK(engine.api("/contacts")["data"].size() == 1);
  CHECK(engine.api("/tasks")["data"].size() == 1);
  CHECK(engine.api("/refusals")["data"].size() == 1);
  CHECK(engine.api("/dead")["data"].empty());
}

}  // namespace

TEST_CASE("with a key no file shows a number or a word of anybody, and everything works", "[encryption]") {
  EngineProcess engine(encrypted(kKey));
  engine.start();
  tell_of(engine, kAna);
  check_shown(engine);
  const std::string data = engine.dir().path() + "/data";
  for (int starts = 0; starts < 2; ++starts) {
    REQUIRE(engine.stop() == 0);
    for (const std::string& text : {kAna.says, kAna.digits()}) {
      CHECK(files_with(data, text) == std::vector<std::string>());
    }
    engine.start();
    check_shown(engine);
  }
  SECTION("the verbs that read the data use the key") {
    REQUIRE(engine.stop() == 0);
    std::string out;
    CHECK(engine.run("fsck", &out) == 0);
    INFO(out);
    CHECK(engine.run("rebuild", &out) == 0);
    engine.start();
    check_shown(engine);
    CHECK(files_with(data, kAna.says) == std::vector<std::string>());
  }
  SECTION("without its key it does not start, and says which it needs") {
    REQUIRE(engine.stop() == 0);
    configure(engine, encrypted(kKey), "");
    std::string out;
    CHECK(engine.run("serve", &out) == 1);
    CHECK(engine.run("fsck", &out) == 1);
    INFO(out);
    CHECK(out.find("a key is missing") != std::string::npos);
    CHECK(out.find("hookswitch restore") == std::string::npos);
    configure(engine, "", encrypted(kOldKey) + "\n");
    CHECK(engine.run("serve", &out) == 1);
  }
}

TEST_CASE("without a key the same words are found", "[encryption]") {
  EngineProcess engine;
  engine.start();
  tell_of(engine, kAna);
  check_shown(engine);
  REQUIRE(engine.stop() == 0);
  CHECK(files_with(engine.dir().path() + "/data", kAna.says).size() >= 4);  // log, state, blob, refusal
}

TEST_CASE("a new key seals what comes, and the old one opens what was", "[encryption]") {
  EngineProcess engine(encrypted(kOldKey));
  engine.start();
  tell_of(engine, kAna);
  REQUIRE(engine.stop() == 0);
  configure(engine, encrypted(kOldKey), encrypted(kKey, kOldKey));
  engine.start();
  check_shown(engine);
  REQUIRE(engine.post_elevenlabs(conversation_of(kIon))->status == 200);
  REQUIRE(engine.settle());
  CHECK(engine.api("/calls/" + kIon.conversation)["from"] == kIon.phone);
  REQUIRE(engine.stop() == 0);
  CHECK(files_with(engine.dir().path() + "/data", kIon.says) == std::vector<std::string>());
}

TEST_CASE("data from before there was a key stays readable", "[encryption]") {
  EngineProcess engine("# no key\n");
  engine.start();
  tell_of(engine, kAna);
  REQUIRE(engine.stop() == 0);
  configure(engine, "# no key\n", encrypted(kKey) + "\n");
  engine.start();
  check_shown(engine);
  REQUIRE(engine.post_elevenlabs(conversation_of(kIon))->status == 200);
  REQUIRE(engine.settle());
  CHECK(engine.api("/calls?phone=" + kIon.digits())["data"].size() == 1);
  REQUIRE(engine.stop() == 0);
  CHECK(files_with(engine.dir().path() + "/data", kIon.says) == std::vector<std::string>());
}

}  // namespace hookswitch::test
