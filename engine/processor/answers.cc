#include "engine/processor/answers.h"

#include <chrono>

namespace hookswitch {
namespace {
constexpr size_t kEarlyKept = 1024;  // answers nobody has asked for yet; a wait follows its offer within microseconds
}

Answers::Answers(const Clock& clock) : clock_(clock), thread_([this] { watch_deadlines(); }) {}

Answers::~Answers() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  for (auto& [seq, waiter] : waiters_) waiter(std::nullopt);
}

void Answers::wait(uint64_t seq, int64_t deadline_us, Waiter waiter) {
  std::unique_lock lock(mutex_);
  if (auto found = early_.find(seq); found != early_.end()) {
    Answer answer = std::move(found->second);
    early_.erase(found);
    lock.unlock();
    waiter(std::move(answer));
    return;
  }
  waiters_.emplace(seq, std::move(waiter));
  bool first = deadlines_.empty() || deadline_us < deadlines_.begin()->first;
  deadlines_.emplace(deadline_us, seq);
  lock.unlock();
  if (first) changed_.notify_all();
}

void Answers::offer(uint64_t seq, Answer answer) {
  std::unique_lock lock(mutex_);
  auto found = waiters_.find(seq);
  if (found == waiters_.end()) return remember_early(seq, std::move(answer));
  Waiter waiter = std::move(found->second);
  waiters_.erase(found);
  lock.unlock();
  waiter(std::move(answer));
}

void Answers::remember_early(uint64_t seq, Answer answer) {
  early_.insert_or_assign(seq, std::move(answer));
  early_order_.push_back(seq);
  if (early_order_.size() <= kEarlyKept) return;
  early_.erase(early_order_.front());
  early_order_.pop_front();
}

void Answers::watch_deadlines() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (deadlines_.empty()) {
      changed_.wait(lock);
      continue;
    }
    int64_t left_us = deadlines_.begin()->first - clock_.steady_us();
    if (left_us > 0) {
      changed_.wait_for(lock, std::chrono::microseconds(left_us));
      continue;
    }
    auto found = waiters_.find(deadlines_.begin()->second);
    deadlines_.erase(deadlines_.begin());
    if (found == waiters_.end()) continue;
    Waiter waiter = std::move(found->second);
    waiters_.erase(found);
    ++missed_;
    lock.unlock();
    waiter(std::nullopt);
    lock.lock();
  }
}

uint64_t Answers::missed_deadlines() const {
  std::lock_guard lock(mutex_);
  return missed_;
}

}  // namespace hookswitch
