// Reads the engine's log from its files by what engine/log/format.h says, with no code of the engine: what it finds is
// evidence that does not come from the program under test. Only while no engine runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace hookswitch::torture {

/// One record; points into the reader's memory and dies when the callback returns.
struct LoggedRecord {
  uint64_t seq = 0;
  int kind = 0;  // 1 delivery, 2 command, 3 timer, 4 result, 5 frame, 6 import
  std::string_view source;
  std::string_view body;  // or, with `is_blob`, the name of the file that holds it
  bool is_blob = false;
};

struct LogExtent {
  uint64_t first_seq = 0;  // oldest that is kept; 0: none
  uint64_t last_seq = 0;
  uint64_t records = 0;  // visited
};

/// Visits every record from `from_seq` on. Throws std::runtime_error with what is wrong: a gap, a checksum, a length.
LogExtent read_log(const std::string& dir, uint64_t from_seq, const std::function<void(const LoggedRecord&)>& visit);

}  // namespace hookswitch::torture
