#include "engine/api/live.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <iterator>

#include "engine/api/sse.h"
#include "engine/base/limits.h"

namespace hookswitch {
namespace {

constexpr size_t kReusedBytes = 16 * limits::kMiB;  // kept from one watcher to the next

}  // namespace

struct LiveStreams::Bell {
  explicit Bell(LiveStreams& streams) : owner(&streams) {}

  void ring() {
    std::lock_guard lock(mutex);
    if (owner != nullptr) owner->wake();
  }

  std::mutex mutex;
  LiveStreams* owner;  // null: gone
};

bool Watcher::heartbeat() { return stream_->write(std::string(kSseHeartbeat)); }

LiveStreams::LiveStreams(const Store& store, const Clock& clock, int64_t heartbeat_ms, MayStay may_stay)
    : store_(store),
      clock_(clock),
      heartbeat_ms_(heartbeat_ms),
      last_beat_us_(clock.steady_us()),
      may_stay_(std::move(may_stay)),
      bell_(std::make_shared<Bell>(*this)),
      thread_([this] { run(); }) {}

LiveStreams::~LiveStreams() {
  {
    std::lock_guard lock(bell_->mutex);
    bell_->owner = nullptr;
  }
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LiveStreams::add(std::unique_ptr<Watcher> watcher) {
  watcher->on_room([bell = bell_] { bell->ring(); });
  {
    std::lock_guard lock(mutex_);
    added_.push_back(std::move(watcher));
    ++open_;
  }
  changed_.notify_all();
}

void LiveStreams::wake() {
  {
    std::lock_guard lock(mutex_);
    if (open_ == 0 || woken_) return;
    woken_ = true;
  }
  changed_.notify_all();
}

size_t LiveStreams::open() const {
  std::lock_guard lock(mutex_);
  return open_;
}

bool LiveStreams::wait() {
  std::unique_lock lock(mutex_);
  open_ = watchers_.size() + added_.size();
  auto due = [this] { return stopping_ || woken_ || !added_.empty(); };
  const int64_t until_beat_us = last_beat_us_ + heartbeat_ms_ * 1'000 - clock_.steady_us();
  changed_.wait_for(lock, std::chrono::microseconds(std::max<int64_t>(until_beat_us, 0)), due);
  woken_ = false;
  std::move(added_.begin(), added_.end(), std::back_inserter(watchers_));
  added_.clear();
  return !stopping_;
}

void LiveStreams::beat() {
  const int64_t now_us = clock_.steady_us();
  if (now_us - last_beat_us_ < heartbeat_ms_ * 1'000) return;
  last_beat_us_ = now_us;
  std::erase_if(watchers_, [](const auto& watcher) { return !watcher->heartbeat(); });
}

void LiveStreams::run() {
  while (wait()) {
    try {
      beat();
      look_at_all();
    } catch (const std::exception& error) {
      spdlog::error("event streams: {}", error.what());
    }
  }
  watchers_.clear();
}

// In rounds, so that a watcher who has much to catch up with does not hold up the others, nor one read transaction. One
// whose client has not taken yet what it was sent is passed over; its stream rings when it has.
void LiveStreams::look_at_all() {
  bool more = true;
  while (more) {
    more = false;
    auto reader = store_.read();
    if (!reader) return spdlog::error("event streams: {}", reader.error().message);
    ShownCache cache;
    std::erase_if(watchers_, [&](const auto& watcher) {
      if (!may_stay_(**reader, watcher->caller())) {
        watcher->end();
        return true;
      }
      if (cache.bytes > kReusedBytes) cache = {};
      auto after = watcher->look(**reader, cache);
      more = more || after == Watcher::After::more;
      return after == Watcher::After::over;
    });
  }
}

}  // namespace hookswitch
