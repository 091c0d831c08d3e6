// How many streams of one server are open, and whose, so that nobody takes the places of all.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace hookswitch {

/// [any]
class OpenStreams {
 public:
  explicit OpenStreams(size_t most) : most_(most) {}

  /// Takes a place for a stream of `by`. False: all are taken, or `by` has as many already as are free. So one alone gets
  /// half of them, and whoever comes later still finds some. "": of nobody in particular, for whom only the first counts.
  bool take(const std::string& by);
  void give_back(const std::string& by);
  size_t count() const;

 private:
  const size_t most_;
  mutable std::mutex mutex_;  // guards what follows
  size_t count_ = 0;
  std::map<std::string, size_t> of_;  // those that have some
};

}  // namespace hookswitch
