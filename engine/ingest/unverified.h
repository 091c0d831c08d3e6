// Counts what bodies take of a store that is bounded while nobody vouches for them yet: together, and for each client,
// so that one leaves room for others.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace hookswitch {

class Unverified {
 public:
  /// Bytes that all may take, and each client.
  Unverified(uint64_t all, uint64_t each) : all_max_(all), each_max_(each) {}

  /// [any] Counts so many more bytes. False: that is more than there may be, but they count until they are given back.
  bool take(const std::string& client, uint64_t bytes) {
    std::lock_guard lock(mutex_);
    all_ += bytes;
    return (each_[client] += bytes) <= each_max_ && all_ <= all_max_;
  }

  /// [any] What that client has taken, or some of it.
  void give_back(const std::string& client, uint64_t bytes) {
    if (bytes == 0) return;
    std::lock_guard lock(mutex_);
    all_ -= bytes;
    if (auto found = each_.find(client); found != each_.end() && (found->second -= bytes) == 0) each_.erase(found);
  }

 private:
  const uint64_t all_max_, each_max_;
  std::mutex mutex_;
  uint64_t all_ = 0;
  std::unordered_map<std::string, uint64_t> each_;
};

}  // namespace hookswitch
