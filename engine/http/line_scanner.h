// The strict first look at header lines: every line ends in CR LF, nothing else controls, and there are limits.
//
// http_parser tolerates a bare LF, blanks in names and folded lines, and so do some proxies, each in its own way: that
// is how one sender smuggles a second request past the other. This scanner lets nothing through that could be read in
// two ways. It keeps no bytes, so it can be fed in any pieces and answers the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hookswitch {

class LineScanner {
 public:
  enum class Kind { head, trailers };  // a request line and headers; headers alone
  enum class Outcome { more, complete, broken, request_line_too_long, too_large, too_many };
  struct Limits {
    size_t request_line_bytes;
    size_t header_bytes;  // all headers together, line ends included
    size_t header_count;
  };

  LineScanner(Kind kind, Limits limits) : limits_(limits), in_request_line_(kind == Kind::head) {}

  /// Looks at the next bytes; `used` says how many belong to the block, which is all of them but after `complete`.
  Outcome scan(std::string_view in, size_t& used);
  /// True once a byte was seen that belongs to a request.
  bool begun() const { return !in_request_line_ || line_bytes_ > 0; }

 private:
  Outcome scan_text(const char*& at, const char* end);
  Outcome end_line();
  Outcome end_empty_line();

  Limits limits_;
  size_t line_bytes_ = 0;
  size_t header_bytes_ = 0;
  size_t header_count_ = 0;
  bool in_request_line_;
  bool after_cr_ = false;
  bool empty_line_seen_ = false;
};

}  // namespace hookswitch
