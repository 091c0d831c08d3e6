// How often somebody may come: token buckets, kept for those seen last.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/metrics.h"

namespace hookswitch {

/// At most `burst` at once, and so many in a second after that.
struct Rate {
  double per_second = 0;  // 0: no bound
  double burst = 0;
};

/// Buckets by key, full at first. Memory is bounded: the key unseen for longest is forgotten. [any]
class Buckets {
 public:
  explicit Buckets(Rate rate, size_t keys_max = limits::kRateKeys) : rate_(rate), keys_max_(keys_max) {}

  /// Takes one. nullopt: there was one; else the milliseconds until there is one again, and nothing was taken.
  std::optional<int64_t> take(std::string_view key, int64_t now_us);
  /// The same without taking: for what is only counted when it has gone wrong.
  std::optional<int64_t> look(std::string_view key, int64_t now_us);
  size_t keys() const { return known_; }

 private:
  struct Bucket {
    std::string key;
    double left = 0;
    int64_t filled_us = 0;
  };

  void fill(Bucket& bucket, int64_t now_us) const;
  std::optional<int64_t> wait_of(const Bucket& bucket) const;
  Bucket& bucket_of(std::string_view key, int64_t now_us);

  const Rate rate_;
  const size_t keys_max_;
  std::atomic<size_t> known_{0};
  std::mutex mutex_;                                                          // guards what follows
  std::list<Bucket> order_;                                                   // seen last first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_key_;  // views into the list
};

/// What is bounded, each by a key of its own.
enum class Limited : uint8_t {
  failed_auth,       // bad tokens, by client
  refused_webhooks,  // deliveries that are not authentic, by client and source
  token,             // requests to the API, by token
  tenant,            // the same, by the tenant that the token is bound to
  source,            // deliveries that are authentic, by source
  count_,
};

struct RateRules {
  std::array<Rate, static_cast<size_t>(Limited::count_)> of{};
  Rate& operator[](Limited what) { return of[static_cast<size_t>(what)]; }
};

/// All of them, counted when they refuse. [any]
class RateLimits {
 public:
  RateLimits(const RateRules& rules, Metrics& metrics, const Clock& clock);

  /// nullopt: go on; else the whole seconds after which to come again.
  std::optional<int64_t> take(Limited what, std::string_view key);
  /// Nobody can have taken all of it: there is no need to look.
  bool idle(Limited what) const;
  /// Whether it has taken all it may.
  std::optional<int64_t> look(Limited what, std::string_view key);

 private:
  std::optional<int64_t> counted(Limited what, std::optional<int64_t> wait_ms);

  const Clock& clock_;
  std::array<bool, static_cast<size_t>(Limited::count_)> on_{};
  std::array<Counter*, static_cast<size_t>(Limited::count_)> refused_{};
  std::array<std::optional<Buckets>, static_cast<size_t>(Limited::count_)> buckets_;
};

}  // namespace hookswitch
