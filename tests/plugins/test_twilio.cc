// Twilio: which forms of a URL and body count as signed, what each webhook is, and how it is answered.
#include <catch2/catch.hpp>
#include <set>

#include "tests/plugins/support.h"

using namespace hookswitch;
using namespace hookswitch::test;
using nlohmann::json;

namespace {

const char* kToken = R"({"account_sid":"AC1","auth_token":"12345"})";
const char* kForm = "application/x-www-form-urlencoded";

struct Call {
  std::string url = "https://example.com/hooks/twilio/voice";
  std::string kind = "voice";
  std::string body = "";
  std::string signature = "";
  std::string type = kForm;
  std::string method = "POST";
};

Verdict verify(const Source& source, const Call& call) {
  HeaderList headers = {{"x-twilio-signature", call.signature}};
  if (!call.type.empty()) headers.emplace_back("content-type", call.type);
  DeliveryRequest request;
  request.method = call.method;
  request.url = call.url;
  size_t query = call.url.find('?');
  request.query = query == std::string::npos ? "" : std::string_view(call.url).substr(query + 1);
  request.kind = call.kind;
  request.body = call.body;
  request.headers = &headers;
  auto verdict = source.verify(request);
  if (!verdict) FAIL(verdict.error().message);
  return *verdict;
}

/// Is `seen` accepted when Twilio signed `signed_text`?
bool accepts(const std::string& seen, const std::string& signed_text, const std::string& body = "") {
  Call call{.url = seen, .body = body, .signature = hmac_sha1_base64("12345", signed_text)};
  return verify(*source("twilio", kToken), call).kind == Verdict::Kind::accept;
}

DecodedEvent decode(std::string_view kind, const std::string& body, const HeaderList& headers = {}) {
  return decode_one(*source("twilio", kToken), kind, body, headers);
}

}  // namespace

TEST_CASE("every form of the URL that Twilio may have signed is accepted, and no other") {
  struct Form {
    const char* seen;
    const char* signed_as;
    bool ok;
  };
  const Form forms[] = {
      {"https://h.com/p?a=1", "https://h.com/p?a=1", true},
      {"https://h.com/p", "https://h.com:443/p", true},
      {"https://h.com:8443/p", "https://h.com/p", true},
      {"http://h.com:8080/p", "http://h.com:8080/p", true},
      {"http://h.com:8080/p", "http://h.com/p", true},
      {"http://h.com/p", "http://h.com:80/p", true},
      {"https://u:p@h.com/p", "https://h.com/p", true},
      {"https://u:p@h.com/p", "https://u:p@h.com/p", true},
      {"https://u:p@h.com/p", "https://h.com:443/p", true},
      {"https://H.com/p", "https://h.com/p", true},
      {"https://h.com/p?b=It's+ok", "https://h.com/p?b=It%27s+ok", true},
      {"https://h.com/p?b=It's+ok", "https://h.com/p?b=It's%20ok", true},
      {"https://h.com/p#rc=5&rp=all", "https://h.com/p", true},
      {"https://[::1]:8443/p", "https://[::1]/p", true},
      {"wss://h.com/relay", "wss://h.com/relay/", true},
      {"wss://h.com/relay/", "wss://h.com/relay", true},
      {"wss://h.com/relay", "wss://h.com:80/relay", true},
      {"wss://h.com/relay?b=2&a=1", "wss://h.com/relaya1b2", true},
      {"https://h.com/p", "https://h.com/p/", false},
      {"https://h.com/p?a=1", "https://h.com/p", false},
      {"https://h.com/p?a=1", "https://h.com/pa1", false},
      {"https://h.com/p", "https://h.com:8443/p", false},
      {"https://h.com/p", "http://h.com/p", false},
      {"https://h.com/p", "https://g.com/p", false},
  };
  for (const Form& form : forms) {
    INFO(form.seen << " signed as " << form.signed_as);
    CHECK(accepts(form.seen, form.signed_as) == form.ok);
  }
}

