// Lists of what webhooks may have missed: valid requests, pages, items, and imports that are the webhooks' own events.
#include <catch2/catch.hpp>

#include "tests/plugins/acting.h"

using namespace hookswitch;
using namespace hookswitch::test;
using nlohmann::json;

namespace {

const std::string kAccount = "https://api.twilio.com/2010-04-01/Accounts/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

std::string url_of(const std::string& provider, const SyncQuery& query) {
  auto request = acting_source(provider)->build_query(query);
  if (!request) FAIL(request.error().message);
  if (!request->url.ends_with(".mp3")) CHECK(complaint(provider, *request) == "");
  CHECK(request->method == "GET");
  CHECK(request->harmless);
  return request->url;
}

std::string refused(const std::string& provider, const SyncQuery& query) {
  auto request = acting_source(provider)->build_query(query);
  return request ? "" : request.error().message;
}

SyncPage read(const std::string& provider, const SyncQuery& query, const std::string& body) {
  auto page = acting_source(provider)->read_page(query, {200, {}, body});
  if (!page) FAIL(page.error().message);
  return *page;
}

std::vector<DecodedEvent> imported(const std::string& provider, std::string_view kind, const std::string& body) {
  DecodeInput input;
  input.record_kind = "import";
  input.kind = kind;
  input.body = body;
  auto events = acting_source(provider)->decode(input);
  if (!events) FAIL(events.error().message);
  return *events;
}

json conversation(const std::string& status) {
  return {{"agent_id", "agent_1"},
          {"conversation_id", "conv_1"},
          {"status", status},
          {"transcript", {{{"role", "user"}, {"message", "hi"}, {"time_in_call_secs", 1}}}},
          {"metadata",
           {{"start_time_unix_secs", 1'766'000'000},
            {"call_duration_secs", 30},
            {"phone_call", {{"direction", "outbound"}, {"call_sid", "CA1"}}}}},
          {"conversation_initiation_client_data",
           {{"dynamic_variables", {{"hookswitch_action", kActionId}, {"name", "A"}}}}},
          {"user_id", kActionId}};
}

}  // namespace

TEST_CASE("conversations are listed by start, oldest first, a second wider than asked") {
  std::string url = url_of("elevenlabs", {.resource = "conversations",
                                          .filter = R"({"agent_id":"agent 1&x"})",
                                          .from_ms = 1'766'000'000'500,
                                          .to_ms = 1'766'003'600'500});
  CHECK(url.starts_with("https://api.elevenlabs.io/v1/convai/conversations?"));
  for (const char* param : {"page_size=100", "sort_direction=asc", "call_start_after_unix=1765999999",
                            "call_start_before_unix=1766003601", "agent_id=agent 1&x"}) {
    CHECK(has_param(query_of(url), param));
  }
  CHECK(has_param(query_of(url_of("elevenlabs", {.resource = "conversations", .cursor = "a+b="})), "cursor=a+b="));
  CHECK_THAT(refused("elevenlabs", {.resource = "conversations", .filter = R"({"colour":"red"})"}),
             Catch::Contains("found \"colour\""));
}

TEST_CASE("a page of conversations gives what has to be fetched, and which webhook it would have been") {
  SyncPage page =
      read("elevenlabs", {.resource = "conversations"}, fixture("elevenlabs/api.conversations_list.response.json"));
  REQUIRE(page.items.size() == 1);
  CHECK(page.items[0].id == "conv_7401k5m9x2p8ec3rqv6dtnhb0fzw");
  CHECK(page.items[0].time_ms == 1'714'423'232'000);
  CHECK(page.items[0].body.empty());
  CHECK(page.items[0].event_id == "post_call_transcription:conv_7401k5m9x2p8ec3rqv6dtnhb0fzw");
  CHECK(page.next_cursor.empty());
  json two = {{"conversations", {{{"conversation_id", "a/b"}}, {{"conversation_id", "c"}, {"status", "failed"}}}},
              {"has_more", true},
              {"next_cursor", "n"}};
  page = read("elevenlabs", {.resource = "conversations"}, two.dump());
  REQUIRE(page.items.size() == 1);
  CHECK(page.items[0].event_id.empty());
  CHECK(page.next_cursor == "n");
  two["has_more"] = false;
  CHECK(read("elevenlabs", {.resource = "conversations"}, two.dump()).next_cursor.empty());
}

TEST_CASE("one conversation is fetched whole, and another in its place is refused") {
  SyncQuery query{.resource = "conversations", .item = "conv_1"};
  CHECK(url_of("elevenlabs", query) == "https://api.elevenlabs.io/v1/convai/conversations/conv_1");
  std::string body = conversation("done").dump();
  CHECK(read("elevenlabs", query, body).items[0].body == body);
  query.item = "conv_2";
  CHECK_FALSE(acting_source("elevenlabs")->read_page(query, {200, {}, body}));
  CHECK_FALSE(refused("elevenlabs", {.resource = "conversations", .item = "../agents"}).empty());
}

TEST_CASE("audio is found by a conversation's id or a call's ids") {
  CHECK(url_of("elevenlabs", {.resource = "recordings", .item = "conv_1"}).ends_with("/conversations/conv_1/audio"));
  CHECK(url_of("elevenlabs", {.resource = "recordings", .item = R"({"call_sid":"CA1","conversation_id":"conv_1"})"})
            .ends_with("/conversations/conv_1/audio"));
  CHECK_FALSE(refused("elevenlabs", {.resource = "recordings", .item = R"({"call_sid":"CA1"})"}).empty());
  CHECK(url_of("twilio", {.resource = "recordings", .item = R"({"call_sid":"CA1","recording_sid":"RE1"})"}) ==
        kAccount + "/Recordings/RE1.mp3");
  CHECK_FALSE(refused("twilio", {.resource = "recordings", .item = R"({"message_sid":"SM1"})"}).empty());
}

TEST_CASE("audio is asked for as audio") {
  for (const auto& [source, item] : {std::pair{"elevenlabs", "conv_1"}, std::pair{"twilio", "RE1"}}) {
    auto request = acting_source(source)->build_query({.resource = "recordings", .item = item});
    REQUIRE(request);
    CHECK(header(*request, "accept").starts_with("audio/*"));
  }
}

TEST_CASE("of a call whose recording nobody named the recordings are listed, by their ids") {
  const std::string sid = "CA" + std::string(32, '1');
  const std::string ids = R"({"call_sid":")" + sid + "\"}";
  SyncQuery query{.resource = "recordings", .item = ids};
  CHECK(url_of("twilio", query) == kAccount + "/Recordings.json?PageSize=20&CallSid=" + sid);
  SyncPage page = read("twilio", query, R"({"recordings":[{"sid":"RE1","status":"completed"},{"sid":"RE2"}]})");
  REQUIRE(page.items.size() == 2);
  CHECK(page.items[0].id == "RE1");
  CHECK(page.items[0].id_kind == "recording_sid");
  CHECK(read("twilio", query, R"({"recordings":[]})").items.empty());
}

