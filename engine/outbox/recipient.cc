#include "engine/outbox/recipient.h"

#include <algorithm>
#include <array>

#include "engine/base/limits.h"
#include "engine/base/time_text.h"

namespace hookswitch {
namespace {

bool is_look(const Action& action) { return action.status == ActionStatus::unknown; }

bool takes_line(const Action& action) { return action.type == "call" && !is_look(action); }

// What somebody's phone rings for. Hanging up and the like must not wait for its turn.
bool is_paced(const Action& action) { return action.type == "call" || action.type == "sms"; }

}  // namespace

int64_t Recipient::ready_us(const Action& action, int64_t now_us) {
  if (is_look(action) ? looking_ >= limits::kLooksUnderWay : sending_ >= options_.concurrency) return kWhenOneEnds;
  if (takes_line(action) && options_.calls > 0 && calls_ >= options_.calls) return kWhenOneEnds;
  int64_t ready = breaker_.ready_us(now_us);
  return !is_look(action) && is_paced(action) ? std::max(ready, pace_.ready_us(now_us)) : ready;
}

void Recipient::begin(const Action& action, int64_t now_us) {
  breaker_.begin();
  if (is_look(action)) {
    ++looking_;
    return;
  }
  ++sending_;
  if (takes_line(action)) ++calls_;
  if (is_paced(action)) pace_.take(now_us);
}

void Recipient::end(bool look) {
  look ? --looking_ : --sending_;
  wake_up();
}

void Recipient::note_calls(int calls) {
  if (calls < calls_) wake_up();
  calls_ = calls;
}

bool Recipient::rests(int64_t priority, int64_t now_us) const {
  auto found = resting_.find(priority);
  return found != resting_.end() && found->second > now_us;
}

Json Recipient::to_json(int64_t now_us, int64_t now_ms) const {
  constexpr std::array kStates{"closed", "open", "probing"};
  int64_t ready = breaker_.ready_us(now_us);
  bool waits = ready > now_us && ready != kWhenOneEnds;
  return {{"breaker", kStates[static_cast<size_t>(breaker_.state(now_us))]},
          {"reason", breaker_.why().empty() ? Json() : Json(breaker_.why())},
          {"failures", breaker_.failures()},
          {"tries_again_at", waits ? Json(rfc3339(now_ms + (ready - now_us) / 1000)) : Json()},
          {"sending", sending_},
          {"looking", looking_},
          {"calls", calls_}};
}

}  // namespace hookswitch
