// Twilio placing, ending and redirecting calls, sending messages: valid requests, what each answer means, and what a
// list can tell about a call whose answer never came.
#include <catch2/catch.hpp>

#include "tests/plugins/acting.h"

using namespace hookswitch;
using namespace hookswitch::test;
using nlohmann::json;
using Kind = ActionOutcome::Kind;

namespace {

const std::string kAccount = "https://api.twilio.com/2010-04-01/Accounts/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const std::string kCall = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const std::string kRecording = "REaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

std::shared_ptr<Source> twilio(const json& more = {}) { return acting_source("twilio", more); }

HttpRequest sent(const Acted& acted, const Source& source) {
  auto request = acted.build(source);
  if (!request) FAIL(request.error().message);
  CHECK(complaint("twilio", *request) == "");
  return *request;
}

std::string refused(const Acted& acted, const Source& source) {
  auto request = acted.build(source);
  return request ? "" : request.error().message;
}

std::string callback(const std::string& kind) {
  return "https://example.com/hooks/line/" + kind + "?action=" + kActionId + "#rc=5&rp=all";
}

struct Answered {
  const char* type;
  int status;
  const char* body;
  Kind kind;
  const char* code;
};
const Answered kAnswers[] = {
    {"call", 201, R"({"sid":"CA1","status":"queued"})", Kind::done, ""},
    {"call", 200, R"({"sid":"CA1"})", Kind::done, ""},
    {"call", 201, "{}", Kind::unknown, "unreadable_answer"},
    {"call", 201, "<html>", Kind::unknown, "unreadable_answer"},
    {"call", 201, R"({"sid":"../x"})", Kind::unknown, "unreadable_answer"},
    {"call", 400, R"({"code":21211,"message":"not a valid phone number"})", Kind::failed, "invalid_number"},
    {"call", 400, R"({"code":21215,"message":"Geo Permission"})", Kind::failed, "country_not_allowed"},
    {"call", 400, R"({"code":21999,"message":"x"})", Kind::failed, "twilio_21999"},
    {"call", 400, R"({"type":"t","title":"Bad","detail":"worse","code":20001})", Kind::failed, "twilio_20001"},
    {"call", 400, "", Kind::failed, "http_400"},
    {"call", 401, R"({"code":20003,"message":"Authenticate"})", Kind::denied, "not_authorized"},
    {"call", 402, "", Kind::denied, "payment_required"},
    {"call", 403, R"({"code":20005,"message":"Account not active"})", Kind::denied, "twilio_20005"},
    {"call", 403, R"({"code":21215,"message":"Geo Permission"})", Kind::failed, "country_not_allowed"},
    {"call", 403, "", Kind::denied, "not_authorized"},
    {"call", 404, R"({"code":20404,"message":"gone"})", Kind::failed, "twilio_20404"},
    {"call", 429, R"({"code":20429,"message":"Too Many Requests"})", Kind::retry, "rate_limited"},
    {"call", 500, "", Kind::unknown, "http_500"},
    {"call", 503, R"({"code":20500,"message":"x"})", Kind::unknown, "twilio_20500"},
    {"sms", 201, R"({"sid":"SM1","status":"queued"})", Kind::done, ""},
    {"sms", 400, R"({"code":21610,"message":"unsubscribed"})", Kind::failed, "unsubscribed"},
    {"end_call", 200, R"({"sid":"CA1","status":"completed"})", Kind::done, ""},
    {"end_call", 400, R"({"code":21220,"message":"Invalid call state"})", Kind::done, ""},
    {"end_call", 404, R"({"code":20404,"message":"x"})", Kind::failed, "twilio_20404"},
    {"redirect", 400, R"({"code":21220,"message":"Invalid call state"})", Kind::failed, "not_in_progress"},
    {"delete_recording", 204, "", Kind::done, ""},
    {"delete_recording", 404, "", Kind::done, ""},
    {"delete_recording", 500, "", Kind::unknown, "http_500"},
};

json row(const std::string& date, const std::string& to = "+15558675310",
         const std::string& direction = "outbound-api") {
  return {{"sid", kCall}, {"to", to}, {"direction", direction}, {"date_created", date}, {"status", "queued"}};
}

std::string list_of(const std::vector<json>& rows, const json& next = nullptr) {
  return json{{"calls", rows}, {"next_page_uri", next}}.dump();
}

const std::string kThen = "Wed, 17 Dec 2025 19:33:22 +0000", kBefore = "Wed, 17 Dec 2025 18:33:19 +0000";

}  // namespace

