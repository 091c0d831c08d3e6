// libevent's objects as owned values, and an event that remembers whether it is waiting.
#pragma once

#include <event2/event.h>

#include <utility>

#include "engine/base/owned.h"

namespace hookswitch {

using EventBase = Owned<event_base, event_base_free>;

/// A persistent event.
class SocketEvent {
 public:
  SocketEvent() = default;
  /// `on_fire` is called with `argument`. A null event (no memory) never fires.
  SocketEvent(event_base* base, int fd, short what, event_callback_fn on_fire, void* argument)
      : event_(event_new(base, fd, static_cast<short>(what | EV_PERSIST), on_fire, argument)) {}

  explicit operator bool() const { return event_ != nullptr; }

  /// Waits or stops waiting; does nothing when that is how it is.
  void set_waiting(bool waiting) {
    if (event_ == nullptr || waiting == waiting_) return;
    waiting_ = waiting;
    waiting ? event_add(event_.get(), nullptr) : event_del(event_.get());
  }
  /// Fires every `period_ms` from now on.
  void repeat(int64_t period_ms) {
    timeval period{period_ms / 1000, period_ms % 1000 * 1000};
    event_add(event_.get(), &period);
  }
  /// Fires in the loop's next turn, as if the socket had become readable.
  void fire_soon() { event_active(event_.get(), EV_READ, 0); }
  void clear() { event_.reset(); }

 private:
  Owned<event, event_free> event_;
  bool waiting_ = false;
};

}  // namespace hookswitch
