// Every recorded delivery with each of its fields in turn removed, nulled, retyped or cut: what is still JSON is never
// an error, and nothing crashes.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/plugins/support.h"

using namespace hookswitch;
using namespace hookswitch::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// All places of a value, as JSON pointers.
void places(const json& value, const json::json_pointer& at, std::vector<json::json_pointer>& out) {
  if (!at.empty()) out.push_back(at);
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) places(member, at / key, out);
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) places(value[i], at / i, out);
  }
}

std::vector<json> variants(const json& whole, const json::json_pointer& at) {
  std::vector<json> out;
  json removed = whole;
  json& parent = removed[at.parent_pointer()];
  if (parent.is_object()) {
    parent.erase(at.back());
  } else {
    parent.erase(std::stoul(at.back()));
  }
  out.push_back(std::move(removed));
  for (const json& other : {json(nullptr), json("text"), json(-1), json(1e300), json(true), json::array({1, nullptr}),
                            json{{"a", {{"b", 1}}}}}) {
    out.push_back(whole);
    out.back()[at] = other;
  }
  return out;
}

void must_decode(const Source& source, const std::string& kind, const std::string& body) {
  DecodeInput input;
  input.kind = kind;
  input.body = body;
  auto events = source.decode(input);
  if (!events) FAIL(events.error().message << "\n" << body);
}

struct Recorded {
  std::string kind, body;
};

std::vector<Recorded> recorded(const std::string& provider, const std::string& ending) {
  std::vector<Recorded> out;
  for (const auto& entry : fs::directory_iterator(fixtures_dir() + "/" + provider)) {
    std::string file = entry.path().string();
    if (!file.ends_with(ending) || file.ends_with(".events.json")) continue;
    std::string expectation = file.substr(0, file.size() - ending.size()) + ".events.json";
    if (!fs::exists(expectation)) continue;
    out.push_back({json::parse(read_file(expectation)).value("kind", ""), read_file(file)});
  }
  return out;
}

}  // namespace

TEST_CASE("no field of an ElevenLabs delivery is needed, and none has to be of its type") {
  auto made = source("elevenlabs", R"({"webhook_secret":"w","formats":["flat"]})");
  for (const Recorded& each : recorded("elevenlabs", ".json")) {
    json whole = json::parse(each.body);
    std::vector<json::json_pointer> all;
    places(whole, json::json_pointer(), all);
    for (const auto& at : all) {
      for (const json& variant : variants(whole, at)) must_decode(*made, each.kind, variant.dump());
    }
  }
}

TEST_CASE("a delivery cut off anywhere is an error or an event and never more") {
  auto elevenlabs = source("elevenlabs", R"({"webhook_secret":"w"})");
  auto twilio = source("twilio", R"({"auth_token":"w"})");
  for (const Recorded& each : recorded("elevenlabs", ".json")) {
    for (size_t size = 0; size < each.body.size(); size += 1 + each.body.size() / 400) {
      std::string cut = each.body.substr(0, size);
      DecodeInput input;
      input.body = cut;
      auto events = elevenlabs->decode(input);
      if (!events) CHECK(events.error().code == Code::invalid);
    }
  }
  for (const Recorded& each : recorded("twilio", ".form")) {
    for (size_t size = 0; size < each.body.size(); ++size) must_decode(*twilio, each.kind, each.body.substr(0, size));
  }
}

TEST_CASE("no parameter of a Twilio delivery is needed, and each may hold anything") {
  auto made = source("twilio", R"({"auth_token":"w"})");
  for (const Recorded& each : recorded("twilio", ".form")) {
    for (size_t at = 0; at < each.body.size();) {
      size_t end = std::min(each.body.find('&', at), each.body.size());
      std::string before = each.body.substr(0, at), after = each.body.substr(end);
      std::string name = each.body.substr(at, each.body.find('=', at) - at);
      std::string parameter = each.body.substr(at, end - at);
      for (const std::string& other :
           {std::string(), name, name + "=", name + "=%", name + "=%FF%00", name + "=99999999999999999999",
            parameter + "&" + parameter, name + "=" + std::string(100'000, 'x')}) {
        for (const std::string& kind : {each.kind, std::string()}) must_decode(*made, kind, before + other + after);
      }
      at = end + 1;
    }
  }
}