TEST_CASE("form parameters are signed decoded, untrimmed, sorted byte by byte, and repetitions once") {
  std::string url = "https://h.com/p";
  CHECK(accepts(url, url + "B2a1", "a=1&B=2"));
  CHECK(accepts(url, url + "Body hi +E", "Body=+hi+%2B&E="));
  CHECK(accepts(url, url + "D1D2", "D=2&D=1&D=1"));
  CHECK(accepts(url, url + "Body\xC3\xBC\xFF", "Body=%C3%BC%ff"));
  CHECK(accepts(url, url + "a100%", "a=100%"));
  CHECK_FALSE(accepts(url, url + "a1B2", "a=1&B=2"));
  CHECK_FALSE(accepts(url, url + "a1", "a=1&b=2"));
}

TEST_CASE("a JSON body counts only with its hash in the signed URL") {
  auto made = source("twilio", kToken);
  std::string body = "{}", hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  std::string url = "https://h.com/p?bodySHA256=" + hash;
  Call call{.url = url, .body = body, .signature = hmac_sha1_base64("12345", url), .type = "application/json"};
  CHECK(verify(*made, call).kind == Verdict::Kind::accept);
  call.body = "{} ";
  CHECK(verify(*made, call).code == "signature_mismatch");
  call.url = "https://h.com/p";
  call.signature = hmac_sha1_base64("12345", call.url);
  CHECK(verify(*made, call).code == "missing_body_hash");
}

TEST_CASE("a delivery without signature or of another type is refused with its own code") {
  auto made = source("twilio", kToken);
  CHECK(verify(*made, {.body = "a=1"}).code == "missing_signature");
  CHECK(verify(*made, {.body = "a=1", .type = "text/plain"}).status == 415);
  CHECK(verify(*made, {.body = "a=1", .signature = "AAAA"}).code == "signature_mismatch");
}

TEST_CASE("both tokens are accepted while one is rotated") {
  auto made = source("twilio", R"({"auth_token":["old","new"]})");
  Call call;
  for (const char* token : {"old", "new"}) {
    call.signature = hmac_sha1_base64(token, call.url);
    CHECK(verify(*made, call).kind == Verdict::Kind::accept);
  }
}

TEST_CASE("the verdict names the call and whether rules answer") {
  auto made = source("twilio", kToken);
  auto told = [&](const std::string& kind, const std::string& body, const std::string& params) {
    Call call{.kind = kind, .body = body};
    call.signature = hmac_sha1_base64("12345", call.url + params);
    Verdict verdict = verify(*made, call);
    return verdict.key + (verdict.wants_reply ? "?" : ".");
  };
  CHECK(told("voice", "CallSid=CA1", "CallSidCA1") == "CA1?");
  CHECK(told("status", "CallSid=CA1", "CallSidCA1") == "CA1.");
  CHECK(told("sms", "MessageSid=SM1", "MessageSidSM1") == "SM1?");
  CHECK(told("sms-status", "MessageSid=SM1", "MessageSidSM1") == "SM1.");
  CHECK(told("gather", "CallSid=CA1", "CallSidCA1") == "CA1?");
}

TEST_CASE("without a kind in the path the parameters tell which webhook it is") {
  for (const char* name : {"voice.inbound", "voice.status.initiated", "voice.status.completed", "recording.completed",
                           "amd.machine", "sms.inbound", "sms.status.sent", "conversationrelay.action.ended"}) {
    json expected = json::parse(fixture("twilio/" + std::string(name) + ".events.json"));
    DecodedEvent event = decode("", fixture("twilio/" + std::string(name) + ".form"));
    CHECK(event.type == expected["events"][0]["type"]);
    CHECK(event.id == expected["events"][0]["id"]);
  }
}

