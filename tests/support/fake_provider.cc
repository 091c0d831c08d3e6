#include "tests/support/fake_provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>

#include "engine/base/hash.h"

namespace hookswitch::test {
namespace {

constexpr const char* kElevenLabsCall = "POST /v1/convai/twilio/outbound-call";
constexpr const char* kJsonType = "Content-Type: application/json\r\n";

int64_t now_secs() { return static_cast<int64_t>(std::time(nullptr)); }

std::string decoded(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// One field of a form or a query, decoded; "" without it.
std::string field(const std::string& form, const std::string& name) {
  size_t at = 0;
  while (at < form.size()) {
    size_t end = std::min(form.find('&', at), form.size());
    std::string pair = form.substr(at, end - at);
    if (pair.starts_with(name + "=")) return decoded(pair.substr(name.size() + 1));
    at = end + 1;
  }
  return "";
}

std::string query_of(const std::string& url) {
  size_t mark = url.find('?');
  return mark == std::string::npos ? "" : url.substr(mark + 1, url.find_first_of(" #", mark) - mark - 1);
}

std::string encoded(const std::string& text) {
  std::string out;
  for (unsigned char c : text) {
    out += std::isalnum(c) != 0 ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  }
  return out;
}

std::string json_answer(int status, const Json& body) { return http_answer(status, dump(body), kJsonType); }

// "Sat, 21 Nov 2026 10:00:00 +0000"
std::string rfc2822(int64_t secs) {
  std::time_t time = secs;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return text;
}

Json talk(const std::string& id, const std::string& sid, const std::string& to, const std::string& action,
          const std::string& user, int64_t began_secs) {
  return {
      {"agent_id", "xyz"},
      {"conversation_id", id},
      {"status", "done"},
      {"user_id", user},
      {"transcript", Json::array({{{"role", "user"}, {"message", "hello"}, {"time_in_call_secs", 1}}})},
      {"metadata",
       {{"start_time_unix_secs", began_secs},
        {"call_duration_secs", 7},
        {"phone_call", {{"direction", "outbound"}, {"call_sid", sid}, {"external_number", to}, {"type", "twilio"}}}}},
      {"analysis", {{"call_successful", "success"}, {"transcript_summary", "said hello"}}},
      {"conversation_initiation_client_data", {{"dynamic_variables", {{"hookswitch_action", action}}}}}};
}

}  // namespace

FakeProvider::FakeProvider(Faults faults)
    : faults_(faults), server_([this](const std::string& request, size_t) { return answer(request); }) {}

void FakeProvider::set_faults(Faults faults) {
  std::lock_guard lock(mutex_);
  faults_ = faults;
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
    return place("elevenlabs", action, json.value("to_number", ""), data.value("user_id", ""));
  }
  if (target.starts_with("POST ") && target.ends_with("/Calls.json"))
    return place("twilio", field(query_of(field(body, "StatusCallback")), "action"), field(body, "To"), "");
  if (target.starts_with("GET /v1/convai/conversations?")) return {conversations(field(query_of(target), "user_id"))};
  if (target.starts_with("GET /v1/convai/conversations/")) return {conversation(target.substr(29))};
  if (target.starts_with("GET ") && target.find("/Calls.json") != std::string::npos)
    return {calls(field(query_of(target), "To"))};
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

RawServer::Reply FakeProvider::place(const std::string& source, const std::string& action, const std::string& to,
                                     const std::string& user) {
  ++asked_[action];
  Fault fault = fault_of(action);
  trace_.push_back(fmt::format("{} {} {} {}", source, action, asked_[action], static_cast<int>(fault)));
  bool done =
      fault == Fault::none || fault == Fault::drop_after || fault == Fault::broken_after || fault == Fault::html_after;
  if (done) carry_out(source, action, to, user);
  RawServer::Reply reply;
  if (faults_.slow_ms > 0) reply.hold_ms = static_cast<int>(hash64(action) % static_cast<uint64_t>(faults_.slow_ms));
  reply.bytes = fault == Fault::none ? placed_answer(calls_.back()) : faulty_answer(fault, source == "elevenlabs");
  return reply;
}

std::string FakeProvider::placed_answer(const Call& call) {
  if (call.source == "twilio") return json_answer(201, {{"sid", call.sid}, {"status", "queued"}, {"to", call.to}});
  return json_answer(200, {{"success", true}, {"message", "ok"}, {"conversation_id", call.id}, {"callSid", call.sid}});
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

void FakeProvider::carry_out(const std::string& source, const std::string& action, const std::string& to,
                             const std::string& user) {
  std::string unique = to_hex(hash128(fmt::format("{}/{}", action, asked_[action])));
  Call call{source, action, "conv_" + unique, "CA" + unique, to, user, now_secs() * 1000};
  FakeReport report{.source = source, .action = action, .to = to};
  if (source == "elevenlabs") {
    Json data = talk(call.id, call.sid, to, action, user, now_secs());
    report.body =
        dump(Json{{"type", "post_call_transcription"}, {"event_timestamp", now_secs()}, {"data", std::move(data)}});
    reports_.push_back(std::move(report));
  } else {
    report.kind = "status?action=" + action;
    for (const auto& [status, sequence] : {std::pair{"initiated", 0}, {"completed", 3}}) {
      report.body = fmt::format(
          "AccountSid=AC00000000000000000000000000000000&CallSid={}&CallStatus={}&SequenceNumber={}&Direction="
          "outbound-api&From=%2B15551230000&To={}&CallDuration=7",
          call.sid, status, sequence, encoded(to));
      reports_.push_back(report);
    }
  }
  calls_.push_back(std::move(call));
}

std::string FakeProvider::conversations(const std::string& user) const {
  Json rows = Json::array();
  for (const Call& call : calls_) {
    if (call.source != "elevenlabs" || (!user.empty() && call.user != user)) continue;
    rows.push_back({{"agent_id", "xyz"},
                    {"conversation_id", call.id},
                    {"start_time_unix_secs", call.placed_ms / 1000},
                    {"call_duration_secs", 7},
                    {"message_count", 1},
                    {"status", "done"},
                    {"call_successful", "success"}});
  }
  return json_answer(200, {{"conversations", rows}, {"has_more", false}, {"next_cursor", nullptr}});
}

std::string FakeProvider::conversation(const std::string& id) const {
  auto found = std::ranges::find(calls_, id, &Call::id);
  if (found == calls_.end()) return json_answer(404, {{"detail", "no such conversation"}});
  return json_answer(200, talk(id, found->sid, found->to, found->action, found->user, found->placed_ms / 1000));
}

std::string FakeProvider::calls(const std::string& to) const {
  Json rows = Json::array();
  for (const Call& call : calls_) {
    if (call.source != "twilio" || call.to != to) continue;
    rows.push_back({{"sid", call.sid},
                    {"to", call.to},
                    {"from", "+15551230000"},
                    {"direction", "outbound-api"},
                    {"status", "completed"},
                    {"date_created", rfc2822(call.placed_ms / 1000)}});
  }
  return json_answer(200, {{"calls", rows}, {"next_page_uri", nullptr}, {"page", 0}});
}

}  // namespace hookswitch::test
