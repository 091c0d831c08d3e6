// ElevenLabs: who is let in, what they are answered, and what the lenient reader makes of odd payloads.
#include <catch2/catch.hpp>

#include "tests/plugins/support.h"

using namespace hookswitch;
using namespace hookswitch::test;
using nlohmann::json;

namespace {

constexpr int64_t kNow = 1'739'537'300;
const char* kSecret = R"({"webhook_secret":"wsec_1"})";

struct Call {
  std::string kind = "";
  std::string body = R"({"type":"post_call_transcription","event_timestamp":1,"data":{}})";
  HeaderList headers = {};
};

DeliveryRequest request_of(const Call& call) {
  DeliveryRequest request;
  request.kind = call.kind;
  request.body = call.body;
  request.headers = &call.headers;
  request.now_ms = kNow * 1000;
  return request;
}

Verdict verify(const Source& source, const Call& call) {
  auto verdict = source.verify(request_of(call));
  if (!verdict) FAIL(verdict.error().message);
  return *verdict;
}

/// The same delivery in pieces of `piece` bytes.
Verdict stream(const Source& source, const Call& call, size_t piece) {
  DeliveryRequest request = request_of(call);
  request.body = "";
  auto verifying = source.begin_verify(request);
  for (std::string_view left = call.body; !left.empty(); left.remove_prefix(std::min(piece, left.size()))) {
    verifying->update(left.substr(0, piece));
  }
  auto verdict = verifying->finish();
  if (!verdict) FAIL(verdict.error().message);
  return *verdict;
}

Call signed_call(const std::string& body, std::string_view secret = "wsec_1", int64_t at = kNow) {
  return {.kind = "", .body = body, .headers = {{"elevenlabs-signature", elevenlabs_signature(secret, at, body)}}};
}

std::string refused_settings(const std::string& config) {
  auto made = providers().create_source("el", "elevenlabs", config);
  return made ? "" : made.error().message;
}

json data_of(const std::string& body, const std::string& settings = kSecret, std::string_view kind = "") {
  return json::parse(decode_one(*source("elevenlabs", settings), kind, body).data);
}

const Verdict::Kind kAccept = Verdict::Kind::accept;

}  // namespace

