// The simulated provider and the network to it: requests that are lost, late, refused, answered by nobody; calls that
// really ring; reports of how they ended.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/outbox/http_client.h"
#include "tests/simulation/dice.h"

namespace hookswitch::simulation {

/// Of a thousand requests, how many go wrong in which way. The rest work.
struct Weather {
  int refused = 0;       // no connection: certainly not sent
  int lost = 0;          // the request does not arrive, the connection ends or times out
  int answer_lost = 0;   // it arrives and is carried out, its answer does not come back
  int busy = 0;          // 429
  int broken = 0;        // 500, not carried out
  int broken_after = 0;  // 500, carried out
  int rejected = 0;      // a clear no
};

/// How a call ended, as the provider will report it.
struct Report {
  std::string action;
  std::string status;
  int64_t at_ms = 0;
};

class PhoneNetwork final : public HttpClient {  // [one thread]
 public:
  PhoneNetwork(Dice& dice, const Clock& clock) : dice_(dice), clock_(clock) {}

  void set_weather(const Weather& weather) { weather_ = weather; }
  /// Everything that happens until now.
  void run();
  /// The engine's process ends: nobody hears an answer any more. What is on its way to the provider arrives.
  void crash();
  /// When the next thing happens; nullopt: nothing will.
  std::optional<int64_t> next_ms() const;

  void send(HttpAsk ask, Done done) override;
  size_t under_way() const override { return listening_; }

  /// How often each action really rang somebody.
  const std::map<std::string, int>& rung() const { return rung_; }
  std::vector<Report> take_reports() { return std::exchange(reports_, {}); }

 private:
  using Step = std::move_only_function<void()>;
  struct Conversation;

  void at(int64_t when_ms, Step step) { steps_.emplace(when_ms, std::move(step)); }
  void arrive(const std::shared_ptr<Conversation>& talk);
  HttpResult serve(const std::string& url);
  HttpResult call(const std::string& action);
  void ring(const std::string& action);
  void answer(const std::shared_ptr<Conversation>& talk, HttpResult result, int64_t after_ms);

  Dice& dice_;
  const Clock& clock_;
  Weather weather_;
  std::multimap<int64_t, Step> steps_;
  std::map<std::string, int> rung_;
  std::vector<Report> reports_;
  uint64_t life_ = 0;     // of the engine's process
  size_t listening_ = 0;  // requests whose answer is waited for
};

}  // namespace hookswitch::simulation
