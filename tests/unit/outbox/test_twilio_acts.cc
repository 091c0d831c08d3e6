// What Twilio does beside placing calls: messages, hanging up, other instructions.
#include <catch2/catch.hpp>

#include "tests/unit/outbox/rig.h"

namespace hookswitch::test {
namespace {

std::string sid_of(Rig& rig, const std::string& call) { return rig.action(call).result["external_ids"]["call_sid"]; }

void hand_on(Rig& rig) {
  for (const FakeReport& report : rig.provider.take_reports())
    rig.engine.deliver("twilio", report.kind.substr(0, report.kind.find('?')), report.body);
  rig.engine.settle();
}

}  // namespace

TEST_CASE("a message is sent once, and says which action it was") {
  Rig rig;
  rig.start();
  std::string id = rig.sms(1, "See you at nine, Șerban.");
  REQUIRE(rig.becomes(id, "done"));
  auto sent = rig.provider.messages();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].action == id);
  CHECK(sent[0].body == "See you at nine, Șerban.");
  CHECK(sent[0].to == "+40721000001");
  CHECK(rig.action(id).result["external_ids"]["message_sid"] == sent[0].sid);
}

TEST_CASE("a message whose answer was lost is not sent again on a guess") {
  Rig rig({.drop_after = 100});
  rig.start();
  std::string id = rig.sms(1, "hello");
  REQUIRE(rig.becomes(id, "unknown"));
  rig.provider.set_faults({});
  rig.advance_ms(20'000);  // a look: there is one like it, and nobody can tell whose it is
  REQUIRE(rig.until([&] { return rig.action(id).code == "ambiguous"; }));
  CHECK(rig.status(id) == "unknown");
  CHECK(rig.provider.messages().size() == 1);
}

TEST_CASE("a message that was certainly not sent is sent again") {
  Rig rig({.drop_before = 100});
  rig.start();
  std::string id = rig.sms(1, "hello");
  REQUIRE(rig.becomes(id, "unknown"));
  rig.provider.set_faults({});
  CHECK(rig.until([&] {
    rig.advance_ms(10'000);
    return rig.status(id) == "done";
  }));
  CHECK(rig.provider.messages().size() == 1);
  CHECK(rig.action(id).attempt == 2);
}

TEST_CASE("a call that goes on is hung up, and hanging up again finds it done") {
  Rig rig;
  rig.provider.set_lasting(true);
  rig.start();
  std::string call = rig.call("twilio", 1);
  REQUIRE(rig.becomes(call, "done"));
  hand_on(rig);
  CHECK(rig.engine.call(sid_of(rig, call))["status"] == "in_progress");
  CHECK(rig.becomes(rig.end_call("twilio", sid_of(rig, call)), "done"));
  CHECK(rig.becomes(rig.end_call("twilio", sid_of(rig, call)), "done"));
  CHECK(rig.provider.told(call) == std::vector<std::string>{"hang up"});
  hand_on(rig);
  CHECK(rig.engine.call(sid_of(rig, call))["status"] == "completed");
}

TEST_CASE("a call that goes on is told something else, and one that is over cannot be") {
  Rig rig;
  rig.provider.set_lasting(true);
  rig.start();
  std::string call = rig.call("twilio", 1);
  REQUIRE(rig.becomes(call, "done"));
  const std::string twiml = "<Response><Say>One moment, please.</Say></Response>";
  CHECK(rig.becomes(rig.redirect(sid_of(rig, call), {{"twiml", twiml}}), "done"));
  CHECK(rig.becomes(rig.redirect(sid_of(rig, call), {{"url", "https://calls.example.com/next"}}), "done"));
  CHECK(rig.provider.told(call) == std::vector<std::string>{twiml, "https://calls.example.com/next"});
  CHECK(rig.becomes(rig.end_call("twilio", sid_of(rig, call)), "done"));
  std::string late = rig.redirect(sid_of(rig, call), {{"twiml", twiml}});
  CHECK(rig.becomes(late, "failed"));
  CHECK(rig.action(late).code == "not_in_progress");
}

}  // namespace hookswitch::test
