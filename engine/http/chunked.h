// Takes the chunked transfer coding off a body, strictly and without keeping bytes.
//
// Our own because http_parser, as Debian builds it, accepts any two bytes where the CR LF behind a chunk belongs.
// Chunk extensions are refused: nothing we speak to sends them, and readers disagree about them. Trailers are checked,
// bounded and dropped.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/http/line_scanner.h"

namespace hookswitch {

class ChunkedDecoder {
 public:
  enum class Step { more, piece, complete, broken, too_large };

  ChunkedDecoder(uint64_t body_bytes_max, LineScanner::Limits trailer_limits)
      : left_in_body_(body_bytes_max), trailers_(LineScanner::Kind::trailers, trailer_limits) {}

  /// Takes the next step off the front of `in`; `piece` is set for Step::piece and points into it.
  Step next(std::string_view& in, std::string_view& piece);

 private:
  enum class State { size, size_lf, data, data_cr, data_lf, trailers };

  Step take_size_byte(char byte);
  Step take_line_end(char byte);
  Step take_data(std::string_view& in, std::string_view& piece);
  Step take_trailers(std::string_view& in);

  State state_ = State::size;
  int digits_ = 0;
  uint64_t chunk_bytes_ = 0;  // of the present chunk, not yet delivered
  uint64_t left_in_body_;
  LineScanner trailers_;
};

}  // namespace hookswitch
