// One source or sink as the outbox sees it: how much may be under way to it, how fast, and whether it is well.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "engine/base/json.h"
#include "engine/outbox/breaker.h"
#include "engine/outbox/pace.h"
#include "engine/state/actions.h"

namespace hookswitch {

struct RecipientOptions {
  std::string base_url;   // its origin alone may lie in a private network
  int concurrency = 5;    // requests under way
  int calls = 0;          // calls under way, from their claim until their end is heard; 0: as many as there are
  double per_second = 0;  // calls and messages begun; 0: as many as there are
};

class Recipient {  // [outbox]
 public:
  static constexpr int64_t kWhenOneEnds = std::numeric_limits<int64_t>::max();

  Recipient(std::string name, RecipientOptions options)
      : name_(std::move(name)), options_(std::move(options)), pace_(options_.per_second) {}

  const std::string& name() const { return name_; }
  const std::string& base_url() const { return options_.base_url; }
  bool is_sink() const { return name_.starts_with(':'); }
  Breaker& breaker() { return breaker_; }

  /// How many calls may be under way that are counted: the bound, or 0 when there is none.
  int calls_max() const { return options_.calls; }
  /// Calls under way as the state and what was begun here say.
  void note_calls(int calls);
  int calls() const { return calls_; }

  /// When this action may begin; now or earlier: at once. An unknown one asks, any other is sent.
  int64_t ready_us(const Action& action, int64_t now_us);
  void begin(const Action& action, int64_t now_us);
  /// What was begun has ended.
  void end(bool look);

  /// Nothing of this priority can begin before then, so nobody needs to look; ends when something ends.
  void rest(int64_t priority, int64_t until_us) { resting_[priority] = until_us; }
  bool rests(int64_t priority, int64_t now_us) const;
  int64_t rest_until_us(int64_t priority) const { return resting_.at(priority); }
  void wake_up() { resting_.clear(); }

  Json to_json(int64_t now_us, int64_t now_ms) const;
  bool well(int64_t now_us) const { return breaker_.state(now_us) == Breaker::State::closed; }
  int under_way() const { return sending_ + looking_; }

 private:
  const std::string name_;
  const RecipientOptions options_;
  Pace pace_;
  Breaker breaker_;
  int sending_ = 0, looking_ = 0, calls_ = 0;
  std::map<int64_t, int64_t> resting_;  // by priority
};

}  // namespace hookswitch
