// A recording read back: its events in order. See recording.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/powercut/recording.h"

namespace hookswitch::powercut {

/// Views live as long as the recording.
struct Event {
  recorded_kind kind;
  uint64_t file;     // an inode; numbers of removed files are used again
  uint64_t offset;   // of a write; the size of a resize; the name of a sync
  uint64_t offset2;  // bytes of zeros
  std::string_view text, data;
};

class Recording {
 public:
  /// Throws when the file is not a whole recording.
  explicit Recording(const std::string& file);

  const std::vector<Event>& events() const { return events_; }

 private:
  std::string bytes_;
  std::vector<Event> events_;
};

}  // namespace hookswitch::powercut
