// Spares a receiver that is down and an account that may not: after failures in a row nothing is sent to it for a
// while, then one request tries, and only its success opens the way again.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/limits.h"

namespace hookswitch {

class Breaker {
 public:
  enum class State { closed, open, probing };  // closed: requests pass

  /// When something may be sent; now or earlier: at once. Nothing may while a probe is under way.
  int64_t ready_us(int64_t now_us) const;
  State state(int64_t now_us) const;
  bool closed() const { return until_us_ == 0; }
  /// A request is begun; while open that makes it the probe.
  void begin();
  /// The probe came to nothing before it was sent: another may try.
  void withdraw() { probing_ = false; }

  /// It answered, whatever it said.
  void good();
  /// No answer, or one that says that the receiver is broken.
  void bad(int64_t now_us, const std::string& why);
  /// The account may not: probed seldom.
  void denied(int64_t now_us, const std::string& why);
  /// It asked for a pause.
  void pause(int64_t now_us, int64_t for_ms);
  /// Forgets everything: the configuration has changed.
  void reset() { *this = {}; }

  const std::string& why() const { return why_; }
  int failures() const { return failures_; }

 private:
  void open(int64_t now_us, int64_t for_ms, const std::string& why);

  int failures_ = 0;      // in a row
  int openings_ = 0;      // since it last worked
  int64_t until_us_ = 0;  // 0: closed
  bool probing_ = false;
  int64_t pause_us_ = 0;  // end of a pause it asked for
  std::string why_;
};

}  // namespace hookswitch