TEST_CASE("agents and phone numbers are listed whole") {
  CHECK(url_of("elevenlabs", {.resource = "agents", .cursor = "c"})
            .ends_with("/v1/convai/agents?page_size=100&cursor=c"));
  SyncPage page = read("elevenlabs", {.resource = "agents"},
                       R"({"agents":[{"agent_id":"agent_1","name":"A","tags":[]}],"has_more":false})");
  CHECK(json::parse(page.items[0].body)["name"] == "A");
  auto events = imported("elevenlabs", "agents", page.items[0].body);
  CHECK(events[0].type == "elevenlabs.agent");
  CHECK(json::parse(events[0].data) == json{{"agent_id", "agent_1"}, {"agent_name", "A"}});
  CHECK(url_of("elevenlabs", {.resource = "phone_numbers"}).ends_with("/v1/convai/phone-numbers"));
  page = read("elevenlabs", {.resource = "phone_numbers"},
              R"([{"phone_number":"+1","label":"L","phone_number_id":"p","assigned_agent":{"agent_id":"a"}}])");
  events = imported("elevenlabs", "phone_numbers", page.items[0].body);
  CHECK(json::parse(events[0].data) ==
        json{{"phone_number_id", "p"}, {"number", "+1"}, {"label", "L"}, {"agent_id", "a"}});
}