TEST_CASE("retries of one voice request are one event and a second request of the call is another") {
  auto id = [](const std::string& body, const std::string& query = "") {
    return decode("voice", body, {{":query", query}}).id;
  };
  const std::string first = id("CallSid=CA1&CallStatus=ringing");
  CHECK_THAT(first, Catch::StartsWith("CA1:incoming:"));
  CHECK(id("CallSid=CA1&CallStatus=ringing") == first);
  CHECK(id("CallSid=CA1&CallStatus=in-progress") != first);
  CHECK(id("CallSid=CA1&CallStatus=ringing&Digits=1") != id("CallSid=CA1&CallStatus=ringing&Digits=2"));
  CHECK(id("CallSid=CA1&CallStatus=ringing", "step=2") != first);
  CHECK(id("CallSid=CA1&CallStatus=ringing", "step=2") != id("CallSid=CA1&CallStatus=ringing", "step=3"));
}

TEST_CASE("whoever has one signed request makes no second event of it") {
  auto id = [](const std::string& kind, const std::string& body, const char* token = "t1") {
    return decode(kind, body, {{"i-twilio-idempotency-token", token}}).id;
  };
  for (const char* kind : {"voice", "survey"}) {
    INFO(kind);
    const std::string first = id(kind, "ApiVersion=2010&CallSid=CA1&Custom=a+b");
    CHECK(id(kind, "ApiVersion=2010&CallSid=CA1&Custom=a+b", "forged") == first);
    CHECK(id(kind, "CallSid=CA1&Custom=a+b&ApiVersion=2010") == first);
    CHECK(id(kind, "ApiVersion=2010&CallSid=CA1&CallSid=CA1&Custom=a%20b") == first);
    CHECK(id(kind, "ApiVersio=n2010&CallSid=CA1&Custom=a+b") == first);
  }
}

TEST_CASE("who picked up is the event of its own callback, whatever request of the call says it") {
  auto made = source("twilio", kToken);
  auto events = [&](std::string_view kind, const std::string& body) {
    const HeaderList headers = {{":query", "action=act_1"}};
    DecodeInput input;
    input.kind = kind;
    input.body = body;
    input.headers = &headers;
    return made->decode(input).value();
  };
  for (const char* who : {"human", "machine_start", "machine_end_beep", "fax", "unknown"}) {
    const std::string params = "CallSid=CA1&AnsweredBy=" + std::string(who);
    const DecodedEvent callback = events("amd", params).at(0);
    for (const char* kind : {"voice", "status", "action", "survey"}) {
      INFO(kind << " " << who);
      const std::string time = "&Timestamp=Wed%2C+17+Dec+2025+19%3A33%3A20+%2B0000";
      auto told = events(kind, params + "&CallStatus=in-progress&From=%2B1" + time);
      REQUIRE(told.size() == 2);
      CHECK(told[0].id == callback.id);
      CHECK(told[0].type == callback.type);
      CHECK(told[0].subject == callback.subject);
      CHECK(told[0].time_ms == callback.time_ms);
      CHECK(told[0].data == callback.data);
      CHECK_FALSE(told[0].wants_reply);
    }
  }
  for (const char* none : {"CallSid=CA1", "CallSid=CA1&AnsweredBy=", "CallSid=CA1&AnsweredBy=%22", "AnsweredBy=fax"}) {
    INFO(none);
    CHECK(events("voice", none).size() == 1);
  }
}

TEST_CASE("two requests that came without a body are two by their queries") {
  auto id = [](const char* query) { return decode("survey", "", {{":query", query}}).id; };
  CHECK(id("Custom=1") != id("Custom=2"));
  CHECK(id("Custom=1") == id("Custom=1"));
  CHECK(id("Custom=a+b") == id("Custom=a%20b"));
}

TEST_CASE("a status without a sequence number has an id without one") {
  CHECK(decode("status", "CallSid=CA1&CallStatus=completed").id == "CA1:completed");
  CHECK(decode("status", "CallSid=CA1&CallStatus=dancing").type == "twilio.status");
}

