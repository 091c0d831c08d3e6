// kill -9 at random moments under load: nothing acknowledged is missing, nothing is doubled, and the state equals what
// a clean run over the same log makes. HOOKSWITCH_KILLS and HOOKSWITCH_SEED change how often and where.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

constexpr int kClients = 3;

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

struct Acknowledged {
  std::string seq;
  std::string call;  // an external id of it
};

std::string conversation(int n) {
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":{0},"data":{{"agent_id":"xyz","conversation_id":"conv_{1}",)"
      R"("status":"done","transcript":[{{"role":"user","message":"Please book an appointment","time_in_call_secs":1}}],)"
      R"("metadata":{{"start_time_unix_secs":{0},"call_duration_secs":{2},"cost_fiat":0.25}},)"
      R"("analysis":{{"call_successful":"success","transcript_summary":"booked"}}}}}})",
      1'739'537'297 + n % 7'200, n, n % 97);
}

std::string status_form(int n, const char* status, int sequence) {
  return fmt::format(
      "AccountSid=AC00000000000000000000000000000000&CallSid=CA{:032}&CallStatus={}&SequenceNumber={}&Direction=inbound"
      "&From=%2B14155550100&To=%2B14155550199&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A0{}+%2B0000&CallDuration=42",
      n, status, sequence, sequence);
}

// Clients that post until the engine is gone, and know what they were promised.
class Load {
 public:
  explicit Load(EngineProcess& engine) : engine_(engine) {}

  void run_until(size_t acknowledged) {
    going_ = true;
    size_t goal = count() + acknowledged;
    std::vector<std::thread> clients;
    for (int i = 0; i < kClients; ++i) clients.emplace_back([this] { post(); });
    REQUIRE(eventually([&] { return count() >= goal; }));
    engine_.kill_hard();
    going_ = false;
    for (auto& client : clients) client.join();
  }

  std::vector<Acknowledged> acknowledged() {
    std::lock_guard lock(mutex_);
    return acknowledged_;
  }

 private:
  size_t count() {
    std::lock_guard lock(mutex_);
    return acknowledged_.size();
  }

  void post() {
    while (going_) {
      int n = next_++;
      bool phone = n % 3 == 0;
      note(phone ? engine_.post_twilio(status_form(n, n % 2 == 0 ? "ringing" : "completed", n % 4), "status")
                 : engine_.post_elevenlabs(conversation(n)),
           phone ? fmt::format("CA{:032}", n) : fmt::format("conv_{}", n));
      if (n % 5 == 1) note(engine_.post_elevenlabs(conversation(n)), fmt::format("conv_{}", n));  // a duplicate
    }
  }

  void note(const std::optional<cli::HttpAnswer>& answer, const std::string& call) {
    if (!answer || answer->status != 200) return;
    Json body = Json::parse(answer->body, nullptr, false);
    std::lock_guard lock(mutex_);
    acknowledged_.push_back({body.value("id", ""), call});
  }

  EngineProcess& engine_;
  std::atomic<bool> going_{false};
  std::atomic<int> next_{1};
  std::mutex mutex_;
  std::vector<Acknowledged> acknowledged_;
};

// All rows of a list, page by page.
Json all_rows(EngineProcess& engine, const std::string& path) {
  Json rows = Json::array();
  std::string cursor;
  do {
    Json page = engine.api(path + (path.find('?') == std::string::npos ? "?" : "&") + "limit=200" +
                           (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(page.contains("data"));
    for (auto& row : page["data"]) rows.push_back(row);
    cursor = page["next_cursor"].is_string() ? page["next_cursor"].get<std::string>() : "";
  } while (!cursor.empty());
  return rows;
}

Json state_of(EngineProcess& engine) {
  Json kpis = Json::object();
  for (const char* name : {"calls", "appointments_booked", "call_duration"}) {
    kpis[name] = engine.api(fmt::format("/kpis?name={}&period=hour&from=2025-01-01&to=2027-01-01", name));
  }
  return {{"calls", all_rows(engine, "/calls")},
          {"activity", all_rows(engine, "/activity")},
          {"kpis", kpis},
          {"dead", all_rows(engine, "/dead")}};
}

}  // namespace

TEST_CASE("kill -9 under load loses nothing acknowledged, doubles nothing, and leaves the state of a clean run") {
  int kills = setting("HOOKSWITCH_KILLS", 5);
  int seed = setting("HOOKSWITCH_SEED", 20251121);
  INFO("HOOKSWITCH_SEED=" << seed);
  std::mt19937 random(static_cast<unsigned>(seed));

  EngineProcess engine;
  Load load(engine);
  for (int i = 0; i < kills; ++i) {
    engine.start();
    load.run_until(1 + random() % 200);
  }
  engine.start();
  REQUIRE(engine.settle());

  for (const Acknowledged& one : load.acknowledged()) {
    INFO("sequence " << one.seq << " call " << one.call);
    REQUIRE(engine.api("/events/" + one.seq).value("seq", Json()).dump().find(one.seq) != std::string::npos);
    REQUIRE(engine.api("/calls/" + one.call).contains("id"));
  }
  Json after_kills = state_of(engine);
  REQUIRE(after_kills["dead"].empty());
  REQUIRE(engine.stop() == 0);

  EngineProcess clean;
  fs::create_directories(clean.dir().path() + "/data");
  fs::copy(engine.dir().path() + "/data/log", clean.dir().path() + "/data/log", fs::copy_options::recursive);
  std::string out;
  REQUIRE(clean.run("rebuild", &out) == 0);
  clean.start();
  REQUIRE(clean.settle());
  REQUIRE(state_of(clean) == after_kills);
}

}  // namespace hookswitch::test