TEST_CASE("what is no page is an error, not an empty list") {
  for (const char* provider : {"elevenlabs", "twilio"}) {
    std::string resource = provider == std::string("twilio") ? "calls" : "conversations";
    for (const char* body : {"", "<html>", "{}", R"({"calls":{},"conversations":7})"}) {
      CHECK_FALSE(acting_source(provider)->read_page({.resource = resource}, {200, {}, body}));
    }
    CHECK_FALSE(refused(provider, {.resource = "weather"}).empty());
  }
}

TEST_CASE("a page that goes on and does not say where is an error, not the last one") {
  for (const char* page : {R"("has_more":true,"next_cursor":null)", R"("has_more":true)", R"("next_cursor":null)",
                           R"("has_more":true,"next_cursor":[])"}) {
    for (const char* resource : {"conversations", "agents"}) {
      std::string body = std::string("{\"") + resource + "\":[]," + page + "}";
      INFO(body);
      auto read = acting_source("elevenlabs")->read_page({.resource = resource}, {200, {}, body});
      REQUIRE_FALSE(read);
      CHECK_THAT(read.error().message, Catch::Contains("go to the next page"));
    }
  }
  for (const char* uri : {"7", "{}", "true"}) {
    std::string body = std::string(R"({"calls":[],"next_page_uri":)") + uri + "}";
    CHECK_FALSE(acting_source("twilio")->read_page({.resource = "calls"}, {200, {}, body}));
  }
}

