// A conversation by SMS or WhatsApp is found and belongs by its numbers as a telephone call, and nobody is rung for it.
#include <catch2/catch.hpp>

#include "engine/state/calls_page.h"
#include "engine/state/tasks.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

const std::string kPerson = "+40722123456";
const std::string kOurs = "+14155550199";  // of B2/L1

Json conversation(const std::string& id, const Json& channel) {
  Json out = Json::parse(fixture("elevenlabs/post_call_transcription.full.json"));
  Json& data = out["data"];
  data["conversation_id"] = id;
  data["agent_id"] = "of_nobody";
  data["status"] = "failed";
  data["metadata"]["phone_call"] = nullptr;
  data["metadata"].update(channel);
  data["conversation_initiation_client_data"] = Json::object();
  return out;
}

size_t calls_of_person(InProcess& engine) {
  auto reader = engine.store().read();
  REQUIRE(reader);
  auto page = calls_page(**reader, {.phone = kPerson}, "", 10);
  REQUIRE(page);
  return page->rows.size();
}

}  // namespace

TEST_CASE("a conversation by SMS or WhatsApp is the person's and the tenant's of its numbers, and makes no task") {
  InProcess engine;
  engine.command("contact.put", {{"id", "p1"}, {"row", {{"name", "Ana"}, {"phones", {kPerson}}}}});
  Json sms{{"direction", "inbound"}, {"sms_user_phone_number", kPerson}, {"agent_phone_number", kOurs}};
  Json whatsapp{{"direction", "inbound"}, {"whatsapp_user_id", kPerson.substr(1)}};
  engine.deliver("elevenlabs", "", conversation("conv_sms", {{"sms", sms}}).dump());
  engine.deliver("elevenlabs", "", conversation("conv_whatsapp", {{"whatsapp", whatsapp}}).dump());
  Json state = engine.state();
  CHECK(state["dead"] == 0);
  CHECK(calls_of_person(engine) == 2);
  for (const char* id : {"conv_sms", "conv_whatsapp"}) {
    Json call = engine.call(id);
    CHECK(call["from"] == kPerson);
    CHECK(call["direction"] == "inbound");
    CHECK(call["contact_id"] == "p1");
    CHECK(call["status"] == "failed");
  }
  CHECK(engine.call("conv_sms")["tenant"] == "B2/L1");
  auto reader = engine.store().read();
  REQUIRE(reader);
  CHECK(task_page(**reader, {}, "", 10)->rows.empty());
}

}  // namespace hookswitch::test
