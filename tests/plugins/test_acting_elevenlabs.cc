// ElevenLabs placing calls: valid requests, what each answer means, and finding a call whose answer never came.
#include <catch2/catch.hpp>

#include "tests/plugins/acting.h"

using namespace hookswitch;
using namespace hookswitch::test;
using nlohmann::json;
using Kind = ActionOutcome::Kind;

namespace {

std::shared_ptr<Source> eleven(const json& more = {}) { return acting_source("elevenlabs", more); }

json sent(const Acted& acted, const Source& source) {
  auto request = acted.build(source);
  if (!request) FAIL(request.error().message);
  CHECK(complaint("elevenlabs", *request) == "");
  return json::parse(request->body);
}

std::string refused(const Acted& acted, const Source& source) {
  auto request = acted.build(source);
  return request ? "" : request.error().message;
}

struct Answered {
  int status;
  const char* body;
  HeaderList headers;
  Kind kind;
  const char* code;
  int64_t wait_ms;
};
const Answered kAnswers[] = {
    {200, R"({"success":true,"message":"ok","conversation_id":"c","callSid":"CA1"})", {}, Kind::done, "", 0},
    {200, R"({"success":true,"message":"ok","conversation_id":null,"callSid":null})", {}, Kind::done, "", 0},
    {201, R"({"success":true,"message":"ok","conversation_id":"c","sip_call_id":"s"})", {}, Kind::done, "", 0},
    {200,
     R"({"success":false,"message":"no such number","conversation_id":null,"callSid":null})",
     {},
     Kind::failed,
     "not_placed",
     0},
    {200, "<html>maintenance</html>", {}, Kind::unknown, "unreadable_answer", 0},
    {200, "", {}, Kind::unknown, "unreadable_answer", 0},
    {200, "[]", {}, Kind::unknown, "unreadable_answer", 0},
    {200, "{}", {}, Kind::unknown, "unreadable_answer", 0},
    {200, R"({"success":"maybe"})", {}, Kind::unknown, "unreadable_answer", 0},
    {302, "", {{"location", "https://elsewhere"}}, Kind::failed, "http_302", 0},
    {400, R"({"detail":{"code":"invalid_parameters","message":"bad"}})", {}, Kind::failed, "invalid_parameters", 0},
    {401,
     R"({"detail":{"status":"invalid_api_key","message":"Invalid API key"}})",
     {},
     Kind::denied,
     "invalid_api_key",
     0},
    {402,
     R"({"detail":{"code":"insufficient_credits","message":"none left"}})",
     {},
     Kind::denied,
     "insufficient_credits",
     0},
    {403, "", {}, Kind::denied, "not_authorized", 0},
    {404, R"({"detail":{"code":"agent_not_found","message":"no"}})", {}, Kind::failed, "agent_not_found", 0},
    {408, "", {}, Kind::unknown, "http_408", 0},
    {409, "", {}, Kind::retry, "http_409", 0},
    {422,
     R"({"detail":[{"loc":["body","to_number"],"msg":"Field required","type":"missing"}]})",
     {},
     Kind::failed,
     "invalid_parameters",
     0},
    {429, "", {}, Kind::retry, "rate_limited", 0},
    {429, R"({"detail":{"code":"concurrent_limit_exceeded"}})", {}, Kind::retry, "concurrent_limit_exceeded", 15'000},
    {429, R"({"detail":{"status":"system_busy"}})", {}, Kind::retry, "system_busy", 3'000},
    {429,
     R"({"detail":{"code":"rate_limit_exceeded"}})",
     {{"retry-after", "7"}},
     Kind::retry,
     "rate_limit_exceeded",
     7'000},
    {429, "", {{"retry-after-ms", "250"}}, Kind::retry, "rate_limited", 250},
    {429, "", {{"retry-after", "Wed, 17 Dec 2025 19:34:50 GMT"}}, Kind::retry, "rate_limited", 30'000},
    {429, "", {{"retry-after", "soon"}}, Kind::retry, "rate_limited", 0},
    {429, "<html>", {{"retry-after", "-5"}}, Kind::retry, "rate_limited", 0},
    {500, R"({"detail":"oops"})", {}, Kind::unknown, "http_500", 0},
    {503, "", {{"retry-after", "1"}}, Kind::unknown, "http_503", 0},
    {100, "", {}, Kind::unknown, "http_100", 0},
};

std::string list_of(const std::vector<std::string>& ids, const std::string& next = "") {
  json rows = json::array();
  for (const auto& id : ids) rows.push_back({{"conversation_id", id}, {"start_time_unix_secs", 1}, {"status", "done"}});
  return json{{"conversations", rows}, {"has_more", !next.empty()}, {"next_cursor", next}}.dump();
}

std::string conversation(const std::string& id, const std::string& action) {
  return json{{"conversation_id", id},
              {"conversation_initiation_client_data", {{"dynamic_variables", {{"hookswitch_action", action}}}}},
              {"metadata", {{"phone_call", {{"call_sid", "CA9"}}}}}}
      .dump();
}

/// A lost call under a user id of the caller's, long enough ago to be listed.
Acted of_a_user() {
  return {.params = {{"to", "+15558675310"}, {"user_id", "lead-1"}}, .now_ms = kMadeMs + 600'000};
}

/// A conversation as it may look while it goes on.
json without_variables(const json& more = {}) {
  json out = {{"conversation_id", "conv_1"},
              {"agent_id", "agent_1"},
              {"status", "in-progress"},
              {"metadata", {{"phone_call", {{"direction", "outbound"}, {"external_number", "+15558675310"}}}}}};
  if (more.is_object()) out.update(more);
  return out;
}

}  // namespace

TEST_CASE("a call is placed through Twilio or a SIP trunk by a valid request that carries our id") {
  Acted acted{
      .params = {
          {"to", "+15558675310"},
          {"variables",
           {{"name", "Anna"}, {"debt", 120.5}, {"vip", true}, {"gone", nullptr}, {"hookswitch_action", "forged"}}},
          {"metadata", {{"order", 7}}},
          {"timeout_secs", 45},
          {"record", true}}};
  json body = sent(acted, *eleven());
  json variables = {{"name", "Anna"}, {"debt", 120.5}, {"vip", true}, {"hookswitch_action", kActionId}};
  CHECK(body ==
        json{{"agent_id", "agent_1"},
             {"agent_phone_number_id", "phnum_1"},
             {"to_number", "+15558675310"},
             {"call_recording_enabled", true},
             {"telephony_call_config", {{"ringing_timeout_secs", 45}}},
             {"conversation_initiation_client_data", {{"user_id", kActionId}, {"dynamic_variables", variables}}}});
  HttpRequest request = acted.build(*eleven()).value();
  CHECK(request.method == "POST");
  CHECK(request.url == "https://api.elevenlabs.io/v1/convai/twilio/outbound-call");
  CHECK(header(request, "xi-api-key") == "xi-secret");
  CHECK(header(request, "content-type") == "application/json");
  CHECK_FALSE(request.harmless);

  auto trunk = eleven({{"outbound", "sip_trunk"}, {"api_base", "https://api.eu.residency.elevenlabs.io/"}});
  CHECK_FALSE(sent(acted, *trunk).contains("call_recording_enabled"));
  CHECK(acted.build(*trunk).value().url == "https://api.eu.residency.elevenlabs.io/v1/convai/sip-trunk/outbound-call");
}

TEST_CASE("what an action says goes before what is configured") {
  Acted acted{.params = {{"to", "+40722000111"},
                         {"agent_id", "agent_2"},
                         {"phone_number_id", "phnum_2"},
                         {"user_id", "lead-1"},
                         {"overrides", {{"agent", {{"language", "ro"}}}}}}};
  json body = sent(acted, *eleven());
  CHECK(body["agent_id"] == "agent_2");
  CHECK(body["agent_phone_number_id"] == "phnum_2");
  CHECK(body["conversation_initiation_client_data"]["user_id"] == "lead-1");
  CHECK(body["conversation_initiation_client_data"]["conversation_config_override"]["agent"]["language"] == "ro");
}

TEST_CASE("a call that can never work is refused with the name of what is wrong") {
  auto bare = source("elevenlabs", R"({"webhook_secret":"s","api_key":"k"})");
  CHECK_THAT(refused({}, *bare), Catch::Contains("agent_id: found none"));
  CHECK_THAT(refused({.params = {{"to", "+1"}, {"agent_id", "a"}}}, *bare),
             Catch::Contains("phone_number_id: found none"));
  CHECK_THAT(refused({}, *source("elevenlabs", R"({"webhook_secret":"s","agent_id":"a","phone_number_id":"p"})")),
             Catch::Contains("api_key: found none"));
  CHECK_THAT(refused({.params = json::object()}, *eleven()), Catch::Contains("to: found no phone number"));
  for (json secs : {json(0), json(1000), json("x")}) {
    CHECK_THAT(refused({.params = {{"to", "+1"}, {"timeout_secs", secs}}}, *eleven()), Catch::Contains("timeout_secs"));
  }
  CHECK(refused({.params = {{"to", "+1"}, {"timeout_secs", 1}}}, *eleven()).empty());
  CHECK(refused({.params = {{"to", "+1"}, {"timeout_secs", 999}}}, *eleven()).empty());
}

TEST_CASE("each answer to a call means one thing, and only what certainly did not happen may be repeated") {
  auto made = eleven();
  for (const Answered& each : kAnswers) {
    INFO(each.status << " " << each.body);
    ActionOutcome outcome = Acted{.now_ms = 1'766'000'060'000}.parse(*made, each.status, each.body, each.headers);
    CHECK(std::string(name(outcome.kind)) == name(each.kind));
    CHECK(outcome.code == each.code);
    CHECK(outcome.retry_after_ms == each.wait_ms);
  }
}

TEST_CASE("an answer names the call that was made and says why one was not") {
  auto made = eleven();
  Acted acted;
  ActionOutcome done =
      acted.parse(*made, 200, R"({"success":true,"message":"","conversation_id":"conv_1","callSid":"CA1"})");
  CHECK(json::parse(done.result) ==
        json{{"external_ids", {{"action", kActionId}, {"conversation_id", "conv_1"}, {"call_sid", "CA1"}}}});
  done = acted.parse(*made, 200, R"({"success":true,"message":"","conversation_id":"conv_1","sip_call_id":"sip-1"})");
  CHECK(json::parse(done.result)["external_ids"]["sip_call_id"] == "sip-1");
  CHECK(acted.parse(*made, 422, fixture("elevenlabs/api.error.422_fastapi.json")).reason ==
        "to_number: Field required");
  CHECK(acted.parse(*made, 200, R"({"success":false,"message":"Number is busy"})").reason == "Number is busy");
  CHECK(acted.parse(*made, 400, R"({"detail":"plain words"})").reason == "plain words");
  std::string lengthy = R"({"detail":")" + std::string(499, 'x') + "\u00e9\u00e9" + R"("})";
  CHECK(acted.parse(*made, 400, lengthy).reason == std::string(499, 'x') + "...");
}

TEST_CASE("a batch is submitted by a valid request, answered, and found again by its name") {
  json recipients = {{{"to", "+15550000001"}, {"id", "r1"}, {"variables", {{"name", "A"}}}}, {{"to", "+15550000002"}}};
  Acted acted{.type = "batch_call",
              .params = {{"name", "spring"},
                         {"recipients", recipients},
                         {"not_before", 1'766'100'000'000},
                         {"timezone", "Europe/Bucharest"},
                         {"concurrency", 3}}};
  json body = sent(acted, *eleven());
  CHECK(body["call_name"] == std::string("spring [") + kActionId + "]");
  CHECK(body["scheduled_time_unix"] == 1'766'100'000);
  CHECK(body["recipients"][0]["conversation_initiation_client_data"]["dynamic_variables"]["hookswitch_batch"] ==
        kActionId);
  CHECK(body["recipients"][1]["phone_number"] == "+15550000002");
  CHECK_THAT(refused({.type = "batch_call", .params = json::object()}, *eleven()), Catch::Contains("recipients"));
  json many = json::array();
  for (int i = 0; i < 10'000; ++i) many.push_back({{"to", "+15550000001"}});
  CHECK(refused({.type = "batch_call", .params = {{"recipients", many}}}, *eleven()).empty());
  many.push_back({{"to", "+15550000001"}});
  CHECK_THAT(refused({.type = "batch_call", .params = {{"recipients", many}}}, *eleven()),
             Catch::Contains("1 to 10000"));

  CHECK(json::parse(
            acted.parse(*eleven(), 200, R"({"id":"btc_1","status":"pending","total_calls_scheduled":2})").result) ==
        json{{"batch_call_id", "btc_1"}, {"status", "pending"}, {"scheduled", 2}});
  auto look = acted.reconcile(*eleven()).value();
  CHECK(complaint("elevenlabs", look) == "");
  json listed = {
      {"batch_calls", {{{"id", "btc_0"}, {"name", "spring"}}, {{"id", "btc_1"}, {"name", body["call_name"]}}}},
      {"has_more", true},
      {"next_doc", "d2"}};
  CHECK(json::parse(acted.match(*eleven(), 200, listed.dump()).result)["batch_call_id"] == "btc_1");
  listed["batch_calls"].erase(1);
  acted.cursor = acted.match(*eleven(), 200, listed.dump()).cursor;
  look = acted.reconcile(*eleven()).value();
  CHECK(complaint("elevenlabs", look) == "");
  CHECK(has_param(query_of(look.url), "last_doc=d2"));
}

TEST_CASE("a lost call is found by its user id, and is taken for not made only when they would have listed it") {
  auto made = eleven();
  Acted acted;
  auto look = acted.reconcile(*made).value();
  CHECK(complaint("elevenlabs", look) == "");
  CHECK(look.harmless);
  CHECK(has_param(query_of(look.url), std::string("user_id=") + kActionId));
  CHECK_FALSE(query_of(look.url).contains("call_start_after_unix"));  // whatever our clock says
  ActionOutcome found = acted.match(*made, 200, list_of({"conv_1"}));
  CHECK(found.kind == Kind::done);
  CHECK(json::parse(found.result)["external_ids"] == json{{"action", kActionId}, {"conversation_id", "conv_1"}});
  acted.now_ms = kMadeMs + 1'000 + 299'999;
  CHECK(acted.match(*made, 200, list_of({})).kind == Kind::unknown);
  CHECK(acted.match(*made, 200, list_of({})).cursor.empty());
  acted.now_ms += 1;
  CHECK(acted.match(*made, 200, list_of({})).kind == Kind::retry);
  CHECK(acted.match(*made, 200, list_of({}, "p2")).cursor == "page:p2");
  for (auto [status, body] : {std::pair{500, ""}, {401, "{}"}, {200, "<html>"}, {200, "{}"}}) {
    ActionOutcome nothing = acted.match(*made, status, body);
    CHECK(nothing.kind == Kind::unknown);
    CHECK(nothing.cursor.empty());
  }
}

TEST_CASE("with a user id of somebody else's every conversation of that user is looked at") {
  auto made = eleven();
  Acted acted{.params = {{"to", "+1"}, {"user_id", "lead-1"}}, .now_ms = kMadeMs + 600'000};
  CHECK(has_param(query_of(acted.reconcile(*made).value().url), "user_id=lead-1"));
  CHECK(has_param(query_of(acted.reconcile(*made).value().url), "call_start_after_unix=1765913600"));
  ActionOutcome looking = acted.match(*made, 200, list_of({"conv_1", "conv_2"}, "p2"));
  CHECK(looking.kind == Kind::unknown);
  acted.cursor = looking.cursor;
  auto look = acted.reconcile(*made).value();
  CHECK(complaint("elevenlabs", look) == "");
  CHECK(look.url == "https://api.elevenlabs.io/v1/convai/conversations/conv_1");

  ActionOutcome next = acted.match(*made, 200, conversation("conv_1", "axn_other"));
  acted.cursor = next.cursor;
  CHECK(acted.reconcile(*made).value().url.ends_with("/conversations/conv_2"));
  ActionOutcome found = acted.match(*made, 200, conversation("conv_2", kActionId));
  CHECK(json::parse(found.result)["external_ids"] ==
        json{{"action", kActionId}, {"conversation_id", "conv_2"}, {"call_sid", "CA9"}});

  acted.cursor = acted.match(*made, 200, conversation("conv_2", "axn_other")).cursor;
  CHECK(acted.cursor == "page:p2");
  CHECK(has_param(query_of(acted.reconcile(*made).value().url), "cursor=p2"));
  CHECK(acted.match(*made, 200, list_of({})).kind == Kind::retry);
}

TEST_CASE("a conversation that cannot be read, or names no action, may be the lost call") {
  auto made = eleven();
  Acted acted = of_a_user();
  const json null_data = {{"conversation_initiation_client_data", nullptr}};
  for (const auto& [status, body] : {std::pair{404, std::string()},
                                     {200, without_variables().dump()},
                                     {200, without_variables(null_data).dump()},
                                     {200, conversation("conv_1", "")},
                                     {200, conversation("conv_1", "no id")},
                                     {200, std::string("{}")},
                                     {200, std::string("[]")}}) {
    INFO(status << " " << body);
    acted.cursor = acted.match(*made, 200, list_of({"conv_1"})).cursor;
    ActionOutcome outcome = acted.match(*made, status, body);
    CHECK(outcome.kind == Kind::unknown);
    CHECK(outcome.code == "ambiguous");
    CHECK(outcome.cursor.empty());
    acted.cursor.clear();
  }
}

TEST_CASE("what may be the lost call is remembered while others are looked at, of which one may say that it is it") {
  auto made = eleven();
  Acted acted = of_a_user();
  acted.cursor = acted.match(*made, 200, list_of({"conv_1", "conv_2"}, "p2")).cursor;
  acted.cursor = acted.match(*made, 404, "").cursor;
  CHECK(acted.reconcile(*made).value().url.ends_with("/conversations/conv_2"));
  CHECK(acted.match(*made, 200, conversation("conv_2", kActionId)).kind == Kind::done);
  acted.cursor = acted.match(*made, 200, conversation("conv_2", "axn_other")).cursor;
  CHECK(has_param(query_of(acted.reconcile(*made).value().url), "cursor=p2"));
  CHECK(acted.match(*made, 200, list_of({})).code == "ambiguous");
}

TEST_CASE("a conversation that names no action is no hindrance where it cannot be the lost call") {
  auto made = eleven({{"agent_id", "agent_1"}});
  Acted acted = of_a_user();
  acted.cursor = acted.match(*made, 200, list_of({"conv_1"})).cursor;
  auto phone = [](json more) { return json{{"metadata", {{"phone_call", std::move(more)}}}}; };
  auto data = [](json variables) {
    return json{{"conversation_initiation_client_data", {{"dynamic_variables", std::move(variables)}}}};
  };
  for (const json& each : {phone({{"direction", "inbound"}, {"external_number", "+15558675310"}}),
                           phone({{"direction", "outbound"}, {"external_number", "+15558675311"}}),
                           json{{"agent_id", "agent_2"}},
                           json{{"metadata", {{"batch_call", {{"batch_call_id", "btc_1"}}}}}},
                           json{{"metadata", {{"conversation_initiation_source", "react_sdk"}}}},
                           json{{"metadata", {{"conversation_initiation_source", "widget"}}}},
                           data({{"hookswitch_batch", "axn_other"}}), data({{"hookswitch_action", "axn_other"}})}) {
    INFO(each);
    CHECK(acted.match(*made, 200, without_variables(each).dump()).kind == Kind::retry);
  }
  for (const json& each : {phone({{"direction", "outbound"}, {"external_number", "(555) 867-5310"}}),
                           phone({{"direction", "outbound"}, {"external_number", "sip:anna@example.com"}}),
                           phone({{"direction", "outbound"}, {"external_number", "12"}}), phone(nullptr),
                           json{{"agent_id", "seng_2"}}, json{{"agent_id", nullptr}},
                           json{{"metadata", {{"conversation_initiation_source", "unknown"}}}}}) {
    INFO(each);
    CHECK(acted.match(*made, 200, without_variables(each).dump()).code == "ambiguous");
  }
}

TEST_CASE("rows that came in or not over the telephone are not fetched, and one without an id is not overlooked") {
  auto made = eleven();
  Acted acted = of_a_user();
  json list = json::parse(list_of({"conv_1", "conv_2", "conv_3"}));
  list["conversations"][0]["direction"] = "inbound";
  list["conversations"][1]["conversation_initiation_source"] = "whatsapp";
  list["conversations"][2]["direction"] = "outbound";
  CHECK(acted.match(*made, 200, list.dump()).cursor == "get:conv_3|");
  for (const json& row : {json::object(), json{{"conversation_id", "../x"}}, json("conv_3"), json(nullptr)}) {
    INFO(row);
    list["conversations"][2] = row;
    CHECK(acted.match(*made, 200, list.dump()).code == "ambiguous");
  }
  Acted own{.now_ms = kMadeMs + 600'000};
  CHECK(own.match(*made, 200, json{{"conversations", {json::object()}}, {"has_more", false}}.dump()).code ==
        "ambiguous");
  std::vector<std::string> many;
  for (int i = 0; i < 51; ++i) many.push_back("conv_" + std::to_string(i));
  acted.cursor = acted.match(*made, 200, list_of(many)).cursor;
  for (int i = 0; i < 49; ++i) acted.cursor = acted.match(*made, 200, conversation(many[i], "axn_other")).cursor;
  CHECK(acted.match(*made, 200, conversation("conv_49", "axn_other")).code == "ambiguous");
}

TEST_CASE("a list that does not say where it goes on proves nothing") {
  auto made = eleven();
  const std::string pages[] = {R"("has_more":true,"next_cursor":null)", R"("has_more":true,"next_cursor":"")",
                               R"("has_more":true,"next_doc":null)", R"("has_more":true,"next_cursor":{})",
                               R"("has_more":"no")", R"("next_cursor":null)"};
  for (const std::string& page : pages) {
    INFO(page);
    for (const Acted& acted : {Acted{.now_ms = kMadeMs + 600'000}, of_a_user()}) {
      CHECK(acted.match(*made, 200, R"({"conversations":[],)" + page + "}").code == "look_failed");
    }
    Acted batch{.type = "batch_call", .now_ms = kMadeMs + 600'000};
    CHECK(batch.match(*made, 200, R"({"batch_calls":[],)" + page + "}").code == "look_failed");
  }
  Acted batch{.type = "batch_call", .now_ms = kMadeMs + 600'000};
  CHECK(batch.match(*made, 200, R"({"batch_calls":[{"id":"b","name":"x"}],"has_more":false})").kind == Kind::retry);
  CHECK(batch.match(*made, 200, R"({"batch_calls":[{"id":"b"}],"has_more":false})").code == "ambiguous");
}

TEST_CASE("a list whose first page was read too early proves nothing, whenever the last is") {
  auto made = eleven();
  Acted acted = of_a_user();
  acted.now_ms = kMadeMs + 60'000;
  acted.cursor = acted.match(*made, 200, list_of({"conv_1"}, "p2")).cursor;
  acted.now_ms = kMadeMs + 600'000;
  acted.cursor = acted.match(*made, 200, conversation("conv_1", "axn_other")).cursor;
  CHECK(has_param(query_of(acted.reconcile(*made).value().url), "cursor=p2"));
  CHECK(acted.match(*made, 200, list_of({})).code == "ambiguous");
  acted.cursor.clear();
  CHECK(acted.match(*made, 200, list_of({})).kind == Kind::retry);
}
