// The processes of one plugin, each with whoever uses it now.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <vector>

#include "engine/isolation/child.h"

namespace hookswitch {

/// One process and what was made in it. Belongs to whoever has its lease.
struct Lane {
  size_t index = 0;
  std::optional<Child> child;
  uint64_t generation = 0;            // of the child: another one is another number
  std::unordered_set<uint32_t> made;  // sources that it knows

  void end_child() {
    child.reset();
    made.clear();
  }
};

/// Lanes are leased by one thread at a time; whoever finds none waits. [any]
class Lanes {
 public:
  explicit Lanes(size_t count);

  /// A lane for one call; it goes back by itself.
  class Lease {
   public:
    Lease(Lanes& lanes, Lane& lane) : lanes_(lanes), lane_(lane) {}
    ~Lease() { lanes_.give_back(lane_); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Lane& operator*() { return lane_; }
    Lane* operator->() { return &lane_; }

   private:
    Lanes& lanes_;
    Lane& lane_;
  };

  /// One whose process runs, if there is one soon, else any.
  Lease any();
  Lease one(size_t index);

  /// Of the processes that run.
  std::vector<int> pids() const;

  /// The source is gone: the processes that may know it are told when they are used next.
  void drop(uint32_t source);
  std::vector<uint32_t> take_dropped(const Lane& lane);

 private:
  struct Entry {
    Lane lane;                      // of its lease
    bool busy = false;              // the rest is guarded by mutex_
    pid_t pid = -1;                 // -1: no process
    std::vector<uint32_t> dropped;  // that the process was not told of
  };
  Entry* idle(bool running);
  Lease lend(Entry& entry);
  void give_back(Lane& lane);

  mutable std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<Entry> entries_;
};

}  // namespace hookswitch
