// What the fake provider shows of what it did.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "tests/support/fake_provider.h"

namespace hookswitch::test {
namespace {

constexpr const char* kJsonType = "Content-Type: application/json\r\n";

// "Sat, 21 Nov 2026 10:00:00 +0000"
std::string rfc2822(int64_t secs) {
  std::time_t time = secs;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return text;
}

}  // namespace

std::string json_answer(int status, const Json& body) { return http_answer(status, dump(body), kJsonType); }

Json FakeProvider::talk(const Call& call) {
  return {{"agent_id", "xyz"},
          {"conversation_id", call.id},
          {"status", "done"},
          {"user_id", call.user},
          {"transcript", Json::array({{{"role", "user"}, {"message", "hello"}, {"time_in_call_secs", 1}}})},
          {"metadata",
           {{"start_time_unix_secs", call.placed_ms / 1000},
            {"call_duration_secs", 7},
            {"phone_call",
             {{"direction", "outbound"}, {"call_sid", call.sid}, {"external_number", call.to}, {"type", "twilio"}}}}},
          {"analysis", {{"call_successful", "success"}, {"transcript_summary", "said hello"}}},
          {"conversation_initiation_client_data", {{"dynamic_variables", {{"hookswitch_action", call.action}}}}}};
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
  return json_answer(200, talk(*found));
}

std::string FakeProvider::calls(const std::string& to) const {
  Json rows = Json::array();
  for (const Call& call : calls_) {
    if (call.source != "twilio" || call.to != to) continue;
    rows.push_back({{"sid", call.sid},
                    {"to", call.to},
                    {"from", "+15551230000"},
                    {"direction", "outbound-api"},
                    {"status", call.over ? "completed" : "in-progress"},
                    {"date_created", rfc2822(call.placed_ms / 1000)}});
  }
  return json_answer(200, {{"calls", rows}, {"next_page_uri", nullptr}, {"page", 0}});
}

std::string FakeProvider::messages(const std::string& to) const {
  Json rows = Json::array();
  for (const FakeMessage& message : messages_) {
    if (message.to != to) continue;
    rows.push_back({{"sid", message.sid},
                    {"to", message.to},
                    {"from", "+15551230000"},
                    {"body", message.body},
                    {"direction", "outbound-api"},
                    {"status", "delivered"},
                    {"date_created", rfc2822(message.sent_ms / 1000)}});
  }
  return json_answer(200, {{"messages", rows}, {"next_page_uri", nullptr}, {"page", 0}});
}

}  // namespace hookswitch::test
