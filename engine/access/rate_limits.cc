#include "engine/access/rate_limits.h"

#include <algorithm>
#include <cmath>

namespace hookswitch {
namespace {

constexpr std::array<const char*, static_cast<size_t>(Limited::count_)> kNames{"failed_auth", "refused_webhooks",
                                                                               "token", "tenant", "source"};
constexpr size_t index(Limited what) { return static_cast<size_t>(what); }

}  // namespace

void Buckets::fill(Bucket& bucket, int64_t now_us) const {
  double secs = static_cast<double>(std::max<int64_t>(now_us - bucket.filled_us, 0)) / 1e6;
  bucket.left = std::min(rate_.burst, bucket.left + secs * rate_.per_second);
  bucket.filled_us = now_us;
}

std::optional<int64_t> Buckets::wait_of(const Bucket& bucket) const {
  if (bucket.left >= 1) return std::nullopt;
  return static_cast<int64_t>(std::ceil((1 - bucket.left) / rate_.per_second * 1e3));
}

Buckets::Bucket& Buckets::bucket_of(std::string_view key, int64_t now_us) {
  if (auto found = by_key_.find(key); found != by_key_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    fill(order_.front(), now_us);
    return order_.front();
  }
  if (order_.size() >= keys_max_) {
    by_key_.erase(order_.back().key);
    order_.pop_back();
  }
  order_.push_front({std::string(key), rate_.burst, now_us});
  by_key_.emplace(order_.front().key, order_.begin());
  known_ = order_.size();
  return order_.front();
}

std::optional<int64_t> Buckets::take(std::string_view key, int64_t now_us) {
  std::lock_guard lock(mutex_);
  Bucket& bucket = bucket_of(key, now_us);
  auto wait = wait_of(bucket);
  if (!wait) bucket.left -= 1;
  return wait;
}

std::optional<int64_t> Buckets::look(std::string_view key, int64_t now_us) {
  if (known_ == 0) return std::nullopt;
  std::lock_guard lock(mutex_);
  if (!by_key_.contains(key)) return std::nullopt;
  return wait_of(bucket_of(key, now_us));
}

RateLimits::RateLimits(const RateRules& rules, Metrics& metrics, const Clock& clock) : clock_(clock) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    refused_[i] = &metrics.counter("hookswitch_rate_limited_total", "Requests and deliveries refused for their rate.",
                                   {{"limit", kNames[i]}});
    on_[i] = rules.of[i].per_second > 0;
    buckets_[i].emplace(rules.of[i]);
  }
}

std::optional<int64_t> RateLimits::take(Limited what, std::string_view key) {
  if (!on_[index(what)]) return std::nullopt;
  return counted(what, buckets_[index(what)]->take(key, clock_.steady_us()));
}

bool RateLimits::idle(Limited what) const { return !on_[index(what)] || buckets_[index(what)]->keys() == 0; }

std::optional<int64_t> RateLimits::look(Limited what, std::string_view key) {
  if (!on_[index(what)]) return std::nullopt;
  return counted(what, buckets_[index(what)]->look(key, clock_.steady_us()));
}

std::optional<int64_t> RateLimits::counted(Limited what, std::optional<int64_t> wait_ms) {
  if (!wait_ms) return std::nullopt;
  refused_[index(what)]->add();
  return std::max<int64_t>(1, (*wait_ms + 999) / 1000);
}

}  // namespace hookswitch
