#include "engine/outbox/breaker.h"

#include <algorithm>
#include <limits>

namespace hookswitch {

int64_t Breaker::ready_us(int64_t now_us) const {
  if (probing_) return std::numeric_limits<int64_t>::max();
  return std::max({now_us, until_us_, pause_us_});
}

Breaker::State Breaker::state(int64_t now_us) const {
  if (probing_) return State::probing;
  if (until_us_ == 0 && pause_us_ <= now_us) return State::closed;
  return State::open;
}

void Breaker::begin() { probing_ = until_us_ != 0; }

void Breaker::good() {
  failures_ = openings_ = 0;
  until_us_ = 0;
  probing_ = false;
  why_.clear();
}

void Breaker::bad(int64_t now_us, const std::string& why) {
  ++failures_;
  why_ = why;
  bool late_news = until_us_ != 0 && !probing_;  // of what was sent before it was opened
  bool still_well = until_us_ == 0 && failures_ < limits::kBreakerFailures;
  if (!late_news && !still_well) open(now_us, limits::kBreakerMs << std::min(openings_, 16), why);
}

void Breaker::denied(int64_t now_us, const std::string& why) { open(now_us, limits::kDeniedMs, why); }

void Breaker::pause(int64_t now_us, int64_t for_ms) {
  good();
  pause_us_ = std::max(pause_us_, now_us + std::min(for_ms, limits::kPauseMaxMs) * 1000);
  why_ = "it asked for a pause";
}

void Breaker::open(int64_t now_us, int64_t for_ms, const std::string& why) {
  ++openings_;
  probing_ = false;
  until_us_ = now_us + std::min(for_ms, limits::kDeniedMs) * 1000;
  why_ = why;
}

}  // namespace hookswitch