TEST_CASE("a call is placed by a valid form whose callbacks carry our id") {
  HttpRequest request = sent({}, *twilio());
  CHECK(request.method == "POST");
  CHECK(request.url == kAccount + "/Calls.json");
  CHECK(header(request, "content-type") == "application/x-www-form-urlencoded");
  CHECK(header(request, "authorization") == "Basic QUNhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYTp0b2tlbi1zZWNyZXQ=");
  CHECK_FALSE(request.harmless);
  CHECK(form_params(request.body) ==
        std::vector<std::string>{"To=+15558675310", "From=+15551230000", "Url=" + callback("voice"),
                                 "StatusCallback=" + callback("status"), "StatusCallbackMethod=POST",
                                 "StatusCallbackEvent=initiated", "StatusCallbackEvent=ringing",
                                 "StatusCallbackEvent=answered", "StatusCallbackEvent=completed"});
}

TEST_CASE("a call may bring its words, its address, a recording and machine detection along") {
  Acted acted{.params = {{"to", "+1"},
                         {"from", "+2"},
                         {"twiml", "<Response/>"},
                         {"timeout_secs", 30},
                         {"record", true},
                         {"machine_detection", true}}};
  std::string form = sent(acted, *twilio()).body;
  for (const std::string& param :
       {std::string("From=+2"), std::string("Twiml=<Response/>"), std::string("Timeout=30"), std::string("Record=true"),
        "RecordingStatusCallback=" + callback("recording"), std::string("MachineDetection=Enable"),
        std::string("AsyncAmd=true"), "AsyncAmdStatusCallback=" + callback("amd")}) {
    CHECK(has_param(form, param));
  }
  acted.params = {{"to", "+1"}, {"url", "https://example.org/twiml"}, {"machine_detection", "detect_message_end"}};
  form = sent(acted, *twilio()).body;
  CHECK(has_param(form, "Url=https://example.org/twiml"));
  CHECK(has_param(form, "MachineDetection=DetectMessageEnd"));
}

TEST_CASE("an API key stands in for the token, and half of one is refused") {
  HttpRequest request = sent({}, *twilio({{"api_key", "SK1"}, {"api_secret", "x"}}));
  CHECK(header(request, "authorization") == "Basic U0sxOng=");
  CHECK_THAT(providers().create_source("t", "twilio", R"({"auth_token":"a","api_key":"SK1"})").error().message,
             Catch::Contains("api_key: found it without api_secret"));
}