TEST_CASE("a signed delivery is accepted whole and in pieces of any size with the same answer") {
  auto made = source("elevenlabs", kSecret);
  REQUIRE(made->can_stream());
  Call call = signed_call(fixture("elevenlabs/post_call_transcription.full.json"));
  CHECK(verify(*made, call).kind == kAccept);
  CHECK(verify(*made, call).message == "Call data logged successfully");
  for (size_t piece : {1, 7, 4096, 100'000}) {
    Verdict verdict = stream(*made, call, piece);
    CHECK(verdict.kind == kAccept);
    CHECK(verdict.message == "Call data logged successfully");
  }
  call.body += " ";
  CHECK(verify(*made, call).code == "signature_mismatch");
  CHECK(stream(*made, call, 1000).code == "signature_mismatch");
}

TEST_CASE("a stream refuses for the header alone as a whole body would, and may be left half way") {
  auto made = source("elevenlabs", kSecret);
  CHECK(stream(*made, {}, 10).code == "missing_signature");
  CHECK(stream(*made, signed_call("{}", "wsec_1", kNow - 1801), 10).code == "timestamp_too_old");
  CHECK(stream(*made, signed_call(""), 10).kind == kAccept);
  Call call = signed_call("{}");
  DeliveryRequest request = request_of(call);
  auto left = made->begin_verify(request);
  left->update("half");
}

TEST_CASE("a signature is fresh for 30 minutes and may be 5 minutes ahead, and settings move both") {
  auto made = source("elevenlabs", kSecret);
  CHECK(verify(*made, signed_call("{}", "wsec_1", kNow - 1800)).kind == kAccept);
  CHECK(verify(*made, signed_call("{}", "wsec_1", kNow - 1801)).code == "timestamp_too_old");
  CHECK(verify(*made, signed_call("{}", "wsec_1", kNow + 300)).kind == kAccept);
  CHECK(verify(*made, signed_call("{}", "wsec_1", kNow + 301)).code == "timestamp_in_future");
  auto strict = source("elevenlabs", R"({"webhook_secret":"wsec_1","tolerance_secs":60,"future_secs":0})");
  CHECK(verify(*strict, signed_call("{}", "wsec_1", kNow - 61)).code == "timestamp_too_old");
  CHECK(verify(*strict, signed_call("{}", "wsec_1", kNow + 1)).code == "timestamp_in_future");
}

TEST_CASE("any of several secrets lets a delivery in") {
  auto made = source("elevenlabs", R"({"webhook_secret":["old","new"]})");
  CHECK(verify(*made, signed_call("{}", "old")).kind == kAccept);
  CHECK(verify(*made, signed_call("{}", "new")).kind == kAccept);
  CHECK(stream(*made, signed_call("{}", "new"), 1).kind == kAccept);
  CHECK(verify(*made, signed_call("{}", "other")).code == "signature_mismatch");
}

TEST_CASE("a signature header that says two things or nothing is malformed") {
  auto made = source("elevenlabs", kSecret);
  std::string good = elevenlabs_signature("wsec_1", kNow, "{}");
  std::string hash = good.substr(good.find("v0="));
  auto code = [&](const std::string& header) {
    return verify(*made, {.kind = "", .body = "{}", .headers = {{"elevenlabs-signature", header}}}).code;
  };
  CHECK(code(good) == "");
  CHECK(code(hash + ",t=" + std::to_string(kNow)) == "");
  CHECK(code(good + ",v1=abc,x") == "");
  CHECK(code(good + ",v0=0000") == "");
  CHECK(code(good + ",t=1") == "malformed_signature");
  CHECK(code(hash) == "malformed_signature");
  CHECK(code("t=" + std::to_string(kNow)) == "malformed_signature");
  CHECK(code("t=+1," + hash) == "malformed_signature");
  CHECK(code("") == "missing_signature");
}

TEST_CASE("only JSON is taken, and a missing content type counts as JSON") {
  auto made = source("elevenlabs", kSecret);
  for (const char* type : {"application/json", "Application/JSON; charset=utf-8", "application/json ;x=y"}) {
    Call call = signed_call("{}");
    call.headers.emplace_back("content-type", type);
    CHECK(verify(*made, call).kind == kAccept);
  }
  Call call = signed_call("{}");
  call.headers.emplace_back("content-type", "text/plain");
  CHECK(verify(*made, call).code == "wrong_content_type");
  CHECK(verify(*made, call).status == 415);
}

TEST_CASE("the answer says whether call data was logged, wherever the type stands") {
  auto made = source("elevenlabs", kSecret);
  auto message = [&](const std::string& body) { return verify(*made, signed_call(body)).message; };
  CHECK(message(R"({"type":"post_call_transcription"})") == "Call data logged successfully");
  CHECK(message(R"( { "type" : "post_call_transcription" })") == "Call data logged successfully");
  CHECK(message(R"({"data":{"type":"x"},"type":"post_call_transcription"})") == "Call data logged successfully");
  CHECK(message(R"({"type":"post_call_\u0061udio"})") == "Event received but not processed");
  CHECK(message(R"({"type":"post_call_audio"})") == "Event received but not processed");
  CHECK(message("not json") == "Event received but not processed");
}

TEST_CASE("the conversation initiation webhook needs its static secret and wants an answer") {
  auto made =
      source("elevenlabs", R"({"webhook_secret":"w","initiation_secret":{"header":"X-Init","value":"open sesame"}})");
  for (const char* kind : {"initiation", "conversation-initiation"}) {
    CHECK(verify(*made, {.kind = kind, .body = "{}", .headers = {{"x-init", "open sesame"}}}).wants_reply);
    CHECK(verify(*made, {.kind = kind, .body = "{}", .headers = {{"x-init", "open"}}}).code == "secret_mismatch");
    CHECK(verify(*made, {.kind = kind, .body = "{}", .headers = {}}).code == "missing_secret");
    CHECK(stream(*made, {.kind = kind, .body = "{}", .headers = {{"x-init", "open sesame"}}}, 1).wants_reply);
  }
  CHECK(verify(*source("elevenlabs", kSecret), {.kind = "initiation", .body = "{}"}).code == "not_configured");
  CHECK(verify(*made, {.kind = "", .body = "{}", .headers = {{"x-init", "open sesame"}}}).code == "missing_signature");
}

TEST_CASE("a flat delivery is answered by rules only where that is configured") {
  std::string body = fixture("elevenlabs/flat.json");
  auto wants = [&](const std::string& settings, const std::string& kind) {
    Call call = signed_call(body);
    call.kind = kind;
    return verify(*source("elevenlabs", settings), call).wants_reply;
  };
  CHECK(wants(R"({"webhook_secret":"wsec_1","formats":["flat"],"answer_call":true})", ""));
  CHECK(wants(R"({"webhook_secret":"wsec_1","answer_call":true})", "flat"));
  CHECK_FALSE(wants(R"({"webhook_secret":"wsec_1","answer_call":true})", ""));
  CHECK_FALSE(wants(R"({"webhook_secret":"wsec_1","formats":["flat"]})", ""));
}

TEST_CASE("a body too large to be kept while it arrives gets the answer that a small one gets") {
  std::string long_text(2'000'000, 'x');
  auto answer = [](const std::string& settings, const std::string& body) {
    return stream(*source("elevenlabs", settings), signed_call(body), 65'536);
  };
  for (std::string body :
       {R"({"event_timestamp":1,"type":"post_call_transcription","data":{"t":")" + long_text + R"("}})",
        R"({ "a" : [{"type":"x\\"}, "]}"], "type" : "post_call_transcription", "data":")" + long_text + R"("})"}) {
    CHECK(answer(kSecret, body).message == "Call data logged successfully");
  }
  CHECK(answer(kSecret, R"({"data":{"type":"post_call_transcription","t":")" + long_text + R"("}})").message ==
        "Event received but not processed");
  const char* flat = R"({"webhook_secret":"wsec_1","formats":["flat"],"answer_call":true})";
  std::string rest = R"("transcript":")" + long_text + R"("})";
  CHECK(answer(flat, R"({"started_at":"x","call_id":"c1",)" + rest).wants_reply);
  CHECK_FALSE(answer(flat, R"({"call_id":"c1","type":"other",)" + rest).wants_reply);
  CHECK_FALSE(answer(flat, R"({"call_id":null,)" + rest).wants_reply);
}

