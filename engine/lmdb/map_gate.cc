#include "engine/lmdb/map_gate.h"

#include "engine/base/check.h"

namespace hookswitch::lmdb {

namespace {

/// Transactions this thread has open, of whatever environment: counting all is simpler and only ever lets one reader
/// more in before a growth.
thread_local int inside_here = 0;

}  // namespace

void MapGate::enter() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !locked_ && (waiting_ == 0 || inside_here > 0); });
  ++inside_;
  ++inside_here;
}

void MapGate::leave() {
  std::lock_guard lock(mutex_);
  ENSURE(inside_ > 0 && inside_here > 0, "a transaction ended on another thread than it began on, or twice");
  --inside_here;
  if (--inside_ == 0 && waiting_ > 0) changed_.notify_all();
}

bool MapGate::lock(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  const bool mine = changed_.wait_for(lock, limit, [&] { return !locked_ && inside_ == 0; });
  --waiting_;
  if (mine) {
    locked_ = true;
  } else {
    changed_.notify_all();
  }
  return mine;
}

void MapGate::unlock() {
  std::lock_guard lock(mutex_);
  locked_ = false;
  changed_.notify_all();
}

}  // namespace hookswitch::lmdb
