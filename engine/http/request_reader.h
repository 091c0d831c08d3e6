// Bytes to requests: finds the head, has it parsed, and frames the body that follows. Does no I/O.
//
// Pulled, not pushed: the connection asks for the next step and may stop between two requests, leaving the rest of the
// bytes for later. Bodies are passed on as pieces of the bytes given; only a head that arrives in parts is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/http/chunked.h"
#include "engine/http/options.h"
#include "engine/http/parser.h"

namespace hookswitch {

class RequestReader {
 public:
  enum class Step {
    more,      // all bytes are used; nothing to report
    head,      // head() is a request; its body follows, or Step::complete
    piece,     // piece() is a part of the body
    complete,  // the request is whole; the next step begins another
    problem,   // problem() says what is wrong; nothing more can be read from this client
  };

  /// `options` must outlive the reader.
  explicit RequestReader(const ServerOptions& options);

  /// Takes the next step off the front of `in`. Ask until it says `more`, even when `in` is used up.
  Step next(std::string_view& in);

  Head& head() { return head_; }
  std::string_view piece() const { return piece_; }
  const Problem& problem() const { return problem_; }
  bool in_head() const { return state_ == State::head && scanner_.begun(); }
  bool in_body() const { return state_ != State::head; }
  /// Nothing of a further request has arrived.
  bool idle() const { return state_ == State::head && !scanner_.begun(); }

 private:
  enum class State { head, sized_body, chunked_body };

  Step read_head(std::string_view& in);
  Step finish_head(std::string_view block);
  Step read_sized(std::string_view& in);
  Step read_chunked(std::string_view& in);
  Step complete();
  Step refuse(Problem problem);
  Step refuse(LineScanner::Outcome outcome);

  const ServerOptions& options_;
  State state_ = State::head;
  LineScanner scanner_;
  std::string partial_;  // the beginning of a head that did not come in one piece
  Head head_;
  uint64_t body_left_ = 0;
  std::optional<ChunkedDecoder> chunks_;
  std::string_view piece_;
  Problem problem_;
};

}  // namespace hookswitch
