// The answers one connection owes, written in the order of its requests whatever the order they are given in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/http/mailbox.h"
#include "engine/http/output.h"

namespace hookswitch {

/// What the form of an answer depends on.
struct RequestForm {
  bool keep_alive = true;
  bool head = false;  // the method is HEAD
  bool http_1_0 = false;
};

/// [loop] Nothing is written before advance(): until then it may still be decided that an answer is the last.
class OwedAnswers {
 public:
  /// `output` and `date` belong to the connection and its loop; every answer gets the headers `always`.
  OwedAnswers(Output& output, const std::string& date, const HeaderList& always)
      : output_(output), date_(date), always_(always) {}

  /// A request has begun. Returns its number.
  uint64_t begin(RequestForm form);
  /// How many requests are not answered to the end.
  size_t outstanding() const { return owed_.size(); }
  bool answered(uint64_t request) const;
  /// A stream is being written.
  bool streaming() const { return !owed_.empty() && owed_.front().stream != nullptr; }

  /// The body of an answer is being written as the client takes it: advance() goes on with it.
  bool pouring() const { return pouring_; }
  /// Such a body could not be gone on with: what was promised cannot be kept, and nothing may follow.
  bool broken() const { return broken_; }

  /// Gives an answer. False, and nothing done, when that request is answered already.
  bool give(uint64_t request, Response&& response);
  /// The answer is a stream. When that request is answered already the stream is finished at once.
  void start(uint64_t request, Response&& head, std::shared_ptr<StreamState> stream);
  void stream_bytes(uint64_t request, std::string&& bytes);
  void stream_end(uint64_t request);
  /// The client waits for 100 Continue before it sends its body; written when the answers before are.
  void want_continue(uint64_t request);

  /// No further request will be read: the last answer closes the connection.
  void make_last() { last_ = true; }
  /// Ends every stream where it is.
  void end_streams();

  /// Writes what can be written. True when the closing answer was: nothing may follow it.
  bool advance();
  /// Tells the stream being written how much of it is not sent yet.
  void report_unsent();
  /// The connection is gone: finishes every stream and forgets what is owed.
  void abandon();

 private:
  struct Owed {
    uint64_t request = 0;
    RequestForm form;
    bool given = false;  // response is set
    bool wants_continue = false;
    bool head_written = false;  // of a stream, or of a body with a source
    bool ended = false;         // of a stream: nothing more comes
    Response response;
    std::shared_ptr<StreamState> stream;
    std::string pieces;  // of a stream, in wire form, that may not be written yet
    uint64_t left = 0;   // of a source's body
  };

  Owed* find(uint64_t request);
  const Owed* find(uint64_t request) const { return const_cast<OwedAnswers*>(this)->find(request); }
  bool is_last(const Owed& owed) const { return !owed.form.keep_alive || (last_ && owed_.size() == 1); }
  void write_answer(Owed& owed, bool keep_alive);
  void write_stream(Owed& owed, bool keep_alive);
  bool pour(Owed& owed, bool keep_alive);
  void pop();

  Output& output_;
  const std::string& date_;
  const HeaderList& always_;
  std::vector<Owed> owed_;  // oldest first; few, so a vector that keeps its memory
  uint64_t next_request_ = 1;
  bool last_ = false;
  bool pouring_ = false;
  bool broken_ = false;
};

}  // namespace hookswitch
