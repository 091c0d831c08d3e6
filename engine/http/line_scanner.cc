#include "engine/http/line_scanner.h"

#include <array>

namespace hookswitch {
namespace {

constexpr uint8_t kInRequestLine = 1, kInHeader = 2;

// Which bytes may stand where. Headers may hold tabs and bytes above 127 (RFC 9110, obs-text); a request line may not.
constexpr std::array<uint8_t, 256> kAllowed = [] {
  std::array<uint8_t, 256> allowed{};
  for (int byte = 0x20; byte < 0x7f; ++byte) allowed[byte] = kInRequestLine | kInHeader;
  for (int byte = 0x80; byte < 0x100; ++byte) allowed[byte] = kInHeader;
  allowed['\t'] = kInHeader;
  return allowed;
}();

}  // namespace

LineScanner::Outcome LineScanner::scan(std::string_view in, size_t& used) {
  const char* at = in.data();
  const char* end = at + in.size();
  Outcome outcome = Outcome::more;
  while (at != end && outcome == Outcome::more) {
    if (after_cr_) {
      outcome = *at++ == '\n' ? end_line() : Outcome::broken;
    } else {
      outcome = scan_text(at, end);
    }
  }
  used = static_cast<size_t>(at - in.data());
  return outcome;
}

LineScanner::Outcome LineScanner::scan_text(const char*& at, const char* end) {
  const char* start = at;
  // A line that starts with a blank would be a continuation of the one before (obs-fold), which readers treat unlike.
  if (line_bytes_ == 0 && (*at == ' ' || *at == '\t')) return Outcome::broken;
  const uint8_t mask = in_request_line_ ? kInRequestLine : kInHeader;
  while (at != end && (kAllowed[static_cast<unsigned char>(*at)] & mask) != 0) ++at;
  line_bytes_ += static_cast<size_t>(at - start);
  if (in_request_line_ && line_bytes_ > limits_.request_line_bytes) return Outcome::request_line_too_long;
  if (!in_request_line_ && header_bytes_ + line_bytes_ > limits_.header_bytes) return Outcome::too_large;
  if (at == end) return Outcome::more;
  if (*at != '\r') return Outcome::broken;
  ++at;
  after_cr_ = true;
  return Outcome::more;
}

LineScanner::Outcome LineScanner::end_line() {
  after_cr_ = false;
  if (line_bytes_ == 0) return end_empty_line();
  if (!in_request_line_) {
    header_bytes_ += line_bytes_ + 2;
    if (header_bytes_ > limits_.header_bytes) return Outcome::too_large;
    if (++header_count_ > limits_.header_count) return Outcome::too_many;
  }
  in_request_line_ = false;
  line_bytes_ = 0;
  return Outcome::more;
}

// The end of the block. One empty line ahead of a request is passed over: old clients send it behind a body.
LineScanner::Outcome LineScanner::end_empty_line() {
  if (!in_request_line_) return Outcome::complete;
  if (empty_line_seen_) return Outcome::broken;
  empty_line_seen_ = true;
  return Outcome::more;
}

}  // namespace hookswitch
