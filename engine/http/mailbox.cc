#include "engine/http/mailbox.h"

#include <sys/eventfd.h>

#include "engine/base/check.h"
#include "engine/http/loop.h"

namespace hookswitch {

Mailbox::Mailbox(std::shared_ptr<ServerState> server)
    : server_(std::move(server)), wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

bool Mailbox::post(Letter letter) {
  bool was_empty = false;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    was_empty = letters_.empty();
    letters_.push_back(std::move(letter));
  }
  if (was_empty) eventfd_write(wake_.fd(), 1);
  return true;
}

bool Mailbox::deliver(Letter letter) {
  if (thread_.load(std::memory_order_relaxed) != std::this_thread::get_id()) return post(std::move(letter));
  loop_->take(std::move(letter));
  return true;
}

void Mailbox::attach(Loop& loop) {
  loop_ = &loop;
  thread_ = std::this_thread::get_id();
}

void Mailbox::collect(std::vector<Letter>& into) {
  ENSURE(into.empty(), "{} letters were not taken", into.size());
  eventfd_t ignored = 0;
  eventfd_read(wake_.fd(), &ignored);
  std::lock_guard lock(mutex_);
  std::swap(into, letters_);
}

// The thread is forgotten too, so that a late delivery does not reach into a loop that is being taken apart.
void Mailbox::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  thread_ = std::thread::id();
}

}  // namespace hookswitch