TEST_CASE("settings are refused with the key, what was found and a suggestion") {
  CHECK_THAT(refused_settings("{}"), Catch::Contains("webhook_secret: found an empty secret"));
  CHECK_THAT(refused_settings(R"({"webhook_secret":""})"), Catch::Contains("found an empty secret"));
  CHECK_THAT(refused_settings(R"({"webhook_secret":["a",""]})"), Catch::Contains("found an empty secret"));
  CHECK_THAT(refused_settings(R"({"webhook_secret":"a","webhok_secret":"b"})"),
             Catch::Contains("webhok_secret: unknown setting, did you mean webhook_secret?"));
  CHECK_THAT(refused_settings(R"({"webhook_secret":"a","tolerance_secs":0})"),
             Catch::Contains("expected a whole number from 1 to 86400"));
  CHECK_THAT(refused_settings(R"({"webhook_secret":"a","initiation_secret":{"heder":"x"}})"),
             Catch::Contains("did you mean initiation_secret.header?"));
  CHECK_THAT(refused_settings(R"({"webhook_secret":"a","formats":["round"]})"), Catch::Contains("formats"));
  CHECK_THAT(refused_settings("[]"), Catch::Contains("found no JSON object"));
  CHECK(refused_settings(
            R"({"webhook_secret":"a","api_key":"k","api_base":"https://b","agent_id":"c","phone_number_id":"d"})")
            .empty());
  CHECK(refused_settings(R"({"webhook_secret":"very secret","x":1})").find("very secret") == std::string::npos);
}

TEST_CASE("a text that is no JSON is an error with the place") {
  DecodeInput input;
  input.body = R"({"type":"post_call_transcription","data":{]})";
  auto events = source("elevenlabs", kSecret)->decode(input);
  REQUIRE_FALSE(events);
  CHECK(events.error().code == Code::invalid);
  CHECK_THAT(events.error().message, Catch::Contains("found an error at byte 43 of 44"));
  input.body = "";
  CHECK_THAT(source("elevenlabs", kSecret)->decode(input).error().message, Catch::Contains("found nothing"));
}

TEST_CASE("nesting of a thousand is read and one more is an error that says so") {
  auto made = source("elevenlabs", kSecret);
  auto nested = [](size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  CHECK(decode_one(*made, "", nested(1000)).type == "elevenlabs.unknown");
  std::string deep = nested(1001);
  DecodeInput input;
  input.body = deep;
  auto events = made->decode(input);
  REQUIRE_FALSE(events);
  CHECK_THAT(events.error().message, Catch::Contains("found nesting deeper than 1000"));
}

TEST_CASE("numbers that fit no type of ours are read as the nearest that does") {
  json data = data_of(R"({"type":"post_call_transcription","event_timestamp":1e400,"data":{"conversation_id":"c",
      "metadata":{"cost":10000000000000000000000000000000000000000,"call_duration_secs":-1e999,"cost_fiat":1e-999},
      "conversation_initiation_client_data":{"dynamic_variables":{"big":18446744073709551615,"half":1.0,"t":"1e400"}}}})");
  CHECK(data["cost_credits"] == 1e40);
  CHECK(data["duration_secs"] == -1.7976931348623157e308);
  CHECK(data["cost"] == 0.0);
  CHECK(data["variables"]["big"] == 18446744073709551615ULL);
  CHECK(data["variables"]["half"].is_number_float());
  CHECK(data["variables"]["t"] == "1e400");
}

