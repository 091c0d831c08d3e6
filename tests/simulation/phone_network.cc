#include "tests/simulation/phone_network.h"

#include <utility>

#include "engine/base/json.h"

namespace hookswitch::simulation {
namespace {

constexpr int64_t kTimeoutMs = 30'000;
constexpr int64_t kArrivesWithinMs = 5'000;  // less than the time after which an outcome is looked for

HttpResult say(const char* kind) { return HttpResponse{.status = 200, .body = dump(Json{{"kind", kind}})}; }

HttpResult nothing(const char* error, Sent sent) { return std::unexpected(HttpFailure{error, sent}); }

}  // namespace

struct PhoneNetwork::Conversation {
  std::string url;
  Done done;
  uint64_t life;
};

void PhoneNetwork::send(HttpAsk ask, Done done) {
  ++listening_;
  auto talk = std::make_shared<Conversation>(ask.request.url, std::move(done), life_);
  if (dice_.chance(weather_.refused)) return answer(talk, nothing("refused", Sent::no), dice_.roll(50));
  if (dice_.chance(weather_.lost)) {
    bool cut = dice_.chance(500);
    return answer(talk, nothing(cut ? "cut off" : "timed out", Sent::maybe), cut ? dice_.roll(2'000) : kTimeoutMs);
  }
  int64_t arrives_ms = dice_.chance(50) ? dice_.roll(kArrivesWithinMs) : dice_.roll(100);
  at(clock_.now_ms() + arrives_ms, [this, talk] { arrive(talk); });
}

void PhoneNetwork::arrive(const std::shared_ptr<Conversation>& talk) {
  HttpResult result = serve(talk->url);
  if (dice_.chance(weather_.answer_lost)) {
    bool cut = dice_.chance(500);
    return answer(talk, nothing(cut ? "cut off" : "timed out", Sent::maybe), cut ? dice_.roll(2'000) : kTimeoutMs);
  }
  answer(talk, std::move(result), dice_.roll(300));
}

void PhoneNetwork::answer(const std::shared_ptr<Conversation>& talk, HttpResult result, int64_t after_ms) {
  at(clock_.now_ms() + after_ms, [this, talk, result = std::move(result)]() mutable {
    if (talk->life != life_) return;
    --listening_;
    talk->done(std::move(result));
  });
}

HttpResult PhoneNetwork::serve(const std::string& url) {
  size_t slash = url.find('/');
  std::string action = url.substr(slash + 1);
  if (url.starts_with("phone:call")) return call(action);
  if (dice_.chance(weather_.broken)) return HttpResponse{.status = 500};
  return say(rung_.contains(action) ? "done" : "retry");
}

HttpResult PhoneNetwork::call(const std::string& action) {
  if (dice_.chance(weather_.busy)) return HttpResponse{.status = 429};
  if (dice_.chance(weather_.broken)) return HttpResponse{.status = 500};
  if (dice_.chance(weather_.rejected)) return say("failed");
  ring(action);
  if (dice_.chance(weather_.broken_after)) return HttpResponse{.status = 500};
  return say("done");
}

// Some calls are never reported; of the others one in ten is reported before the request is answered.
void PhoneNetwork::ring(const std::string& action) {
  ++rung_[action];
  if (dice_.chance(50)) return;
  static constexpr const char* kEnds[] = {"completed", "completed", "completed", "no_answer", "busy", "failed"};
  int64_t after_ms = dice_.chance(100) ? 0 : 1'000 + dice_.roll(120'000);
  reports_.push_back({action, kEnds[dice_.roll(std::size(kEnds))], clock_.now_ms() + after_ms});
}

void PhoneNetwork::run() {
  while (!steps_.empty() && steps_.begin()->first <= clock_.now_ms()) {
    auto step = steps_.extract(steps_.begin());
    step.mapped()();
  }
}

void PhoneNetwork::crash() {
  ++life_;
  listening_ = 0;
}

std::optional<int64_t> PhoneNetwork::next_ms() const {
  if (steps_.empty()) return std::nullopt;
  return steps_.begin()->first;
}

}  // namespace hookswitch::simulation
