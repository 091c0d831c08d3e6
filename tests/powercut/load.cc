#include "tests/powercut/load.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace hookswitch::powercut {
namespace {

using test::EngineProcess;
namespace fs = std::filesystem;

constexpr int kClients = 3;
constexpr size_t kLargeBytes = 1'100'000;  // beyond what the log itself takes

// Records are trimmed after two seconds, so that a recording has some of it.
constexpr const char* kConfig = R"(
  - {id: B3/L1, timezone: Europe/Bucharest, country: RO, agents: [{source: caller, agent_id: xyz}],
     window: {days: mon-sun, from: "00:00", to: "24:00"}}
calling: {retry: {delays: [100ms], jitter: 0, on: [no_answer, busy, failed]}, concurrency: 50, per_second: 1000}
retention: {log: 2s}
)";

std::string conversation(int n, size_t filling) {
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":{0},"data":{{"agent_id":"xyz","conversation_id":"conv_{1}",)"
      R"("status":"done","transcript":[{{"role":"user","message":"Please book an appointment{3}","time_in_call_secs":1}}],)"
      R"("metadata":{{"start_time_unix_secs":{0},"call_duration_secs":{2},"cost_fiat":0.25}},)"
      R"("analysis":{{"call_successful":"success","transcript_summary":"booked"}}}}}})",
      1'739'537'297 + n % 7'200, n, n % 97, std::string(filling, static_cast<char>('a' + n % 26)));
}

std::string status_form(int n) {
  const char* status = n % 2 == 0 ? "ringing" : "completed";
  return fmt::format(
      "AccountSid=AC00000000000000000000000000000000&CallSid=CA{:032}&CallStatus={}&SequenceNumber={}&Direction=inbound"
      "&From=%2B14155550100&To=%2B14155550199&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A0{}+%2B0000&CallDuration=42",
      n / 2, status, n % 4, n % 4);
}

uint64_t number(const Json& value) {
  return value.is_string() ? std::strtoull(value.get<std::string>().c_str(), nullptr, 10) : value.get<uint64_t>();
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  size_t at = text.find(what);
  if (at == text.npos) throw std::runtime_error("the configuration has no " + what);
  text.replace(at, what.size(), with);
}

}  // namespace

// The engine's data lie below a directory of their own, so that nothing else is recorded; tests look for them where
// they always are.
Load::Load(Options options) : options_(std::move(options)), engine_(kConfig) {
  fs::create_directories(disk());
  fs::create_directory_symlink(disk() + "/data", engine_.dir().path() + "/data");
  std::string text = test::read_file(engine_.config_file());
  replace(text, "data_dir: " + engine_.dir().path() + "/data", "data_dir: " + disk() + "/data");
  replace(text, "  twilio:",
          fmt::format("  caller: {{provider: elevenlabs, webhook_secret: {}, api_key: k, api_base: '{}', agent_id: xyz,"
                      " phone_number_id: phnum_1}}\n  twilio:",
                      test::kElevenLabsSecret, provider_.url()));
  engine_.dir().write("hookswitch.yaml", text);
}

void Load::start() {
  setenv("LD_PRELOAD", options_.recorder.c_str(), 1);
  setenv("HOOKSWITCH_RECORD_ROOT", disk().c_str(), 1);
  setenv("HOOKSWITCH_RECORD_TO", options_.recording.c_str(), 1);
  engine_.start();
  unsetenv("LD_PRELOAD");
}

void Load::run() {
  start();
  part(0, options_.deliveries / 2);
  until_trimmed();
  engine_.kill_hard();
  start();
  part(options_.deliveries / 2, options_.deliveries);
  until_trimmed();
  if (!engine_.settle()) throw std::runtime_error("the engine does not process what it was sent");
  if (engine_.stop() != 0) throw std::runtime_error("the engine did not stop as it should: " + engine_.log_text());
}

void Load::part(int from, int to) {
  std::atomic<int> next = from;
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      try {
        for (int n; (n = next++) < to;) post(n);
      } catch (const std::exception& error) {
        std::lock_guard lock(mutex_);
        failure_ = error.what();
      }
    });
  }
  for (auto& client : clients) client.join();
  if (!failure_.empty()) throw std::runtime_error(failure_);
}

// What each one is depends on the seed and its number alone.
void Load::post(int n) {
  std::mt19937 dice(static_cast<unsigned>(options_.seed * 1'000'003 + static_cast<unsigned>(n)));
  unsigned roll = dice() % 100;
  std::string body = conversation(n, dice() % 3'000);
  if (n % 150 == 20) return post_large(n);
  if (n % 20 == 7) return place(n);
  if (n % 50 == 3) return hand_on_reports();
  if (roll < 30) {
    std::string form = status_form(n);
    note(engine_.post_twilio(form, "status"), form);
  } else {
    note(engine_.post_elevenlabs(body), body);
    if (roll > 80) note(engine_.post_elevenlabs(body), body);  // a duplicate
  }
}

// The same large body often comes twice, and lies in one file.
void Load::post_large(int n) {
  std::string body = conversation(n, kLargeBytes);
  note(engine_.post_elevenlabs(body), body);
  note(engine_.post_elevenlabs(body), body);
}

void Load::place(int n) {
  std::string to = fmt::format("+4072{:07}", n);
  if (n % 40 == 7) {
    engine_.api_post("/tasks", {{"tenant", "B3/L1"}, {"to", to}});
  } else {
    engine_.api_post("/calls", {{"to", to}, {"source", "caller"}});
  }
}

void Load::hand_on_reports() {
  for (const test::FakeReport& report : provider_.take_reports()) {
    note(engine_.post_elevenlabs(report.body, "/hooks/caller"), report.body);
  }
}

void Load::note(const std::optional<cli::HttpAnswer>& answer, const std::string& body) {
  if (!answer || answer->status != 200) throw std::runtime_error("a delivery was not accepted: " + engine_.log_text());
  Json said = Json::parse(answer->body, nullptr, false);
  std::lock_guard lock(mutex_);
  bodies_[std::strtoull(said.value("id", "").c_str(), nullptr, 10)] = body;
}

// What is older than two seconds goes: at least half of what there is.
void Load::until_trimmed() {
  bool trimmed = test::eventually([this] {
    Json log = engine_.api("/status")["log"];
    return number(log["first_seq"]) > number(log["last_seq"]) / 2;
  });
  if (!trimmed) throw std::runtime_error("the engine does not trim its log: " + engine_.log_text());
}

}  // namespace hookswitch::powercut
