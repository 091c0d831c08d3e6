// Made-up traffic: the same for the same seed, authentic, about calls that both providers know, with faults as asked
// for.
#include "engine/simulator/simulator.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "engine/base/json.h"
#include "engine/http/url.h"

using namespace hookswitch;

namespace {

constexpr int64_t kStart = 1'767'600'000'000;
const std::string kPublic = "https://hooks.example.com";

using SourceList = std::vector<std::shared_ptr<const Source>>;

Providers& plugins() {
  static Providers providers;
  static bool loaded = (providers.load_dir(HOOKSWITCH_BINARY_DIR "/plugins"), true);
  REQUIRE(loaded);
  return providers;
}

SourceList sources() {
  return {plugins().create_source("phone", "twilio", R"({"auth_token":"t","account_sid":"AC1"})").value(),
          plugins()
              .create_source("voice", "elevenlabs",
                             R"({"webhook_secret":"s","initiation_secret":{"header":"x-init","value":"v"}})")
              .value()};
}

SimulatorOptions options(uint64_t calls) {
  SimulatorOptions out{.seed = 7, .calls = calls, .start_ms = kStart, .span_ms = 3'600'000};
  out.stories.tenants = {{"agent_a", "+12125550100"}, {"agent_b", "+12125550101"}};
  return out;
}

std::vector<SimulatedDelivery> traffic(const SimulatorOptions& asked) {
  return simulate(asked, sources(), kPublic).value();
}

std::string text_of(const std::vector<SimulatedDelivery>& deliveries) {
  std::string out;
  for (const SimulatedDelivery& each : deliveries) {
    out += fmt::format("{} {} {} {}\n", each.time_ms, each.path, each.query, each.body);
    for (const auto& [name, value] : each.headers) out += name + ": " + value + "\n";
  }
  return out;
}

std::string parameter(const std::string& form, const std::string& name) {
  auto read = parse_query(form);
  REQUIRE(read);
  for (const auto& [key, value] : *read) {
    if (key == name) return value;
  }
  return "";
}

DeliveryRequest request_of(const SimulatedDelivery& delivery, const std::string& url) {
  DeliveryRequest request;
  request.url = url;
  request.path = delivery.path;
  request.kind = delivery.kind;
  request.headers = &delivery.headers;
  request.body = delivery.body;
  request.now_ms = delivery.time_ms;
  return request;
}

}  // namespace

TEST_CASE("the same seed gives the same traffic, byte for byte, and another seed gives another") {
  auto once = text_of(traffic(options(60)));
  CHECK(once == text_of(traffic(options(60))));
  SimulatorOptions other = options(60);
  other.seed = 8;
  CHECK(once != text_of(traffic(other)));
}

TEST_CASE("every delivery is one that its source accepts and understands") {
  SourceList made = sources();
  std::map<std::string, int> types;
  auto deliveries = simulate(options(200), made, kPublic);
  REQUIRE(deliveries);
  for (const SimulatedDelivery& delivery : *deliveries) {
    const Source& source = *made[delivery.source == "phone" ? 0 : 1];
    std::string url = kPublic + delivery.path;
    INFO(delivery.path << " " << delivery.body);
    CHECK(source.verify(request_of(delivery, url)).value().kind == Verdict::Kind::accept);
    DecodeInput input;
    input.kind = delivery.kind;
    input.headers = &delivery.headers;
    input.body = delivery.body;
    auto events = source.decode(input);
    REQUIRE(events);
    for (const DecodedEvent& event : *events) ++types[event.type];
  }
  for (const char* type :
       {"call.incoming", "call.initiated", "call.ringing", "call.answered", "call.ended", "call.machine",
        "call.recording", "conversation.starting", "conversation.ended", "call.failed"}) {
    INFO(type);
    CHECK(types[type] > 0);
  }
  CHECK(types["call.ended"] == 200);
}

TEST_CASE("two providers speak about one call by the same id") {
  std::set<std::string> phone, voice;
  for (const SimulatedDelivery& delivery : traffic(options(40))) {
    if (delivery.source == "phone") {
      phone.insert(parameter(delivery.body, "CallSid"));
    } else if (delivery.kind.empty()) {
      Json data = Json::parse(delivery.body).at("data");
      if (data["metadata"].contains("phone_call")) voice.insert(data["metadata"]["phone_call"]["call_sid"]);
    }
  }
  CHECK(phone.size() == 40);
  CHECK(voice.size() > 20);
  CHECK(std::includes(phone.begin(), phone.end(), voice.begin(), voice.end()));
}

