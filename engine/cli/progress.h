// A line on the terminal that says how far a long verb has come; nothing when stderr is no terminal.
#pragma once

#include <cstdint>
#include <string>

namespace hookswitch::cli {

class Progress {
 public:
  /// `doing`: "replay"; it stands before the bar.
  explicit Progress(std::string doing);
  ~Progress();  // takes the line away
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Draws at most a few times a second.
  void show(uint64_t done, uint64_t of);

 private:
  std::string line(uint64_t done, uint64_t of, double seconds) const;

  const std::string doing_;
  const bool terminal_;
  const int64_t began_us_;
  int64_t drawn_us_ = 0;
  bool drawn_ = false;
};

/// 1204 -> "1 204".
std::string grouped(uint64_t number);

}  // namespace hookswitch::cli