TEST_CASE("what is said of a leg is said of the call that dialled, and is no call of its own") {
  const std::string leg = "CallSid=CA2&ParentCallSid=CA1&Direction=outbound-dial&From=%2B1&To=%2B2&CallStatus=";
  DecodedEvent event = decode("status", leg + "no-answer&SequenceNumber=2&CallDuration=0&ErrorCode=13224");
  CHECK(event.type == "twilio.leg");
  CHECK(event.id == "CA2:no-answer");
  CHECK(event.subject == "CA1");
  CHECK(json::parse(event.data) == json{{"external_ids", {{"call_sid", "CA1"}, {"leg_sid", "CA2"}}},
                                        {"leg",
                                         {{"sid", "CA2"},
                                          {"direction", "outbound"},
                                          {"status", "no_answer"},
                                          {"from", "+1"},
                                          {"to", "+2"},
                                          {"duration_secs", 0},
                                          {"sequence", 2},
                                          {"error_code", "13224"}}}});
  CHECK(json::parse(event.raw)["CallSid"] == "CA2");
  CHECK(decode("status", leg + "ringing&SequenceNumber=1").type == "twilio.leg");
  CHECK(decode("status", leg + "in-progress&AnsweredBy=machine_start").type == "twilio.leg");  // no call.machine before
  CHECK(decode("voice", leg + "in-progress").type == "twilio.leg");
  CHECK(decode("voice", leg + "in-progress").wants_reply);
  CHECK(decode("whisper", leg + "in-progress").type == "twilio.whisper");
  json recorded = json::parse(decode("recording", leg + "&RecordingSid=RE1&RecordingStatus=completed").data);
  CHECK(recorded["external_ids"] == json{{"call_sid", "CA1"}, {"leg_sid", "CA2"}, {"recording_sid", "RE1"}});
  CHECK(recorded["has_recording"] == true);
}

TEST_CASE("a call that a <Dial> has not made is one of its own, whatever it came from") {
  for (const char* more : {"Direction=outbound-dial", "Direction=outbound-dial&ParentCallSid=",
                           "Direction=outbound-api&ParentCallSid=CA1", "Direction=inbound&ParentCallSid=CA1"}) {
    INFO(more);
    DecodedEvent event = decode("status", std::string("CallSid=CA2&CallStatus=completed&") + more);
    CHECK(event.type == "call.ended");
    CHECK(json::parse(event.data)["external_ids"] == json{{"call_sid", "CA2"}});
  }
}

TEST_CASE("each thing that a caller presses or a <Dial> comes to is an event, and its retry is the same one") {
  auto id = [](const std::string& more) { return decode("action", "CallSid=CA1&CallStatus=in-progress&" + more).id; };
  CHECK_THAT(id("Digits=1"), Catch::StartsWith("action:"));
  CHECK(id("Digits=1") == id("Digits=1"));
  CHECK(id("Digits=1") != id("Digits=2"));
  CHECK(id("DialCallSid=CA2&DialCallStatus=no-answer") != id("DialCallSid=CA3&DialCallStatus=completed"));
  CHECK(id("SessionId=VX1&SessionStatus=ended") == "CA1:action:VX1:ended");
}

TEST_CASE("what conferences and streams report where calls have their status is each an event, and no call's status") {
  const std::string joined = "CallSid=CA1&ConferenceSid=CF1&StatusCallbackEvent=participant-join&SequenceNumber=2";
  const std::string left = "CallSid=CA1&ConferenceSid=CF1&StatusCallbackEvent=participant-leave&SequenceNumber=5";
  const std::string other = "CallSid=CA1&ConferenceSid=CF2&StatusCallbackEvent=participant-join&SequenceNumber=2";
  const std::string started = "CallSid=CA1&StreamSid=MZ1&StreamEvent=stream-started";
  const std::string stopped = "CallSid=CA1&StreamSid=MZ1&StreamEvent=stream-stopped";
  std::set<std::string> ids;
  for (const std::string& body : {joined, left, other, started, stopped}) {
    DecodedEvent event = decode("status", body);
    ids.insert(event.id);
    CHECK(event.type == "twilio.status");
    CHECK(event.subject == "CA1");
    CHECK(decode("status", body).id == event.id);
    CHECK(decode("", body).type == "twilio.unknown");
  }
  CHECK(ids.size() == 5);
}

TEST_CASE("a parameter that is too long as text is no part of an id") {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += "%FF";
  DecodedEvent event = decode("action", "CallSid=CA1&SessionId=" + bytes + "&SessionStatus=" + bytes);
  CHECK(event.id.starts_with("action:"));
  CHECK(event.id.size() < 120);
}

