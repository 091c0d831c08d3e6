// The bytes waiting to be sent to one client, small ones gathered and large ones moved in without copying.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace hookswitch {

class Output {
 public:
  /// The segment that small things are appended to.
  std::string& tail();
  void append(std::string_view bytes) { tail().append(bytes); }
  /// Takes a body over; small ones are copied, so that head and body leave in one piece.
  void append_body(std::string&& bytes);

  size_t size() const;
  bool empty() const { return size() == 0; }

  /// Fills at most `count` vectors with what comes next; returns how many.
  int gather(iovec* vectors, int count) const;
  /// Forgets the first `bytes` bytes: they are sent.
  void consume(size_t bytes);

 private:
  static constexpr size_t kSegmentBytes = 16 * 1024;

  std::deque<std::string> segments_;  // none but the first is partly sent
  size_t sent_ = 0;                   // of the first segment
};

}  // namespace hookswitch