TEST_CASE("a call that went out is told step by step, numbered from 0") {
  std::map<std::string, std::vector<std::string>> steps;
  for (const SimulatedDelivery& delivery : traffic(options(100))) {
    if (delivery.kind != "status" || parameter(delivery.body, "Direction") != "outbound-api") continue;
    auto& seen = steps[parameter(delivery.body, "CallSid")];
    CHECK(parameter(delivery.body, "SequenceNumber") == std::to_string(seen.size()));
    seen.push_back(parameter(delivery.body, "CallStatus"));
  }
  CHECK(steps.size() > 10);
  for (const auto& [call, seen] : steps) {
    CHECK(seen.size() == (seen.back() == "completed" ? 4 : 3));
    CHECK(seen[0] == "initiated");
    CHECK(seen[1] == "ringing");
  }
}

TEST_CASE("deliveries come in the order of their time, within the span and a little longer") {
  int64_t last = 0;
  for (const SimulatedDelivery& delivery : traffic(options(300))) {
    CHECK(delivery.time_ms >= last);
    last = delivery.time_ms;
  }
  CHECK(last > kStart + 3'000'000);
  CHECK(last < kStart + 3'600'000 + 900'000);
}

TEST_CASE("faults come in the share asked for and change nothing about the rest") {
  auto clean = traffic(options(400));
  SimulatorOptions faulty = options(400);
  faulty.duplicate = 0.1;
  auto repeated = traffic(faulty);
  auto copies = static_cast<size_t>(std::ranges::count_if(repeated, &SimulatedDelivery::duplicate));
  CHECK(repeated.size() == clean.size() + copies);
  CHECK(copies > clean.size() / 20);
  CHECK(copies < clean.size() / 5);
  faulty.duplicate = 0;
  faulty.drop = 0.05;
  size_t left = traffic(faulty).size();
  CHECK(left < clean.size() - clean.size() / 50);
  CHECK(left > clean.size() - clean.size() / 10);
  std::set<std::string> bodies;
  for (const SimulatedDelivery& each : clean) bodies.insert(each.body);
  for (const SimulatedDelivery& each : traffic(faulty)) CHECK(bodies.contains(each.body));
}

TEST_CASE("everything dropped is nothing sent, and everything doubled is twice as much") {
  SimulatorOptions asked = options(20);
  size_t clean = traffic(asked).size();
  asked.drop = 1;
  CHECK(traffic(asked).empty());
  asked.drop = 0;
  asked.duplicate = 1;
  CHECK(traffic(asked).size() == 2 * clean);
}

TEST_CASE("reordered traffic has steps of a call behind later ones") {
  SimulatorOptions asked = options(200);
  asked.reorder = true;
  std::map<std::string, int> last;
  int behind = 0;
  for (const SimulatedDelivery& delivery : traffic(asked)) {
    if (delivery.kind != "status") continue;
    int sequence = std::stoi(parameter(delivery.body, "SequenceNumber"));
    int& seen = last[parameter(delivery.body, "CallSid")];
    behind += sequence < seen ? 1 : 0;
    seen = std::max(seen, sequence);
  }
  CHECK(behind > 5);
}

TEST_CASE("audio comes beside the transcript where it was asked for") {
  SimulatorOptions asked = options(30);
  asked.stories.audio_bytes = 3'000;
  int sounds = 0;
  for (const SimulatedDelivery& delivery : traffic(asked)) {
    if (delivery.source != "voice" || !delivery.body.contains("post_call_audio")) continue;
    ++sounds;
    CHECK(delivery.body.size() > 4'000);
  }
  CHECK(sounds > 10);
}

TEST_CASE("a source whose provider cannot tell calls is refused by name") {
  SourceList mute{plugins().create_source("quiet", "example", R"({"secret":"s"})").value()};
  auto made = Simulation::create(options(1), mute);
  REQUIRE_FALSE(made);
  CHECK(made.error().message ==
        "simulate calls of quiet: provider example can not tell made-up calls, expected that it can");
}