TEST_CASE("an unknown type is an event of its own name and never an error") {
  auto made = source("elevenlabs", kSecret);
  CHECK(decode_one(*made, "", R"({"type":"agent qa/✓","data":{"conversation_id":"c1"}})").type ==
        "elevenlabs.agent_qa____");
  CHECK(decode_one(*made, "", R"({"type":"x","data":{"conversation_id":"c1"}})").id == "x:c1");
  for (const char* body : {"{}", "[]", "1", "null", "\"text\"", R"({"type":7})"}) {
    CHECK(decode_one(*made, "", body).type == "elevenlabs.unknown");
  }
}

TEST_CASE("an id that is too long to be one is replaced by the body's hash") {
  std::string body =
      R"({"type":"post_call_transcription","data":{"conversation_id":")" + std::string(5000, 'x') + "\"}}";
  DecodedEvent event = decode_one(*source("elevenlabs", kSecret), "", body);
  CHECK(event.id.size() == std::string("post_call_transcription:").size() + 64);
  CHECK(event.subject.empty());
  body = R"({"type":"post_call_transcription","event_timestamp":")" + std::string(100, '\xC3') + "\"}";
  for (size_t at = body.find('\xC3'); at < body.size() - 2; at += 2) body[at + 1] = '\xA4';
  CHECK(decode_one(*source("elevenlabs", kSecret), "", body).time_ms == 0);
}

