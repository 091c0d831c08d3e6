#include "tests/torture/load.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <chrono>

namespace hookswitch::torture {
namespace {

constexpr int kClients = 4;
constexpr size_t kLargeBytes = 1'200'000;  // beyond what the log itself takes: a blob

void pause_ms(int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

std::string id_of(int n) { return fmt::format("torture_{:010}", n); }

std::string conversation(int n) {
  size_t words = n % 211 == 0 ? kLargeBytes : static_cast<size_t>(n % 9) * 300;
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":{0},"data":{{"agent_id":"xyz","conversation_id":"{1}",)"
      R"("status":"done","transcript":[{{"role":"user","message":"Please book {2}","time_in_call_secs":1}}],)"
      R"("metadata":{{"start_time_unix_secs":{0},"call_duration_secs":{3},"cost_fiat":0.25}},)"
      R"("analysis":{{"call_successful":"success","transcript_summary":"booked"}}}}}})",
      1'739'537'297 + n % 7'200, id_of(n), std::string(words, 'x'), n % 97);
}

// The call's id has to look like one; ours travels in a field that the signature covers as well.
std::string call_status(int n) {
  return fmt::format(
      "AccountSid=AC00000000000000000000000000000000&CallSid=CA{:032}&CallStatus=completed&SequenceNumber=3"
      "&Direction=inbound&From=%2B14155550100&To=%2B14155550199&CallDuration=42&CallerName={}"
      "&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A03+%2B0000",
      n, id_of(n));
}

bool is_phone(int n) { return n % 3 == 0; }

}  // namespace

Load::Load(test::EngineProcess& engine, test::FakeProvider& provider, Ledger& ledger)
    : engine_(engine), provider_(provider), ledger_(ledger) {
  gate_.lock();
  for (int i = 0; i < kClients; ++i) threads_.emplace_back([this] { deliver(); });
  threads_.emplace_back([this] { place_calls(); });
  threads_.emplace_back([this] { report(); });
}

Load::~Load() {
  resume();
  going_ = false;
  for (auto& thread : threads_) thread.join();
}

void Load::pause() {
  if (!paused_.exchange(true)) gate_.lock();
}

void Load::resume() {
  if (!paused_) return;
  gate_.unlock();
  paused_ = false;
}

std::shared_lock<std::shared_mutex> Load::enter() {
  if (paused_) return {};
  return std::shared_lock(gate_, std::try_to_lock);
}

void Load::deliver() {
  while (going_ && !finishing_) {
    std::shared_lock open = enter();
    if (open) {
      send_one(next_++);
    } else {
      pause_ms(1);
    }
  }
}

void Load::send_one(int n) {
  std::string body = is_phone(n) ? call_status(n) : conversation(n);
  auto post = [&] { return is_phone(n) ? engine_.post_twilio(body, "status") : engine_.post_elevenlabs(body); };
  ledger_.sent(id_of(n), XXH3_64bits(body.data(), body.size()));
  note(post(), id_of(n));
  if (n % 7 == 1) note(post(), id_of(n));  // as providers do
  if (n % 13 == 2) {
    auto answer = engine_.post(
        "/hooks/elevenlabs",
        {{"Content-Type", "application/json"}, {"ElevenLabs-Signature", "t=1,v0=" + std::string(64, 'a')}}, body);
    if (answer && answer->status != 401) complain(fmt::format("a forged delivery was answered {}", answer->status));
  }
}

void Load::note(const std::optional<cli::HttpAnswer>& answer, const std::string& id) {
  if (!answer) return;  // nobody there: nothing was promised
  if (answer->status == 503) return;
  if (answer->status != 200) return complain(fmt::format("{} was answered {}: {}", id, answer->status, answer->body));
  Json body = Json::parse(answer->body, nullptr, false);
  ledger_.acknowledged(std::stoull(body.value("id", "0")), id);
}

void Load::place_calls() {
  for (int n = 1; going_ && !finishing_; ++n) {
    Json body{{"to", fmt::format("+4072{:07}", n)}, {"source", n % 2 == 0 ? "elevenlabs" : "twilio"}};
    if (n % 2 != 0) body["twiml"] = "<Response/>";
    while (going_) {  // again until answered, with the same key: it must stay one call
      pause_ms(40);
      std::shared_lock open = enter();
      if (!open) continue;
      auto answer = engine_.api_post("/calls", body, fmt::format("torture-{}", n));
      if (!answer || answer->status == 503) continue;
      if (answer->status != 202) complain(fmt::format("POST /calls was answered {}: {}", answer->status, answer->body));
      std::lock_guard lock(mutex_);
      actions_.insert(Json::parse(answer->body, nullptr, false).value("action_id", ""));
      break;
    }
  }
}

void Load::report() {
  std::vector<test::FakeReport> waiting;
  while (going_) {
    for (test::FakeReport& fresh : provider_.take_reports()) waiting.push_back(std::move(fresh));
    waiting_reports_ = waiting.size();
    std::vector<test::FakeReport> left;
    for (test::FakeReport& one : waiting) {
      std::shared_lock open = enter();
      auto answer = !open                    ? std::nullopt
                    : one.source == "twilio" ? engine_.post_twilio(one.body, one.kind)
                                             : engine_.post_elevenlabs(one.body);
      if (!answer || answer->status != 200) left.push_back(std::move(one));
    }
    waiting = std::move(left);
    pause_ms(20);
  }
}

void Load::complain(std::string what) {
  std::lock_guard lock(mutex_);
  if (complaints_.size() < 100) complaints_.push_back(std::move(what));
}

std::string Load::call_of(const std::string& id) {
  int n = std::stoi(id.substr(id.find('_') + 1));
  return is_phone(n) ? fmt::format("CA{:032}", n) : id;
}

std::vector<std::string> Load::complaints() const {
  std::lock_guard lock(mutex_);
  return complaints_;
}

std::set<std::string> Load::actions() const {
  std::lock_guard lock(mutex_);
  return actions_;
}

}  // namespace hookswitch::torture