TEST_CASE("an imported conversation is the event that its webhook makes") {
  json body = conversation("done");
  DecodedEvent import = imported("elevenlabs", "conversations", body.dump())[0];
  json envelope = {{"type", "post_call_transcription"}, {"event_timestamp", 1'766'000'040}, {"data", body}};
  DecodedEvent webhook = decode_one(*acting_source("elevenlabs"), "", envelope.dump());
  CHECK(import.id == webhook.id);
  CHECK(import.type == webhook.type);
  CHECK(import.subject == webhook.subject);
  CHECK(import.data == webhook.data);
  CHECK(import.time_ms == 1'766'000'030'000);
}

TEST_CASE("a conversation that we asked for names our action and hides it as user") {
  json data = json::parse(imported("elevenlabs", "conversations", conversation("done").dump())[0].data);
  CHECK(data["external_ids"] == json{{"conversation_id", "conv_1"}, {"call_sid", "CA1"}, {"action", kActionId}});
  CHECK_FALSE(data.contains("user_id"));
  json other = conversation("done");
  other["user_id"] = "lead-1";
  other["conversation_initiation_client_data"]["dynamic_variables"]["hookswitch_action"] = "no id";
  data = json::parse(imported("elevenlabs", "conversations", other.dump())[0].data);
  CHECK(data["user_id"] == "lead-1");
  CHECK_FALSE(data["external_ids"].contains("action"));
}

TEST_CASE("a conversation that cannot be a call of ours names no action, whatever its variables say") {
  json inbound = conversation("done"), visitor = conversation("done");
  inbound["metadata"]["phone_call"]["direction"] = "inbound";
  visitor["metadata"].erase("phone_call");
  visitor["metadata"]["conversation_initiation_source"] = GENERATE("widget", "react_sdk", "whatsapp");
  for (const json& other : {inbound, visitor}) {
    json data = json::parse(imported("elevenlabs", "conversations", other.dump())[0].data);
    CHECK(data["external_ids"]["conversation_id"] == "conv_1");
    CHECK_FALSE(data["external_ids"].contains("action"));
  }
}

TEST_CASE("a conversation still going on is no end, and a call that never came about failed") {
  for (const char* status : {"initiated", "in-progress", "processing"}) {
    DecodedEvent event = imported("elevenlabs", "conversations", conversation(status).dump())[0];
    CHECK(event.type == "import.conversation");
    CHECK(event.id.starts_with("import:conv_1:"));
  }
  auto told = [](const char* status) {
    return json::parse(imported("elevenlabs", "conversations", conversation(status).dump())[0].data);
  };
  for (auto [status, ours] : {std::pair{"initiated", "initiated"}, {"in-progress", "in_progress"}}) {
    json data = told(status);
    CHECK(data["status"] == ours);
    CHECK(data["started_at"] == 1'766'000'000'000);
    CHECK_FALSE(data.contains("ended_at"));
    CHECK_FALSE(data.contains("duration_secs"));
  }
  CHECK(told("processing")["ended_at"] == 1'766'000'030'000);
  CHECK(told("processing")["duration_secs"] == 30);
  json failed = conversation("failed");
  CHECK(imported("elevenlabs", "conversations", failed.dump())[0].id == "post_call_transcription:conv_1");
  failed["transcript"] = json::array();
  DecodedEvent event = imported("elevenlabs", "conversations", failed.dump())[0];
  CHECK(event.type == "call.failed");
  CHECK(event.id == "import:conv_1:failed");  // not its webhook's, which says more
  CHECK(json::parse(event.data)["status"] == "failed");
}

TEST_CASE("Twilio's lists are asked by time and walked by the page they name") {
  std::string url = url_of(
      "twilio",
      {.resource = "calls", .filter = R"({"to":"+1555"})", .from_ms = 1'766'000'000'000, .to_ms = 1'766'003'600'000});
  CHECK(url == kAccount +
                   "/Calls.json?PageSize=200&StartTime%3E=2025-12-17T19%3A33%3A20Z&StartTime%3C=2025-12-17T20%3A33%"
                   "3A20Z&To=%2B1555");
  url_of("twilio", {.resource = "messages", .from_ms = 1'766'000'000'000});
  url_of("twilio", {.resource = "recordings", .from_ms = 1'766'000'000'000});
  CHECK(url_of("twilio", {.resource = "calls", .item = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
            .ends_with("/Calls/CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json"));
  SyncPage page = read("twilio", {.resource = "calls"}, fixture("twilio/api.calls_list.response.json"));
  REQUIRE(page.items.size() == 2);
  CHECK(page.items[0].event_id == "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:price");
  CHECK(page.items[0].id_kind == "call_sid");
  CHECK(page.items[0].time_ms == 1'571'418'120'000);
  CHECK(json::parse(page.items[0].body)["direction"] == "outbound-api");
}

TEST_CASE("an imported call is what its callbacks told, and beside it the row and its price") {
  SyncPage page = read("twilio", {.resource = "calls"}, fixture("twilio/api.calls_list.response.json"));
  auto events = imported("twilio", "calls", page.items[0].body);
  REQUIRE(events.size() == 4);
  CHECK(events[0].type == "call.machine");
  CHECK(events[0].id == "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:amd:machine_start");
  CHECK(events[0].subject == "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  CHECK(events[0].time_ms == 1'571'418'000'000);
  CHECK(json::parse(events[0].data) == json{{"external_ids", {{"call_sid", "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
                                            {"answered_by", "machine_start"},
                                            {"machine", true}});
  CHECK(events[1].type == "call.ended");
  CHECK(events[1].id == "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:completed");
  CHECK(events[1].time_ms == 1'571'418'180'000);
  CHECK(json::parse(events[1].data) == json{{"external_ids", {{"call_sid", "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
                                            {"direction", "outbound"},
                                            {"status", "completed"},
                                            {"from", "+13051416799"},
                                            {"to", "+13051913581"},
                                            {"caller_name", "callerid1"},
                                            {"answered_by", "machine_start"},
                                            {"machine", true},
                                            {"duration_secs", 4},
                                            {"started_at", 1'571'418'000'000},
                                            {"answered_at", 1'571'418'120'000},
                                            {"ended_at", 1'571'418'180'000}});
  CHECK(events[2].type == "twilio.call");
  CHECK(events[2].id == "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:listed:completed");
  CHECK(events[2].time_ms == 1'571'418'000'000);
  CHECK(events[2].data == events[1].data);
  CHECK(events[3].id == "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:price");
  CHECK(json::parse(events[3].data)["cost"] == 0.2);
  json ringing = {{"sid", "CA1"}, {"status", "ringing"}, {"direction", "outbound-api"}};
  CHECK(imported("twilio", "calls", ringing.dump())[0].type == "twilio.call");
  CHECK(imported("twilio", "calls", ringing.dump())[0].id == "CA1:listed:ringing");
}

TEST_CASE("a call that is over is known from its list once what no callback tells is") {
  auto known_by = [](const json& price) {
    json row{{"sid", "CA1"}, {"status", "completed"}, {"price", price}};
    return read("twilio", {.resource = "calls"}, json{{"calls", {row}}}.dump()).items.at(0).event_id;
  };
  CHECK(known_by(nullptr) == "CA1:listed:completed");
  CHECK(known_by("-0.02") == "CA1:price");
}

TEST_CASE("a leg in a list is what its callback told, and its price is not the call's") {
  json row{{"sid", "CA2"},     {"parent_call_sid", "CA1"}, {"direction", "outbound-dial"}, {"status", "completed"},
           {"from", "+1"},     {"to", "+2"},               {"duration", "40"},             {"price", "-0.01"},
           {"price_unit", "USD"}};
  auto listed = [&] { return read("twilio", {.resource = "calls"}, json{{"calls", {row}}}.dump()).items.at(0); };
  auto events = imported("twilio", "calls", row.dump());
  REQUIRE(events.size() == 2);
  CHECK(events[0].type == "twilio.leg");
  CHECK(events[0].id == "CA2:completed");
  CHECK(events[0].subject == "CA1");
  json ids{{"call_sid", "CA1"}, {"leg_sid", "CA2"}};
  CHECK(json::parse(events[0].data) == json{{"external_ids", ids},
                                            {"leg",
                                             {{"sid", "CA2"},
                                              {"direction", "outbound"},
                                              {"status", "completed"},
                                              {"from", "+1"},
                                              {"to", "+2"},
                                              {"duration_secs", 40}}}});
  CHECK(events[1].type == "twilio.leg_price");
  CHECK(events[1].id == "CA2:price");
  CHECK(json::parse(events[1].data) ==
        json{{"external_ids", ids}, {"leg", {{"sid", "CA2"}, {"cost", 0.01}, {"currency", "USD"}}}});
  CHECK(listed().event_id == "CA2:price");
  CHECK(listed().id_kind.empty());
  row["price"] = nullptr;
  CHECK(imported("twilio", "calls", row.dump()).size() == 1);
  CHECK(listed().event_id == "CA2:completed");
  row["status"] = "ringing";
  CHECK(imported("twilio", "calls", row.dump())[0].id == "CA2:listed:ringing");
}

TEST_CASE("an imported message is received or has a status") {
  json message = {{"sid", "SM1"}, {"status", "delivered"}, {"direction", "outbound-api"},
                  {"body", "hi"}, {"from", "+1"},          {"to", "+2"}};
  CHECK(imported("twilio", "messages", message.dump())[0].id == "SM1:delivered");
  CHECK(imported("twilio", "messages", message.dump())[0].type == "message.status");
  message["direction"] = "inbound";
  CHECK(imported("twilio", "messages", message.dump())[0].id == "SM1:received");
  CHECK(imported("twilio", "messages", message.dump())[0].type == "message.received");
}

TEST_CASE("a callback names the action that its address carries") {
  auto made = acting_source("twilio");
  HeaderList headers = {{":query", std::string("action=") + kActionId}};
  json data = json::parse(decode_one(*made, "status", "CallSid=CA1&CallStatus=ringing", headers).data);
  CHECK(data["external_ids"] == json{{"call_sid", "CA1"}, {"action", kActionId}});
  headers = {{":query", "action=no%20id"}};
  CHECK_FALSE(
      json::parse(decode_one(*made, "status", "CallSid=CA1&CallStatus=ringing", headers).data)["external_ids"].contains(
          "action"));
  headers = {{":query", std::string("CallSid=CA1&CallStatus=busy&action=") + kActionId}};
  CHECK(json::parse(decode_one(*made, "status", "", headers).data)["external_ids"]["action"] == kActionId);
}

TEST_CASE("a status of a list that is no word is no part of an id") {
  const std::string status(600, 'x');
  json call{{"sid", "CA1"}, {"status", status}}, message{{"sid", "SM1"}, {"status", status}};
  CHECK(imported("twilio", "calls", call.dump())[0].id == "CA1:listed:unknown");
  CHECK(imported("twilio", "messages", message.dump())[0].id == "SM1:unknown");
}