TEST_CASE("messages, hang-ups, redirections and deletions are valid requests") {
  Acted sms{.type = "sms",
            .params = {{"to", "+15558675310"}, {"body", "Hello & good bye"}, {"media", {"https://example.org/a.png"}}}};
  HttpRequest request = sent(sms, *twilio());
  CHECK(request.url == kAccount + "/Messages.json");
  CHECK(form_params(request.body) ==
        std::vector<std::string>{"To=+15558675310", "From=+15551230000", "Body=Hello & good bye",
                                 "MediaUrl=https://example.org/a.png", "StatusCallback=" + callback("sms-status")});
  sms.params = {{"to", "+1"}, {"body", "x"}, {"messaging_service_sid", "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}};
  CHECK(has_param(sent(sms, *twilio()).body, "MessagingServiceSid=MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));

  json ids = {{"call_sid", kCall}, {"recording_sid", kRecording}};
  request = sent({.type = "end_call", .params = {{"external_ids", ids}}}, *twilio());
  CHECK(request.url == kAccount + "/Calls/" + kCall + ".json");
  CHECK(request.body == "Status=completed");
  CHECK(request.harmless);
  request = sent({.type = "redirect", .params = {{"external_ids", ids}, {"twiml", "<Response><Hangup/></Response>"}}},
                 *twilio());
  CHECK(has_param(request.body, "Twiml=<Response><Hangup/></Response>"));
  CHECK_FALSE(request.harmless);
  request = sent({.type = "delete_recording", .params = {{"external_ids", ids}}}, *twilio());
  CHECK(request.method == "DELETE");
  CHECK(request.url == kAccount + "/Recordings/" + kRecording + ".json");
  CHECK(request.harmless);
}

TEST_CASE("what can never work is refused with the name of what is wrong") {
  auto made = twilio();
  CHECK_THAT(refused({.params = json::object()}, *made), Catch::Contains("to: found no phone number"));
  CHECK_THAT(refused({}, *source("twilio", R"({"auth_token":"a","account_sid":"AC1"})")),
             Catch::Contains("from: found none"));
  CHECK_THAT(refused({}, *source("twilio", R"({"auth_token":"a","phone_number":"+1"})")),
             Catch::Contains("account_sid: found none"));
  CHECK(refused({.params = {{"to", "+1"}, {"twiml", std::string(4000, 'x')}}}, *made).empty());
  CHECK_THAT(refused({.params = {{"to", "+1"}, {"twiml", std::string(4001, 'x')}}}, *made), Catch::Contains("twiml"));
  CHECK(refused({.params = {{"to", "+1"}, {"twiml", std::string(3999, 'x') + "é"}}}, *made).empty());
  CHECK_THAT(refused({.params = {{"to", "+1"}, {"timeout_secs", 601}}}, *made), Catch::Contains("1 to 600"));
  CHECK_THAT(refused({.params = {{"to", "+1"}, {"machine_detection", "maybe"}}}, *made),
             Catch::Contains("machine_detection"));
  CHECK_THAT(refused({.type = "sms"}, *made), Catch::Contains("body: found neither"));
  std::string longest;
  for (int i = 0; i < 1600; ++i) longest += "é";
  CHECK(refused({.type = "sms", .params = {{"to", "+1"}, {"body", longest}}}, *made).empty());
  CHECK_THAT(refused({.type = "sms", .params = {{"to", "+1"}, {"body", longest + "x"}}}, *made),
             Catch::Contains("1600"));
  CHECK_THAT(refused({.type = "end_call"}, *made), Catch::Contains("external_ids.call_sid"));
  CHECK_THAT(refused({.type = "end_call", .params = {{"external_ids", {{"call_sid", "../Accounts"}}}}}, *made),
             Catch::Contains("external_ids.call_sid"));
  CHECK_THAT(refused({.type = "redirect", .params = {{"external_ids", {{"call_sid", kCall}}}}}, *made),
             Catch::Contains("twiml"));
}

TEST_CASE("each answer to an action means one thing, and only what certainly did not happen may be repeated") {
  auto made = twilio();
  for (const Answered& each : kAnswers) {
    INFO(each.type << " " << each.status << " " << each.body);
    ActionOutcome outcome = Acted{.type = each.type}.parse(*made, each.status, each.body);
    CHECK(std::string(name(outcome.kind)) == name(each.kind));
    CHECK(outcome.code == each.code);
  }
  Acted acted;
  ActionOutcome done = acted.parse(*made, 201, fixture("twilio/api.call_create.response.json"));
  CHECK(json::parse(done.result) ==
        json{{"external_ids", {{"action", kActionId}, {"call_sid", kCall}}}, {"status", "completed"}});
  CHECK(json::parse(Acted{.type = "sms"}.parse(*made, 201, R"({"sid":"SM1","status":"queued"})").result) ==
        json{{"external_ids", {{"action", kActionId}, {"message_sid", "SM1"}}}, {"status", "queued"}});
  CHECK(acted.parse(*made, 429, fixture("twilio/api.error.429.json"), {{"retry-after", "3"}}).retry_after_ms == 3'000);
  CHECK(acted.parse(*made, 400, R"({"title":"Bad","detail":"worse"})").reason == "worse");
}

TEST_CASE("a list that shows no such call since then proves that none was placed, once it must be listed") {
  auto made = twilio();
  Acted acted{.now_ms = kMadeMs + 1'000 + 299'999};
  auto look = acted.reconcile(*made).value();
  CHECK(complaint("twilio", look) == "");
  CHECK(look.harmless);
  CHECK(look.url == kAccount + "/Calls.json?To=%2B15558675310&PageSize=100");
  CHECK(acted.match(*made, 200, list_of({})).code == "not_listed_yet");
  acted.now_ms += 1;
  CHECK(acted.match(*made, 200, list_of({})).kind == Kind::retry);
  CHECK(acted.match(*made, 200, list_of({row(kBefore), row(kThen, "+1999"), row(kThen, "+15558675310", "inbound"),
                                       row(kThen, "+15558675310", "outbound-dial")}))
            .kind == Kind::retry);
}

TEST_CASE("a list that shows such a call leaves it unknown, for it does not say whose it is") {
  auto made = twilio();
  Acted acted{.now_ms = kMadeMs + 600'000};
  ActionOutcome outcome = acted.match(*made, 200, list_of({row(kThen)}));
  CHECK(outcome.kind == Kind::unknown);
  CHECK(outcome.code == "ambiguous");
  CHECK(outcome.cursor.empty());
  Acted sms{.type = "sms", .params = {{"to", "+15558675310"}, {"body", "hi"}}, .now_ms = kMadeMs + 600'000};
  CHECK(complaint("twilio", sms.reconcile(*made).value()) == "");
  json message = row(kThen);
  for (const char* text : {"hi", "Sent from your Twilio trial account - hi", "rewritten by smart encoding"}) {
    message["body"] = text;
    CHECK(sms.match(*made, 200, json{{"messages", {message}}}.dump()).code == "ambiguous");
  }
}

TEST_CASE("a list proves nothing of a number that it may write in another way") {
  for (const char* to : {"(555) 867-5310", "15558675310", "+1 (555) 867-5310", "whatsapp:+15558675310"}) {
    INFO(to);
    Acted acted{.params = {{"to", to}}, .now_ms = kMadeMs + 600'000};
    for (const std::vector<json>& rows : {std::vector<json>{}, {row(kThen)}}) {
      ActionOutcome outcome = acted.match(*twilio(), 200, list_of(rows));
      CHECK(outcome.kind == Kind::unknown);
      CHECK(outcome.code == "not_e164");
      CHECK(outcome.cursor.empty());
    }
  }
}

TEST_CASE("a list is not asked for the caller's number, which it may write in another way") {
  for (const char* type : {"call", "sms"}) {
    Acted acted{.type = type, .params = {{"to", "+15558675310"}, {"from", "+1 (555) 123-0000"}, {"body", "hi"}}};
    CHECK(query_of(acted.reconcile(*twilio()).value().url) == "To=%2B15558675310&PageSize=100");
  }
}

TEST_CASE("a call that was placed while our clock was fast is not taken for absent") {
  Acted acted{.now_ms = kMadeMs + 1'800'000};  // their clock says half an hour less
  CHECK(acted.match(*twilio(), 200, list_of({row("Wed, 17 Dec 2025 19:03:22 +0000")})).code == "ambiguous");
}

TEST_CASE("a long list is walked until it is older than the action, and never out of the account") {
  auto made = twilio();
  Acted acted{.now_ms = kMadeMs + 600'000};
  std::string next =
      "/2010-04-01/Accounts/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Calls.json?PageSize=100&Page=1&PageToken=PT";
  acted.cursor = acted.match(*made, 200, list_of({row(kThen, "+1999")}, next)).cursor;
  auto look = acted.reconcile(*made).value();
  CHECK(look.url == "https://api.twilio.com" + next);
  CHECK(complaint("twilio", look) == "");
  CHECK(acted.match(*made, 200, list_of({row(kBefore, "+1999")}, next)).kind == Kind::retry);
  const std::string blank = "/2010-04-01/Accounts/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Calls.json?ParentCallSid=CA aa";
  for (const std::string& elsewhere :
       {std::string("https://evil.example/x"), std::string("/2010-04-01/Accounts/ACother/Calls.json"),
        std::string("//evil.example"), blank}) {
    CHECK(acted.match(*made, 200, list_of({row(kThen, "+1999")}, elsewhere)).code == "look_failed");
  }
  for (auto [status, body] : {std::pair{500, ""}, {401, "{}"}, {200, "<html>"}, {200, "{}"}}) {
    CHECK(acted.match(*made, status, body).code == "look_failed");
  }
}

TEST_CASE("a row that does not say what it is may be the lost call") {
  Acted acted{.now_ms = kMadeMs + 600'000};
  for (const char* member : {"to", "direction"}) {
    for (const json& odd : {json(nullptr), json("")}) {
      json unclear = row(kThen);
      unclear[member] = odd;
      CHECK(acted.match(*twilio(), 200, list_of({unclear})).code == "ambiguous");
    }
  }
  CHECK(acted.match(*twilio(), 200, list_of({json(7)})).code == "ambiguous");
}

TEST_CASE("a list that does not say whether it ends proves nothing") {
  auto made = twilio();
  Acted acted{.now_ms = kMadeMs + 600'000};
  for (const json& odd : {json(7), json(true), json::object()}) {
    CHECK(acted.match(*made, 200, list_of({}, odd)).code == "look_failed");
  }
  CHECK(acted.match(*made, 200, R"({"calls":[]})").code == "look_failed");
  CHECK(acted.match(*made, 200, json{{"calls", {row(kBefore)}}}.dump()).kind == Kind::retry);
}

TEST_CASE("a long list is walked only once the call must be in it") {
  Acted acted{.now_ms = kMadeMs + 60'000};
  ActionOutcome outcome = acted.match(
      *twilio(), 200,
      list_of({row(kThen, "+1999")}, "/2010-04-01/Accounts/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Calls.json?Page=1"));
  CHECK(outcome.code == "not_listed_yet");
  CHECK(outcome.cursor.empty());
}

TEST_CASE("nobody can tell whether a redirection took place") {
  Acted acted{.type = "redirect"};
  CHECK_THAT(acted.reconcile(*twilio()).error().message, Catch::Contains("found no list"));
}
