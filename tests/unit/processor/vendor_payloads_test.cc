// Payloads made up from the vendors' own schemas: every valid one becomes what it speaks of, and a damaged one becomes
// an event or a dead letter with a reason. HOOKSWITCH_SEED and HOOKSWITCH_PAYLOADS change which and how many.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "engine/state/calls.h"
#include "engine/state/dead.h"
#include "tests/support/in_process.h"
#include "tests/support/schema_values.h"

namespace hookswitch::test {
namespace {

unsigned setting(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::atoi(text));
}

size_t payloads() { return setting("HOOKSWITCH_PAYLOADS", 400); }
unsigned seed() { return setting("HOOKSWITCH_SEED", 20'251'121); }

std::vector<DeadLetter> dead_letters(InProcess& engine) {
  auto reader = engine.store().read();
  std::vector<DeadLetter> out;
  (*reader)->scan(Table::dead, "", Direction::forward, [&](std::string_view, std::string_view row) {
    out.push_back(DeadLetter::from_json(Json::parse(row)));
    return true;
  });
  return out;
}

size_t count_calls(InProcess& engine) {
  auto reader = engine.store().read();
  size_t count = 0;
  (*reader)->scan(Table::calls, "", Direction::forward,
                  [&](std::string_view, std::string_view) { return ++count > 0; });
  return count;
}

void no_dead_letters(InProcess& engine) {
  for (const DeadLetter& letter : dead_letters(engine)) {
    std::string body;
    (void)engine.log().read(letter.seq, 1, [&](const RecordView& record) {
      body = record.body.substr(0, 4'000);
      return true;
    });
    UNSCOPED_INFO(letter.culprit << ": " << letter.reason << "\n" << body);
  }
  REQUIRE(dead_letters(engine).empty());
}

// The ids of a payload are its own, so that what the schema leaves to chance joins no two calls.
void name_the_call(Json& payload, size_t n) {
  Json& data = payload["data"];
  data["conversation_id"] = fmt::format("conv_{}", n);
  auto phone = Json::json_pointer("/metadata/phone_call"), body = Json::json_pointer("/metadata/body");
  if (data.contains(phone) && data[phone].is_object()) {
    if (data[phone].contains("call_sid")) data[phone]["call_sid"] = fmt::format("CA{:032}", n);
    if (data[phone].contains("call_id")) data[phone]["call_id"] = fmt::format("sip-{}", n);
  }
  if (!data.contains(body)) return;
  for (const char* name : {"CallSid", "call_sid"}) {
    if (data[body].contains(name)) data[body][name] = fmt::format("CA{:032}", n);
  }
}

}  // namespace

TEST_CASE("whatever ElevenLabs' schema allows becomes exactly one call and no dead letter") {
  const char* kind = GENERATE("PostCallTranscription", "PostCallAudio", "CallInitiationFailure");
  INFO(kind << " HOOKSWITCH_SEED=" << seed());
  SchemaValues values("elevenlabs.json", seed());
  InProcess engine;
  for (size_t n = 0; n < payloads(); ++n) {
    Json payload = values.value(kind);
    name_the_call(payload, n);
    engine.deliver("elevenlabs", "", dump(payload));
  }
  engine.settle();
  no_dead_letters(engine);
  REQUIRE(count_calls(engine) == payloads());
  for (size_t n = 0; n < payloads(); ++n) REQUIRE(!engine.call(fmt::format("conv_{}", n)).is_null());
}

TEST_CASE("whatever Twilio may send about a call or a leg of it becomes exactly one call, and no dead letter") {
  struct Webhook {
    const char *schema, *kind;
  };
  auto webhook = GENERATE(Webhook{"Voice", "voice"}, Webhook{"Status", "status"}, Webhook{"Recording", "recording"},
                          Webhook{"Amd", "amd"});
  INFO(webhook.schema << " HOOKSWITCH_SEED=" << seed());
  SchemaValues values("twilio.json", seed());
  InProcess engine;
  std::vector<std::string> sids;
  for (size_t n = 0; n < payloads(); ++n) {
    std::string form = values.form(webhook.schema);
    const bool leg = form.contains("Direction=outbound%2Ddial") && form.contains("ParentCallSid=");
    const std::string name = leg ? "ParentCallSid=" : "CallSid=";
    size_t at = form.find(name) + name.size();
    sids.push_back(form.substr(at, form.find('&', at) - at));
    engine.deliver("twilio", n % 2 == 0 ? webhook.kind : "", form);
  }
  engine.settle();
  no_dead_letters(engine);
  REQUIRE(count_calls(engine) == sids.size());
  for (const std::string& sid : sids) REQUIRE(!engine.call(sid).is_null());
}

TEST_CASE("whatever Twilio may send about a message or a finished <Connect> becomes no dead letter") {
  const char* schema = GENERATE("Sms", "SmsStatus", "Action");
  INFO(schema << " HOOKSWITCH_SEED=" << seed());
  SchemaValues values("twilio.json", seed());
  InProcess engine;
  for (size_t n = 0; n < payloads(); ++n) engine.deliver("twilio", "", values.form(schema));
  engine.settle();
  no_dead_letters(engine);
}

TEST_CASE("a damaged payload becomes an event or a dead letter with a reason, and stops nothing behind it") {
  const char* kind = GENERATE("PostCallTranscription", "CallInitiationFailure", "PostCallAudio");
  INFO(kind << " HOOKSWITCH_SEED=" << seed());
  SchemaValues values("elevenlabs.json", seed());
  InProcess engine;
  for (size_t n = 0; n < payloads(); ++n) {
    Json payload = values.value(kind);
    name_the_call(payload, n);
    engine.deliver("elevenlabs", "", damaged(payload, values.random()));
  }
  Json whole = values.value(kind);
  name_the_call(whole, payloads());
  uint64_t last = engine.deliver("elevenlabs", "", dump(whole));
  engine.settle();
  REQUIRE(!engine.call(fmt::format("conv_{}", payloads())).is_null());
  for (const DeadLetter& letter : dead_letters(engine)) {
    INFO(letter.seq);
    REQUIRE(letter.seq != last);
    REQUIRE(letter.reason.size() > 10);
  }
}

TEST_CASE("a damaged form becomes an event or a dead letter with a reason, and stops nothing behind it") {
  SchemaValues values("twilio.json", seed());
  InProcess engine;
  for (size_t n = 0; n < payloads(); ++n) {
    std::string form = values.form(n % 2 == 0 ? "Status" : "Sms");
    for (size_t changes = 1 + values.below(3); changes > 0; --changes) {
      form[values.below(form.size())] = static_cast<char>(values.random()());
    }
    if (n % 5 == 0) form.resize(values.below(form.size()));
    engine.deliver("twilio", values.below(2) == 0 ? "status" : "", form);
  }
  engine.deliver("twilio", "status", "AccountSid=AC0&CallSid=CAlast&CallStatus=completed");
  engine.settle();
  REQUIRE(!engine.call("CAlast").is_null());
  for (const DeadLetter& letter : dead_letters(engine)) REQUIRE(letter.reason.size() > 10);
}

}  // namespace hookswitch::test
