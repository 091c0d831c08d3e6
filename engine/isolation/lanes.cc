#include "engine/isolation/lanes.h"

#include <algorithm>
#include <chrono>

namespace hookswitch {

Lanes::Lanes(size_t count) : entries_(count) {
  for (size_t i = 0; i < count; ++i) entries_[i].lane.index = i;
}

/// A call takes microseconds and a start milliseconds: waiting a moment for a process that runs is cheaper.
Lanes::Lease Lanes::any() {
  std::unique_lock lock(mutex_);
  Entry* found = nullptr;
  const bool some_run = std::ranges::any_of(entries_, [](const Entry& entry) { return entry.pid > 0; });
  const auto soon = std::chrono::milliseconds(some_run ? limits::kLaneWaitMs : 0);
  given_back_.wait_for(lock, soon, [&] { return (found = idle(true)) != nullptr; });
  if (found == nullptr) given_back_.wait(lock, [&] { return (found = idle(true)) || (found = idle(false)); });
  return lend(*found);
}

Lanes::Lease Lanes::one(size_t index) {
  std::unique_lock lock(mutex_);
  given_back_.wait(lock, [&] { return !entries_[index].busy; });
  return lend(entries_[index]);
}

std::vector<int> Lanes::pids() const {
  std::lock_guard lock(mutex_);
  std::vector<int> out;
  for (const Entry& entry : entries_) {
    if (entry.pid > 0) out.push_back(entry.pid);
  }
  return out;
}

void Lanes::drop(uint32_t source) {
  std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.pid > 0 || entry.busy) entry.dropped.push_back(source);
  }
}

std::vector<uint32_t> Lanes::take_dropped(const Lane& lane) {
  std::lock_guard lock(mutex_);
  return std::exchange(entries_[lane.index].dropped, {});
}

Lanes::Entry* Lanes::idle(bool running) {
  auto found =
      std::ranges::find_if(entries_, [&](const Entry& entry) { return !entry.busy && (!running || entry.pid > 0); });
  return found == entries_.end() ? nullptr : &*found;
}

Lanes::Lease Lanes::lend(Entry& entry) {
  entry.busy = true;
  return {*this, entry.lane};
}

void Lanes::give_back(Lane& lane) {
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[lane.index];
    entry.busy = false;
    entry.pid = lane.child ? lane.child->pid() : -1;
  }
  given_back_.notify_all();
}

}  // namespace hookswitch
