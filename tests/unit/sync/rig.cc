#include "tests/unit/sync/rig.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>

namespace hookswitch::test {
namespace {

constexpr int64_t kFirstSecs = 1'766'000'000;
const char* kElevenLabs = R"({"webhook_secret":"s","api_key":"k","api_base":"https://api.example.com"})";
const char* kTwilio =
    R"({"account_sid":"AC00000000000000000000000000000000","auth_token":"t","api_base":"https://api.example.com"})";

/// The value of a parameter in a query, "" without.
std::string param(const std::string& target, const std::string& name) {
  size_t at = target.find("?" + name + "=");
  if (at == std::string::npos) at = target.find("&" + name + "=");
  if (at == std::string::npos) return "";
  size_t from = at + name.size() + 2;
  return target.substr(from, target.find('&', from) - from);
}

HttpResult ok(const Json& body) { return HttpResponse{200, {{"content-type", "application/json"}}, body.dump()}; }

}  // namespace

void Listed::add_conversation(const std::string& id, const Json& conversation) { conversations_[id] = conversation; }
void Listed::add_call(const Json& call) { calls_.push_back(call); }

void Listed::set_fault(Fault fault) {
  std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

std::vector<std::string> Listed::asked() const {
  std::lock_guard lock(mutex_);
  return asked_;
}

size_t Listed::asked_of(const std::string& part) const {
  auto all = asked();
  return static_cast<size_t>(
      std::ranges::count_if(all, [&](const std::string& each) { return each.find(part) != std::string::npos; }));
}

void Listed::send(HttpAsk ask, Done done) {
  std::string target = ask.request.url.substr(ask.request.url.find('/', 8));
  done(answer(target));
}

HttpResult Listed::answer(const std::string& target) {
  Fault fault;
  int nth = 0;
  {
    std::lock_guard lock(mutex_);
    asked_.push_back(target);
    nth = ++times_[target];
    fault = fault_;
  }
  if (fault) {
    if (auto instead = fault(target, nth)) return std::move(*instead);
  }
  if (target.starts_with("/2010")) return ok(calls(target));
  if (target.find('?') != std::string::npos) return ok(conversations(target));
  auto found = conversations_.find(target.substr(target.rfind('/') + 1));
  if (found == conversations_.end()) return HttpResponse{404, {}, "{}"};
  return ok(found->second);
}

Json Listed::conversations(const std::string& target) const {
  std::string cursor = param(target, "cursor"), after = param(target, "call_start_after_unix");
  int64_t from = after.empty() ? 0 : std::stoll(after);
  size_t begin = cursor.empty() ? 0 : std::stoul(cursor.substr(1)), at = 0;
  Json rows = Json::array();
  for (const auto& [id, whole] : conversations_) {
    int64_t start = whole["metadata"]["start_time_unix_secs"];
    if (start <= from || at++ < begin || rows.size() == page_size_) continue;
    rows.push_back({{"conversation_id", id},
                    {"agent_id", whole["agent_id"]},
                    {"start_time_unix_secs", start},
                    {"status", whole["status"]}});
  }
  bool more = begin + rows.size() < at;
  return {{"conversations", rows},
          {"has_more", more},
          {"next_cursor", more ? Json(fmt::format("c{}", begin + rows.size())) : Json()}};
}

Json Listed::calls(const std::string& target) const {
  std::string page = param(target, "Page");
  size_t begin = page.empty() ? 0 : std::stoul(page) * page_size_;
  Json rows = Json::array();
  for (size_t i = begin; i < calls_.size() && rows.size() < page_size_; ++i) rows.push_back(calls_[i]);
  Json out{{"calls", rows}, {"next_page_uri", nullptr}};
  if (begin + rows.size() < calls_.size())
    out["next_page_uri"] = fmt::format("/2010-04-01/Accounts/AC00000000000000000000000000000000/Calls.json?Page={}",
                                       begin / page_size_ + 1);
  return out;
}

std::string conversation_id(int n) { return fmt::format("conv_{:06}", n); }

Json made_conversation(int n) {
  int64_t start = kFirstSecs + n * 37;
  Json turns = {
      {{"role", "agent"}, {"message", "Good morning"}, {"time_in_call_secs", 0}},
      {{"role", "user"}, {"message", n % 3 == 0 ? "I need an appointment" : "call me back"}, {"time_in_call_secs", 4}}};
  return {{"agent_id", "xyz"},
          {"conversation_id", conversation_id(n)},
          {"status", "done"},
          {"transcript", turns},
          {"metadata",
           {{"start_time_unix_secs", start},
            {"call_duration_secs", 20 + n % 50},
            {"cost", 100 + n % 7},
            {"phone_call",
             {{"type", "twilio"},
              {"direction", "inbound"},
              {"call_sid", fmt::format("CA{:032x}", n)},
              {"external_number", fmt::format("+4072200{:04}", n % 10'000)},
              {"agent_number", "+40310000000"}}}}},
          {"analysis", {{"call_successful", n % 4 == 0 ? "failure" : "success"}, {"transcript_summary", "A call."}}}};
}

std::string webhook_of(const Json& conversation) {
  const Json& metadata = conversation["metadata"];
  int64_t end = metadata["start_time_unix_secs"].get<int64_t>() + metadata["call_duration_secs"].get<int64_t>();
  return Json{{"type", "post_call_transcription"}, {"event_timestamp", end}, {"data", conversation}}.dump();
}

SyncRig::SyncRig() {
  engine.sources().put(engine.providers().create_source("elevenlabs", "elevenlabs", kElevenLabs).value());
  engine.sources().put(engine.providers().create_source("twilio", "twilio", kTwilio).value());
  options.sources = {{"elevenlabs", {}}, {"twilio", {}}};
  options.alive_file = engine.dir().path() + "/alive";
  blobs_ = Blobs::open(engine.dir().path() + "/blobs").value();
}

void SyncRig::start() {
  SyncParts parts{.log = engine.log(),
                  .store = engine.store(),
                  .blobs = *blobs_,
                  .sources = engine.sources(),
                  .http = provider,
                  .clock = engine.clock(),
                  .position = [this] { return engine.processor().status().position; },
                  .first_wait_ms = 1};
  syncs_ = std::make_unique<Syncs>(std::move(parts), options);
  syncs_->start();
  ringing_ = true;
  ringer_ = std::thread([this] {
    for (; ringing_; std::this_thread::sleep_for(std::chrono::milliseconds(1))) syncs_->wake();
  });
}

void SyncRig::stop() {
  if (!ringing_) return;
  ringing_ = false;
  ringer_.join();
  syncs_.reset();
}

Json SyncRig::ask(const Json& body) {
  uint64_t seq = engine.command("sync.start", body);
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Json> said;
  engine.answers().wait(seq, engine.clock().steady_us() + 60'000'000, [&](std::optional<Answer> answer) {
    std::lock_guard lock(mutex);
    said = answer ? Json::parse(answer->body) : Json();
    changed.notify_one();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return said.has_value(); });
  return *said;
}

Sync SyncRig::wait(const std::string& id) {
  for (int i = 0; i < 20'000; ++i) {
    auto sync = find_sync(*engine.store().read().value(), id);
    if (sync && is_final(sync->status)) return *sync;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  FAIL("sync " << id << " does not end");
  return {};
}

std::vector<Sync> SyncRig::all() {
  std::vector<Sync> out;
  auto reader = engine.store().read().value();
  reader->scan_prefix(Table::syncs, "r", [&](std::string_view, std::string_view row) {
    out.push_back(Sync::from_json(Json::parse(row)));
    return true;
  });
  return out;
}

}  // namespace hookswitch::test
