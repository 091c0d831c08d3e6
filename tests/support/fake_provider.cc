#include "tests/support/fake_provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>

#include "engine/base/hash.h"
#include "tests/support/form_text.h"

namespace hookswitch::test {
namespace {

constexpr const char* kElevenLabsCall = "POST /v1/convai/twilio/outbound-call";
constexpr const char* kJsonType = "Content-Type: application/json\r\n";

int64_t now_secs() { return static_cast<int64_t>(std::time(nullptr)); }

int64_t now_ms() {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

std::string unique_of(const std::string& action, int asked) {
  return to_hex(hash128(fmt::format("{}/{}", action, asked)));
}

}  // namespace

// Something to be placed or sent, as a request asked for it.
struct FakeProvider::Wish {
  std::string source, action, to, user;
  std::optional<std::string> text;  // of a message
};

FakeProvider::FakeProvider(Faults faults)
    : faults_(faults), server_([this](const std::string& request, size_t) { return answer(request); }) {}

void FakeProvider::set_faults(Faults faults) {
  std::lock_guard lock(mutex_);
  faults_ = faults;
}

void FakeProvider::set_lasting(bool lasting) {
  std::lock_guard lock(mutex_);
  lasting_ = lasting;
}

std::map<std::string, int64_t> FakeProvider::arrivals() const {
  std::lock_guard lock(mutex_);
  return arrivals_;
}

std::vector<FakeMessage> FakeProvider::messages() const {
  std::lock_guard lock(mutex_);
  return messages_;
}

std::vector<std::string> FakeProvider::told(const std::string& action) const {
  std::lock_guard lock(mutex_);
  auto found = std::ranges::find(calls_, action, &Call::action);
  return found == calls_.end() ? std::vector<std::string>() : found->told;
}

std::map<std::string, int> FakeProvider::placed() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, int> out;
  for (const Call& call : calls_) ++out[call.action];
  return out;
}

int FakeProvider::placed_of(const std::string& action) const {
  auto all = placed();
  auto found = all.find(action);
  return found == all.end() ? 0 : found->second;
}

std::vector<std::string> FakeProvider::trace() const {
  std::lock_guard lock(mutex_);
  return trace_;
}

std::vector<FakeReport> FakeProvider::take_reports() {
  std::lock_guard lock(mutex_);
  return std::exchange(reports_, {});
}

RawServer::Reply FakeProvider::answer(const std::string& request) {
  std::string line = request.substr(0, request.find("\r\n"));
  std::string target = line.substr(0, line.rfind(' '));
  std::string body = request.substr(request.find("\r\n\r\n") + 4);
  std::lock_guard lock(mutex_);
  if (target.starts_with(kElevenLabsCall)) {
    Json json = Json::parse(body, nullptr, false);
    Json data = json.value("conversation_initiation_client_data", Json::object());
    std::string action = data.value("dynamic_variables", Json::object()).value("hookswitch_action", "");
    return place({"elevenlabs", action, json.value("to_number", ""), data.value("user_id", ""), {}});
  }
  bool posted = target.starts_with("POST ");
  std::string action = field(query_of(field(body, "StatusCallback")), "action");
  if (posted && target.ends_with("/Calls.json")) return place({"twilio", action, field(body, "To"), "", {}});
  if (posted && target.ends_with("/Messages.json"))
    return place({"twilio", action, field(body, "To"), "", field(body, "Body")});
  if (size_t at = target.find("/Calls/"); posted && at != std::string::npos)
    return change_call(target.substr(at + 7, target.rfind(".json") - at - 7), body);
  if (target.starts_with("GET /v1/convai/conversations?")) return {conversations(field(query_of(target), "user_id"))};
  if (target.starts_with("GET /v1/convai/conversations/")) return {conversation(target.substr(29))};
  if (target.starts_with("GET ") && target.find("/Calls.json") != std::string::npos)
    return {calls(field(query_of(target), "To"))};
  if (target.starts_with("GET ") && target.find("/Messages.json") != std::string::npos)
    return {messages(field(query_of(target), "To"))};
  return {json_answer(404, {{"detail", "no such thing"}})};
}

FakeProvider::Fault FakeProvider::fault_of(const std::string& action) {
  auto dice = static_cast<int>(hash64(fmt::format("{}/{}/{}", faults_.seed, action, asked_[action])) % 100);
  const std::pair<int, Fault> shares[] = {{faults_.drop_before, Fault::drop_before},
                                          {faults_.drop_after, Fault::drop_after},
                                          {faults_.broken_before, Fault::broken_before},
                                          {faults_.broken_after, Fault::broken_after},
                                          {faults_.html_after, Fault::html_after},
                                          {faults_.rate_limited, Fault::rate_limited},
                                          {faults_.busy, Fault::busy},
                                          {faults_.refused, Fault::refused},
                                          {faults_.denied, Fault::denied}};
  for (const auto& [share, fault] : shares) {
    if (dice < share) return fault;
    dice -= share;
  }
  return Fault::none;
}

RawServer::Reply FakeProvider::place(const Wish& wish) {
  ++asked_[wish.action];
  arrivals_.try_emplace(wish.to, now_ms());
  Fault fault = fault_of(wish.action);
  trace_.push_back(fmt::format("{} {} {} {}", wish.source, wish.action, asked_[wish.action], static_cast<int>(fault)));
  bool done =
      fault == Fault::none || fault == Fault::drop_after || fault == Fault::broken_after || fault == Fault::html_after;
  if (done) wish.text ? send_message(wish) : carry_out(wish);
  RawServer::Reply reply;
  if (faults_.slow_ms > 0)
    reply.hold_ms = static_cast<int>(hash64(wish.action) % static_cast<uint64_t>(faults_.slow_ms));
  reply.bytes = fault == Fault::none ? placed_answer(wish) : faulty_answer(fault, wish.source == "elevenlabs");
  return reply;
}

std::string FakeProvider::placed_answer(const Wish& wish) const {
  if (wish.text)
    return json_answer(201,
                       {{"sid", messages_.back().sid}, {"status", "queued"}, {"to", wish.to}, {"body", *wish.text}});
  const Call& call = calls_.back();
  if (call.source == "twilio") return json_answer(201, {{"sid", call.sid}, {"status", "queued"}, {"to", call.to}});
  return json_answer(200, {{"success", true}, {"message", "ok"}, {"conversation_id", call.id}, {"callSid", call.sid}});
}

// Twilio's: hangs up, or goes on with other instructions.
RawServer::Reply FakeProvider::change_call(const std::string& sid, const std::string& form) {
  auto call = std::ranges::find(calls_, sid, &Call::sid);
  if (call == calls_.end()) return {json_answer(404, {{"code", 20404}, {"message", "not found"}, {"status", 404}})};
  if (call->over)
    return {json_answer(400, {{"code", 21220}, {"message", "Call is not in-progress."}, {"status", 400}})};
  bool hung_up = field(form, "Status") == "completed";
  std::string twiml = field(form, "Twiml");
  call->told.push_back(hung_up ? "hang up" : twiml.empty() ? field(form, "Url") : twiml);
  call->over = hung_up;
  if (hung_up) report_call(*call, "completed", 3);
  return {json_answer(200, {{"sid", sid}, {"status", hung_up ? "completed" : "in-progress"}, {"to", call->to}})};
}

std::string FakeProvider::faulty_answer(Fault fault, bool elevenlabs) {
  const Json slowly{{"code", 20429}, {"message", "slowly"}};
  if (fault == Fault::broken_before) return json_answer(503, {{"detail", "broken"}});
  if (fault == Fault::broken_after) return json_answer(500, {{"detail", "broken"}});
  if (fault == Fault::html_after) return http_answer(200, "<html>hello</html>", "Content-Type: text/html\r\n");
  if (fault == Fault::rate_limited)
    return http_answer(429, dump(slowly), std::string(kJsonType) + "Retry-After: 1\r\n");
  if (fault == Fault::busy) return json_answer(429, slowly);
  if (fault == Fault::denied) return json_answer(401, {{"code", 20003}, {"detail", {{"status", "invalid_api_key"}}}});
  if (fault == Fault::refused && elevenlabs)
    return json_answer(200, {{"success", false}, {"message", "no such number"}});
  if (fault == Fault::refused)
    return json_answer(400, {{"code", 21211}, {"message", "invalid number"}, {"status", 400}});
  return "";  // the connection ends without a word
}

void FakeProvider::carry_out(const Wish& wish) {
  std::string unique = unique_of(wish.action, asked_[wish.action]);
  Call call{wish.source, wish.action, "conv_" + unique, "CA" + unique, wish.to, wish.user, now_secs() * 1000};
  call.over = !lasting_;
  if (call.source == "elevenlabs") {
    Json told{{"type", "post_call_transcription"}, {"event_timestamp", now_secs()}, {"data", talk(call)}};
    reports_.push_back({.source = call.source, .action = call.action, .to = call.to, .body = dump(told)});
  } else {
    report_call(call, "initiated", 0);
    lasting_ ? report_call(call, "in-progress", 2) : report_call(call, "completed", 3);
  }
  calls_.push_back(std::move(call));
}

void FakeProvider::report_call(const Call& call, const char* status, int sequence) {
  FakeReport report{.source = call.source, .action = call.action, .to = call.to};
  report.kind = "status?action=" + call.action;
  report.body = fmt::format(
      "AccountSid=AC00000000000000000000000000000000&CallSid={}&CallStatus={}&SequenceNumber={}&Direction="
      "outbound-api&From=%2B15551230000&To={}&CallDuration=7",
      call.sid, status, sequence, encoded(call.to));
  reports_.push_back(std::move(report));
}

void FakeProvider::send_message(const Wish& wish) {
  std::string sid = "SM" + unique_of(wish.action, asked_[wish.action]);
  messages_.push_back({wish.action, sid, wish.to, wish.text.value_or(""), now_secs() * 1000});
  FakeReport report{.source = wish.source, .action = wish.action, .to = wish.to};
  report.kind = "sms-status?action=" + wish.action;
  report.body = fmt::format(
      "AccountSid=AC00000000000000000000000000000000&MessageSid={}&SmsSid={}&MessageStatus=delivered&From="
      "%2B15551230000&To={}",
      sid, sid, encoded(wish.to));
  reports_.push_back(std::move(report));
}

}  // namespace hookswitch::test
