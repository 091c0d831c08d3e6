#include "tests/powercut/load.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace hookswitch::powercut {
namespace {

using test::EngineProcess;
namespace fs = std::filesystem;

constexpr int kClients = 3;
constexpr int kFewDeliveries = 60;         // before a state is made anew: nothing may be trimmed yet
constexpr int kEraseAfter = 100;           // deliveries since a call: it is over, and was seen
constexpr size_t kLargeBytes = 1'100'000;  // beyond what the log itself takes

// Records are trimmed after a few seconds, so that a recording has some of it.
constexpr const char* kConfig = R"(
  - {id: B3/L1, timezone: Europe/Bucharest, country: RO, agents: [{source: caller, agent_id: xyz}],
     window: {days: mon-sun, from: "00:00", to: "24:00"}}
calling: {retry: {delays: [100ms], jitter: 0, on: [no_answer, busy, failed]}, concurrency: 50, per_second: 1000}
retention: {log: 4s}
)";
// Traces are of the machine, and an erasure counts those that it forgets.
constexpr const char* kNoTraces = "trace: {keep: 0}\n";
constexpr const char* kEncryption =
    "encryption: {key: \"5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de5eedc0de\"}\n";

std::string conversation(int n, size_t filling) {
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":{0},"data":{{"agent_id":"xyz","conversation_id":"conv_{1}",)"
      R"("status":"done","transcript":[{{"role":"user","message":"{4}{3}","time_in_call_secs":1}}],)"
      R"("metadata":{{"start_time_unix_secs":{0},"call_duration_secs":{2},"cost_fiat":0.25}},)"
      R"("analysis":{{"call_successful":"success","transcript_summary":"booked"}}}}}})",
      1'739'537'297 + n % 7'200, n, n % 97, std::string(filling, static_cast<char>('a' + n % 26)), Load::kSaid);
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
Load::Load(Options options)
    : options_(std::move(options)),
      engine_(std::string(kConfig) + (options_.erases ? kNoTraces : "") + (options_.encrypted ? kEncryption : "")) {
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

void Load::begin_recorded() const {
  setenv("LD_PRELOAD", options_.recorder.c_str(), 1);
  setenv("HOOKSWITCH_RECORD_ROOT", disk().c_str(), 1);
  setenv("HOOKSWITCH_RECORD_TO", options_.recording.c_str(), 1);
}

void Load::start() {
  begin_recorded();
  engine_.start();
  unsetenv("LD_PRELOAD");
}

void Load::run() {
  start();
  if (options_.rebuilds) rebuild();
  part(options_.rebuilds ? kFewDeliveries : 0, options_.deliveries / 2);
  until_trimmed();
  const std::string erasure = options_.erases ? begin_erasure(options_.deliveries) : "";
  kill_engine();
  start();
  if (!erasure.empty()) await_erasure(erasure);
  part(options_.deliveries / 2, options_.deliveries);
  until_trimmed();
  if (!engine_.settle()) throw std::runtime_error("the engine does not process what it was sent");
  if (engine_.stop() != 0) throw std::runtime_error("the engine did not stop as it should: " + engine_.log_text());
}

void Load::rebuild() {
  part(0, kFewDeliveries);
  if (!engine_.settle()) throw std::runtime_error("the engine does not process what it was sent");
  if (engine_.stop() != 0) throw std::runtime_error("the engine did not stop as it should: " + engine_.log_text());
  run_recorded("rebuild", 60);
  if (!run_recorded("rebuild", -1)) throw std::runtime_error("the state was not made anew");
  start();
}

// True when it ended as it should; killed after so many milliseconds, if at all.
bool Load::run_recorded(const char* verb, int64_t kill_after_ms) const {
  const pid_t child = fork();
  if (child == 0) {
    begin_recorded();
    if (!std::freopen((engine_.dir().path() + "/verb.log").c_str(), "a", stdout)) _exit(127);
    execl(HOOKSWITCH_BINARY_DIR "/hookswitch", "hookswitch", "-c", engine_.config_file().c_str(), verb, nullptr);
    _exit(127);
  }
  if (kill_after_ms >= 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kill_after_ms));
    std::ofstream(asks_for_kill()).flush();
  }
  int status = 0;
  const bool ended = waitpid(child, &status, 0) == child;
  fs::remove(asks_for_kill());
  return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void Load::kill_engine() {
  std::ofstream(asks_for_kill()).flush();
  if (!test::eventually([this] { return engine_.has_ended(); }))
    throw std::runtime_error("the engine cannot be killed");
  fs::remove(asks_for_kill());
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
  if (options_.erases && n % 60 == 31) return erase_one(n);
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
    auto answer = engine_.api_post("/calls", {{"to", to}, {"source", "caller"}});
    if (!answer || answer->status != 202) throw std::runtime_error("a call was not accepted: " + engine_.log_text());
    std::lock_guard lock(mutex_);
    placed_.push_back({n, to, Json::parse(answer->body).value("action_id", "")});
  }
}

void Load::erase_one(int n) {
  if (std::string id = begin_erasure(n); !id.empty()) await_erasure(id);
}

// Of somebody who was called long before; "" when there is nobody.
std::string Load::begin_erasure(int n) {
  Placed person;
  {
    std::lock_guard lock(mutex_);
    if (placed_.empty() || placed_.front().number > n - kEraseAfter) return "";
    person = placed_.front();
    placed_.pop_front();
    erased_actions_.insert(person.action);
  }
  auto answer = engine_.api_post("/erasures", {{"phone", person.phone}});
  if (!answer || answer->status != 202) throw std::runtime_error("an erasure was not accepted: " + engine_.log_text());
  std::string id = Json::parse(answer->body).value("id", "");
  std::lock_guard lock(mutex_);
  forgotten_[id] = person.phone;
  return id;
}

void Load::await_erasure(const std::string& id) {
  bool done = test::eventually([&] { return engine_.api("/erasures/" + id).value("status", "") == "done"; });
  if (!done) throw std::runtime_error("an erasure does not end: " + engine_.log_text());
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

// What is older than a few seconds goes: at least half of what there is.
void Load::until_trimmed() {
  bool trimmed = test::eventually([this] {
    Json log = engine_.api("/status")["log"];
    return number(log["first_seq"]) > number(log["last_seq"]) / 2;
  });
  if (!trimmed) throw std::runtime_error("the engine does not trim its log: " + engine_.log_text());
}

}  // namespace hookswitch::powercut
