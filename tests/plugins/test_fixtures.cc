// Recorded deliveries and the events they must become: two files each, so a new case needs no compiler.
//
// `name.events.json` lies beside `name.json` or `name.form` and holds the kind, the source's settings where they
// matter, and the events. With HOOKSWITCH_ACCEPT=1 in the environment what came out is written there: read the diff.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/plugins/support.h"

using namespace hookswitch;
using namespace hookswitch::test;
using nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

ordered_json settings(const std::string& provider, const ordered_json& expected) {
  ordered_json out = expected.value("settings", ordered_json::object());
  out[provider == "twilio" ? "auth_token" : "webhook_secret"] = "secret";
  return out;
}

ordered_json as_json(const DecodedEvent& event) {
  ordered_json out{{"id", event.id}, {"type", event.type}, {"subject", event.subject}, {"time_ms", event.time_ms}};
  if (event.wants_reply) out["wants_reply"] = true;
  out["data"] = ordered_json::parse(event.data);
  return out;
}

/// The delivery that belongs to an expectation.
std::string delivery_file(const std::string& expectation) {
  std::string stem = expectation.substr(0, expectation.size() - std::string(".events.json").size());
  return fs::exists(stem + ".form") ? stem + ".form" : stem + ".json";
}

ordered_json decode_file(const std::string& provider, const std::string& file, const ordered_json& expected) {
  auto made = source(provider, settings(provider, expected).dump());
  std::string body = read_file(file), kind = expected.value("kind", ""), record = expected.value("record", "delivery");
  DecodeInput input;
  input.record_kind = record;
  input.kind = kind;
  input.body = body;
  auto events = made->decode(input);
  if (!events) FAIL(file << ": " << events.error().message);
  ordered_json out = ordered_json::array();
  for (const DecodedEvent& event : *events) {
    out.push_back(as_json(event));
    CHECK_NOTHROW(ordered_json::parse(event.raw));
    if (file.ends_with(".json")) CHECK(event.raw == body);
  }
  return out;
}

void check_file(const std::string& provider, const std::string& expectation) {
  ordered_json expected = ordered_json::parse(read_file(expectation));
  ordered_json found = decode_file(provider, delivery_file(expectation), expected);
  if (std::getenv("HOOKSWITCH_ACCEPT") != nullptr) {
    expected["events"] = found;
    std::ofstream(expectation) << expected.dump(2) << "\n";
  }
  INFO(expectation);
  CHECK(found.dump(2) == expected["events"].dump(2));
}

}  // namespace

TEST_CASE("every recorded delivery becomes the events that lie beside it") {
  int files = 0;
  for (const std::string provider : {"elevenlabs", "twilio"}) {
    for (const auto& entry : fs::directory_iterator(fixtures_dir() + "/" + provider)) {
      if (!entry.path().string().ends_with(".events.json")) continue;
      check_file(provider, entry.path().string());
      ++files;
    }
  }
  CHECK(files >= 20);
}