TEST_CASE("times may be text, and an inbound call turns the numbers round") {
  json data = data_of(R"({"type":"post_call_transcription","event_timestamp":"1739537297","data":{"conversation_id":"c",
      "metadata":{"start_time_unix_secs":"1739537297","call_duration_secs":10,
      "phone_call":{"type":"sip_trunking","direction":"inbound","agent_number":"+1","external_number":"+2","call_id":"s1"}}}})");
  CHECK(data["from"] == "+2");
  CHECK(data["to"] == "+1");
  CHECK(data["started_at"] == 1'739'537'297'000);
  CHECK(data["ended_at"] == 1'739'537'307'000);
  CHECK(data["external_ids"]["sip_call_id"] == "s1");
}

TEST_CASE("a conversation by SMS or WhatsApp has numbers and a direction as a telephone call has") {
  auto parties = [](const json& metadata) {
    json data = data_of(json{{"type", "post_call_transcription"}, {"data", {{"metadata", metadata}}}}.dump());
    return json{data.value("direction", ""), data.value("from", ""), data.value("to", "")};
  };
  const std::string user = "+40722123456", agent = "+40212345678";
  json sms = {{"direction", "inbound"}, {"sms_user_phone_number", user}, {"agent_phone_number", agent}};
  CHECK(parties({{"phone_call", nullptr}, {"sms", sms}}) == json{"inbound", user, agent});
  sms["direction"] = "outbound";
  CHECK(parties({{"sms", sms}}) == json{"outbound", agent, user});
  sms["agent_phone_number"] = nullptr;
  CHECK(parties({{"sms", sms}}) == json{"outbound", "", user});
  auto whatsapp = [&](const char* direction, const char* id) {
    return parties({{"whatsapp", {{"direction", direction}, {"whatsapp_user_id", id}}}});
  };
  CHECK(whatsapp("inbound", "40722123456") == json{"inbound", user, ""});
  CHECK(whatsapp("outbound", "40722123456") == json{"outbound", "", user});
  CHECK(whatsapp("unknown", "40722123456") == json{"", user, ""});
  CHECK(whatsapp("inbound", "RO.1349") == json{"inbound", "", ""});
  CHECK(whatsapp("inbound", "") == json{"inbound", "", ""});
  json phone = {{"direction", "inbound"}, {"external_number", "+1"}, {"agent_number", "+2"}};
  CHECK(parties({{"phone_call", phone}, {"sms", sms}}) == json{"inbound", "+1", "+2"});
}

