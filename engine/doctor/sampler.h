// Which of many refused deliveries are worth keeping: the first ones of each, then a trickle.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace hookswitch {

/// Each source may have kFirst at once and one more every kEachMs; each client half of that. One thread or locked.
class RefusalSampler {
 public:
  static constexpr double kFirst = 60;
  static constexpr double kEachMs = 2'000;
  static constexpr size_t kClientsMax = 1'024;  // remembered; then all are forgotten at once

  bool wants(const std::string& source, const std::string& peer, int64_t now_ms) {
    if (clients_.size() >= kClientsMax) clients_.clear();
    if (sources_.size() >= kClientsMax) sources_.clear();
    Bucket& client = refilled(clients_[peer], now_ms, kFirst / 2, 2 * kEachMs);
    Bucket& of_source = refilled(sources_[source], now_ms, kFirst, kEachMs);
    if (client.left < 1 || of_source.left < 1) return false;
    --client.left;
    --of_source.left;
    return true;
  }

 private:
  struct Bucket {
    double left = -1;  // -1: new
    int64_t seen_ms = 0;
  };

  static Bucket& refilled(Bucket& bucket, int64_t now_ms, double most, double each_ms) {
    double more = static_cast<double>(now_ms - bucket.seen_ms) / each_ms;
    bucket.left = bucket.left < 0 ? most : std::min(most, bucket.left + std::max(0.0, more));
    bucket.seen_ms = now_ms;
    return bucket;
  }

  std::unordered_map<std::string, Bucket> clients_, sources_;
};

}  // namespace hookswitch
