#include "tests/unit/sync/rig.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>

namespace hookswitch::test {
namespace {

const char* kElevenLabs = R"({"webhook_secret":"s","api_key":"k","api_base":"https://api.example.com"})";
const char* kTwilio =
    R"({"account_sid":"AC00000000000000000000000000000000","auth_token":"t","api_base":"https://api.example.com"})";

bool is_item(const std::string& target) { return target.find("/conversations/") != std::string::npos; }

}  // namespace

void Listed::hold_items(size_t until) {
  std::lock_guard lock(mutex_);
  hold_until_ = until;
}

std::set<int64_t> Listed::timeouts() {
  std::lock_guard lock(mutex_);
  return timeouts_;
}

void Listed::send(HttpAsk ask, Done done) {
  std::string target = ask.request.url.substr(ask.request.url.find('/', 8));
  std::vector<std::pair<std::string, Done>> released;
  {
    std::lock_guard lock(mutex_);
    timeouts_.insert(ask.timeout_ms);
    if (hold_until_ > 0 && is_item(target)) {
      held_.emplace_back(target, std::move(done));
      if (held_.size() < hold_until_) return;
      released = std::exchange(held_, {});
    }
  }
  if (released.empty()) return done(answer(target));
  for (auto at = released.rbegin(); at != released.rend(); ++at) at->second(answer(at->first));
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
                  .metrics = metrics,
                  .at_once = at_once,
                  .first_wait_ms = 1,
                  .timeout_ms = timeout_ms};
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