TEST_CASE("an event about a conversation is of its end, and only without one of the time that the webhook says") {
  auto time = [](const json& metadata) {
    json body = {{"type", "post_call_transcription"}, {"event_timestamp", 170}, {"data", {{"metadata", metadata}}}};
    return decode_one(*source("elevenlabs", kSecret), "", body.dump()).time_ms;
  };
  CHECK(time({{"start_time_unix_secs", 100}, {"call_duration_secs", 60}}) == 160'000);
  CHECK(time({{"start_time_unix_secs", 100}, {"accepted_time_unix_secs", 102}, {"call_duration_secs", 60}}) == 162'000);
  CHECK(time({{"start_time_unix_secs", 100}, {"call_duration_secs", -60}}) == 100'000);
  CHECK(time({{"call_duration_secs", 60}}) == 170'000);
  CHECK(time(nullptr) == 170'000);
}

TEST_CASE("half of an escaped surrogate pair is read as the replacement character, in raw too") {
  std::string body =
      R"({"type":"post_call_transcription","data":{"conversation_id":"c","analysis":{"transcript_summary":"@"}}})";
  body.replace(body.find('@'), 1, R"(cut \\ud83d \ud83d)");
  DecodedEvent event = decode_one(*source("elevenlabs", kSecret), "", body);
  CHECK(event.id == "post_call_transcription:c");
  CHECK(json::parse(event.data)["summary"] == "cut \\ud83d \uFFFD");
  CHECK(json::parse(event.raw)["data"]["analysis"]["transcript_summary"] == "cut \\ud83d \uFFFD");
}

TEST_CASE("a collected outcome goes before the call's success, and lists stand in for maps") {
  json data = data_of(R"({"type":"post_call_transcription","data":{"analysis":{"call_successful":"success",
      "data_collection_results":{"outcome":{"value":"appointment_booked"},"n":{"value":3},"none":null},
      "evaluation_criteria_results_list":[{"criteria_id":"polite","result":"failure"}]}}})");
  CHECK(data["outcome"] == "appointment_booked");
  CHECK(data["data_collection"]["n"] == 3);
  CHECK(data["data_collection"]["none"].is_null());
  CHECK(data["evaluation"]["polite"] == "failure");
}

TEST_CASE("a spoken transcript is split where speakers are named and is one turn where none is") {
  auto turns = [](const std::string& text) {
    json body{{"call_id", "c"}, {"transcript", text}};
    return data_of(body.dump(), kSecret, "flat")["transcript"];
  };
  CHECK(turns("Agent: Hi.\r\nStill me: yes\n\nCALLER: Hello: you?").dump() ==
        R"([{"message":"Hi.\nStill me: yes","role":"agent"},{"message":"Hello: you?","role":"user"}])");
  CHECK(turns("just words").dump() == R"([{"message":"just words","role":"user"}])");
  json listed{{"call_id", "c"}, {"transcript", json::array({{{"speaker", "Bot"}, {"text", "Hi"}}})}};
  CHECK(data_of(listed.dump(), kSecret, "flat")["transcript"][0]["message"] == "Hi");
}

TEST_CASE("the audio of a long call is an event with its size, and the audio only in raw") {
  std::string body =
      R"({"type":"post_call_audio","data":{"conversation_id":"c","full_audio":")" + std::string(20 << 20, 'A') + "\"}}";
  DecodedEvent event = decode_one(*source("elevenlabs", kSecret), "", body);
  CHECK(event.id == "post_call_audio:c");
  CHECK(json::parse(event.data)["audio"]["bytes"] == 15 << 20);
  CHECK(
      json::parse(event.raw).contains(json::json_pointer(json::parse(event.data)["audio"].value("pointer", "/none"))));
  CHECK(event.data.size() < 200);
  CHECK(event.raw.size() == body.size());
}

TEST_CASE("a trace payload keeps its traces in raw") {
  std::string body = R"({"type":"post_call_transcription","data":{"conversation_id":"c","otlp_traces":{"a":[1]}}})";
  DecodedEvent event = decode_one(*source("elevenlabs", kSecret), "", body);
  CHECK(event.type == "conversation.ended");
  CHECK(event.raw == body);
}

TEST_CASE("replies become what the conversation initiation webhook demands") {
  auto made =
      source("elevenlabs", R"({"webhook_secret":"w","initiation_default":{"dynamic_variables":{"name":"you"}}})");
  DecodedEvent starting;
  starting.type = "conversation.starting";
  CHECK(made->render(starting, R"({"json":{"dynamic_variables":{"n":1}}})")->body ==
        R"({"type":"conversation_initiation_client_data","dynamic_variables":{"n":1}})");
  CHECK(made->render(starting, R"({"json":{"type":"t"}})")->body == R"({"type":"t"})");
  CHECK(made->render(starting, R"({"status":404,"body":"no"})")->status == 404);
  CHECK_FALSE(made->render(starting, R"({"twiml":"<Response/>"})"));
  CHECK_FALSE(made->render(starting, R"({"status":99})"));
  DeliveryRequest request;
  request.kind = "initiation";
  CHECK(made->default_reply(request).body ==
        R"({"type":"conversation_initiation_client_data","dynamic_variables":{"name":"you"}})");
  request.kind = "flat";
  CHECK(made->default_reply(request).content_type == "application/json");
}