TEST_CASE("parameters in the query count when there is no body") {
  DecodedEvent event = decode("status", "", {{":query", "CallSid=CA1&CallStatus=busy&SequenceNumber=2"}});
  CHECK(event.id == "CA1:busy");
}

TEST_CASE("a webhook nobody knows is kept under its own name") {
  DecodedEvent event = decode("gather", "CallSid=CA1&Digits=1");
  CHECK(event.type == "twilio.gather");
  CHECK(event.subject == "CA1");
  CHECK(event.id.starts_with("gather:"));
  CHECK(decode("", "Foo=1").type == "twilio.unknown");
  CHECK(decode("", "").type == "twilio.unknown");
}

TEST_CASE("raw holds every parameter as text, repeated ones as lists, wrong bytes replaced") {
  json raw = json::parse(decode("voice", "CallSid=CA1&D=2&D=1&E=&Body=%FF%22&N\xC3\xA4me=1").raw);
  CHECK(raw["D"] == json::array({"2", "1"}));
  CHECK(raw["E"] == "");
  CHECK(raw["Body"] == "\xEF\xBF\xBD\"");
  CHECK(raw["N\xC3\xA4me"] == "1");
}

TEST_CASE("a JSON delivery is kept as it is") {
  DecodedEvent event = decode("events", R"([{"id":"EV1"}])", {{"content-type", "application/json"}});
  CHECK(event.type == "twilio.events");
  CHECK(event.raw == R"([{"id":"EV1"}])");
  CHECK(event.id.starts_with("twilio.events:"));
}

TEST_CASE("replies are TwiML, and the default turns a ringing call away without answering it") {
  auto made = source("twilio", kToken);
  DecodedEvent event;
  event.type = "call.incoming";
  RenderedReply reply = made->render(event, R"({"twiml":"<Response><Say>ü</Say></Response>"})").value();
  CHECK(reply.content_type == "text/xml");
  CHECK(reply.body == "<Response><Say>ü</Say></Response>");
  CHECK(made->render(event, R"({"json":{"a":1}})")->content_type == "application/json");
  CHECK(made->render(event, R"({"status":204})")->status == 204);
  CHECK_FALSE(made->render(event, "{}"));

  DeliveryRequest request;
  request.kind = "voice";
  request.body = "Direction=inbound&CallStatus=ringing&CallSid=CA1";
  CHECK(made->default_reply(request).body == R"(<Response><Reject reason="busy"/></Response>)");
  request.body = "Direction=outbound-api&CallStatus=in-progress&CallSid=CA1";
  CHECK(made->default_reply(request).body == "<Response><Hangup/></Response>");
  request.body = "Direction=outbound-dial&ParentCallSid=CA1&CallStatus=in-progress&CallSid=CA2";
  CHECK(made->default_reply(request).body == "<Response/>");  // is connected
  request.kind = "sms";
  CHECK(made->default_reply(request).body == "<Response/>");
  request.kind = "voice";
  auto configured = source("twilio", R"({"auth_token":"x","default_twiml":"<Response><Pause/></Response>"})");
  CHECK(configured->default_reply(request).body == "<Response/>");
  request.body = "Direction=outbound-api&CallStatus=in-progress&CallSid=CA1";
  CHECK(configured->default_reply(request).body == "<Response><Pause/></Response>");
}

TEST_CASE("settings of Twilio are refused with the key and a suggestion") {
  auto refused = [](const char* config) {
    auto made = providers().create_source("tw", "twilio", config);
    return made ? "" : made.error().message;
  };
  CHECK_THAT(refused(R"({"account_sid":"AC1"})"), Catch::Contains("auth_token: found an empty secret"));
  CHECK_THAT(refused(R"({"auth_token":"x","acount_sid":"AC1"})"), Catch::Contains("did you mean account_sid?"));
  CHECK_THAT(refused(R"({"auth_token":"x","phone_number":1})"), Catch::Contains("phone_number: found something else"));
}
