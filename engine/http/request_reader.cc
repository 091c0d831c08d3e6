#include "engine/http/request_reader.h"

#include <algorithm>

namespace hookswitch {
namespace {

// Longest method and version beside the target, with a little room: the exact limit is the target's.
constexpr size_t kRequestLineSlack = 32;

LineScanner::Limits scanner_limits(const ServerOptions& options) {
  return {options.target_bytes_max + kRequestLineSlack, options.header_bytes_max, options.header_count_max};
}

LineScanner new_scanner(const ServerOptions& options) {
  return LineScanner(LineScanner::Kind::head, scanner_limits(options));
}

}  // namespace

RequestReader::RequestReader(const ServerOptions& options) : options_(options), scanner_(new_scanner(options)) {}

RequestReader::Step RequestReader::next(std::string_view& in) {
  switch (state_) {
    case State::head:
      return read_head(in);
    case State::sized_body:
      return read_sized(in);
    case State::chunked_body:
      return read_chunked(in);
  }
  return Step::more;
}

RequestReader::Step RequestReader::read_head(std::string_view& in) {
  size_t used = 0;
  auto outcome = scanner_.scan(in, used);
  std::string_view part = in.substr(0, used);
  in.remove_prefix(used);
  if (outcome == LineScanner::Outcome::complete) {
    if (partial_.empty()) return finish_head(part);
    std::string block = std::move(partial_);
    partial_ = {};  // give its memory back: most connections never need it again
    return finish_head(block.append(part));
  }
  if (outcome != LineScanner::Outcome::more) return refuse(outcome);
  partial_.append(part);
  return Step::more;
}

RequestReader::Step RequestReader::finish_head(std::string_view block) {
  auto head = parse_head(block, options_.target_bytes_max);
  if (!head) return refuse(head.error());
  head_ = std::move(*head);
  body_left_ = head_.request.content_length.value_or(0);
  if (body_left_ > options_.body_bytes_max) {
    return refuse(Problem{413, Refusal::body_too_large, "the body is larger than accepted here"});
  }
  state_ = head_.chunked ? State::chunked_body : State::sized_body;
  if (head_.chunked) chunks_.emplace(options_.body_bytes_max, scanner_limits(options_));
  return Step::head;
}

RequestReader::Step RequestReader::read_sized(std::string_view& in) {
  if (body_left_ == 0) return complete();
  if (in.empty()) return Step::more;
  piece_ = in.substr(0, std::min<uint64_t>(body_left_, in.size()));
  in.remove_prefix(piece_.size());
  body_left_ -= piece_.size();
  return Step::piece;
}

RequestReader::Step RequestReader::read_chunked(std::string_view& in) {
  switch (chunks_->next(in, piece_)) {
    case ChunkedDecoder::Step::more:
      return Step::more;
    case ChunkedDecoder::Step::piece:
      return Step::piece;
    case ChunkedDecoder::Step::complete:
      return complete();
    case ChunkedDecoder::Step::broken:
      return refuse(Problem{400, Refusal::bad_request, "the chunked body is not well formed"});
    case ChunkedDecoder::Step::too_large:
      break;
  }
  return refuse(Problem{413, Refusal::body_too_large, "the body is larger than accepted here"});
}

RequestReader::Step RequestReader::complete() {
  state_ = State::head;
  scanner_ = new_scanner(options_);
  chunks_.reset();
  return Step::complete;
}

RequestReader::Step RequestReader::refuse(Problem problem) {
  problem_ = problem;
  return Step::problem;
}

RequestReader::Step RequestReader::refuse(LineScanner::Outcome outcome) {
  switch (outcome) {
    case LineScanner::Outcome::request_line_too_long:
      return refuse(Problem{414, Refusal::target_too_long, "the target is too long"});
    case LineScanner::Outcome::too_large:
      return refuse(Problem{431, Refusal::headers_too_large, "the headers are too large"});
    case LineScanner::Outcome::too_many:
      return refuse(Problem{431, Refusal::too_many_headers, "there are too many headers"});
    default:
      return refuse(Problem{400, Refusal::bad_request, "a line is not ended by CR LF or holds control bytes"});
  }
}

}  // namespace hookswitch
