// Lets transactions in and out, and the one who changes the map in only when no transaction is open.
//
// A read-write lock with two twists. Whoever wants to change the map goes first: new transactions wait, so a stream of
// short readers cannot starve it; only a thread that is inside already may enter again, or it would wait for itself.
// And the wait is bounded: a reader that stays too long costs one refused growth, not a standstill.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace hookswitch::lmdb {

class MapGate {
 public:
  void enter();
  void leave();

  /// Waits until everybody left, then keeps everybody out until unlock(). False when that took longer than `limit`.
  bool lock(std::chrono::milliseconds limit);
  void unlock();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;   // transactions open
  int waiting_ = 0;  // threads in lock()
  bool locked_ = false;
};

}  // namespace hookswitch::lmdb
