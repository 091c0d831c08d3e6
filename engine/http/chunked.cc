#include "engine/http/chunked.h"

#include <algorithm>

#include "engine/http/url.h"

namespace hookswitch {

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view& in, std::string_view& piece) {
  while (!in.empty()) {
    Step step = Step::more;
    if (state_ == State::data) return take_data(in, piece);
    if (state_ == State::trailers) {
      step = take_trailers(in);
    } else {
      char byte = in.front();
      in.remove_prefix(1);
      step = state_ == State::size ? take_size_byte(byte) : take_line_end(byte);
    }
    if (step != Step::more) return step;
  }
  return Step::more;
}

ChunkedDecoder::Step ChunkedDecoder::take_size_byte(char byte) {
  if (byte == '\r') {
    if (digits_ == 0) return Step::broken;
    state_ = State::size_lf;
    return Step::more;
  }
  int digit = hex_value(byte);
  // Sixteen digits fill 64 bits, so no size can overflow.
  if (digit < 0 || ++digits_ > 16) return Step::broken;
  chunk_bytes_ = chunk_bytes_ * 16 + static_cast<uint64_t>(digit);
  return Step::more;
}

ChunkedDecoder::Step ChunkedDecoder::take_line_end(char byte) {
  if (byte != (state_ == State::data_cr ? '\r' : '\n')) return Step::broken;
  if (state_ == State::data_cr) {
    state_ = State::data_lf;
  } else if (state_ == State::data_lf) {
    state_ = State::size;
    digits_ = 0;
  } else if (chunk_bytes_ == 0) {
    state_ = State::trailers;
  } else {
    if (chunk_bytes_ > left_in_body_) return Step::too_large;
    left_in_body_ -= chunk_bytes_;
    state_ = State::data;
  }
  return Step::more;
}

ChunkedDecoder::Step ChunkedDecoder::take_data(std::string_view& in, std::string_view& piece) {
  piece = in.substr(0, std::min<uint64_t>(chunk_bytes_, in.size()));
  in.remove_prefix(piece.size());
  chunk_bytes_ -= piece.size();
  if (chunk_bytes_ == 0) state_ = State::data_cr;
  return Step::piece;
}

ChunkedDecoder::Step ChunkedDecoder::take_trailers(std::string_view& in) {
  size_t used = 0;
  auto outcome = trailers_.scan(in, used);
  in.remove_prefix(used);
  if (outcome == LineScanner::Outcome::more) return Step::more;
  return outcome == LineScanner::Outcome::complete ? Step::complete : Step::broken;
}

}  // namespace hookswitch
