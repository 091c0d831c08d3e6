#include "engine/http/owed_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/base/limits.h"
#include "engine/http/answer_text.h"

namespace hookswitch {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

bool is_chunked(const RequestForm& form) { return !form.http_1_0 && !form.head; }

// An empty chunk would end the body, so empty pieces are left out.
void append_piece(std::string& out, const RequestForm& form, std::string_view bytes) {
  if (form.head || bytes.empty()) return;
  if (form.http_1_0) {
    out.append(bytes);
  } else {
    fmt::format_to(std::back_inserter(out), "{:x}\r\n{}\r\n", bytes.size(), bytes);
  }
}

}  // namespace

uint64_t OwedAnswers::begin(RequestForm form) {
  Owed& owed = owed_.emplace_back();
  owed.request = next_request_++;
  owed.form = form;
  return owed.request;
}

OwedAnswers::Owed* OwedAnswers::find(uint64_t request) {
  auto found = std::ranges::find(owed_, request, &Owed::request);
  return found == owed_.end() ? nullptr : &*found;
}

bool OwedAnswers::answered(uint64_t request) const {
  const Owed* owed = find(request);
  return owed == nullptr || owed->given;
}

bool OwedAnswers::give(uint64_t request, Response&& response) {
  Owed* owed = find(request);
  if (owed == nullptr || owed->given) return false;
  owed->given = true;
  owed->response = std::move(response);
  return true;
}

void OwedAnswers::start(uint64_t request, Response&& head, std::shared_ptr<StreamState> stream) {
  if (!give(request, std::move(head))) {
    stream->finish();
    return;
  }
  Owed* owed = find(request);
  owed->stream = std::move(stream);
  append_piece(owed->pieces, owed->form, std::exchange(owed->response.body, {}));
}

void OwedAnswers::stream_bytes(uint64_t request, std::string&& bytes) {
  Owed* owed = find(request);
  if (owed == nullptr || owed->stream == nullptr) return;
  owed->stream->arrived(bytes.size());
  if (!owed->ended) append_piece(owed->pieces, owed->form, bytes);
}

void OwedAnswers::stream_end(uint64_t request) {
  Owed* owed = find(request);
  if (owed != nullptr && owed->stream != nullptr) owed->ended = true;
}

void OwedAnswers::want_continue(uint64_t request) {
  if (Owed* owed = find(request)) owed->wants_continue = true;
}

void OwedAnswers::end_streams() {
  for (Owed& owed : owed_) owed.ended = true;
}

bool OwedAnswers::advance() {
  while (!owed_.empty()) {
    Owed& front = owed_.front();
    if (!front.given) {
      if (std::exchange(front.wants_continue, false)) output_.append(kContinue);
      return false;
    }
    bool keep_alive = !is_last(front);
    if (front.response.source != nullptr) {
      front.form.keep_alive = keep_alive;  // its head has said so
      if (!pour(front, keep_alive)) return broken_;
    } else if (front.stream == nullptr) {
      write_answer(front, keep_alive);
    } else {
      // Until its end an HTTP/1.0 stream has no other mark than the close.
      keep_alive = keep_alive && !front.form.http_1_0;
      write_stream(front, keep_alive);
      front.form.keep_alive = keep_alive;
      if (!front.ended) return false;
    }
    pop();
    if (!keep_alive) return true;
  }
  return false;
}

void OwedAnswers::write_answer(Owed& owed, bool keep_alive) {
  bool has_body = may_have_body(owed.response.status);
  AnswerForm form{has_body ? Ending::length : Ending::no_body, keep_alive, owed.form.http_1_0, date_, &always_};
  append_answer_head(output_.tail(), owed.response, form);
  if (has_body && !owed.form.head) output_.append_body(std::move(owed.response.body));
}

// Writes the head and as much of the body as may wait for the client. True when that is all of it.
bool OwedAnswers::pour(Owed& owed, bool keep_alive) {
  BodySource& source = *owed.response.source;
  if (!std::exchange(owed.head_written, true)) {
    append_answer_head(output_.tail(), owed.response,
                       {Ending::length, keep_alive, owed.form.http_1_0, date_, &always_});
    owed.left = owed.form.head ? 0 : source.bytes();
  }
  while (owed.left > 0 && output_.size() < limits::kBodyPieceBytes) {
    auto piece = source.next(std::min<uint64_t>(owed.left, limits::kBodyPieceBytes));
    if (!piece || piece->empty() || piece->size() > owed.left) {
      broken_ = true;
      return false;
    }
    owed.left -= piece->size();
    output_.append_body(std::move(*piece));
  }
  pouring_ = owed.left > 0;
  return !pouring_;
}

void OwedAnswers::write_stream(Owed& owed, bool keep_alive) {
  if (!std::exchange(owed.head_written, true)) {
    Ending ending = owed.form.http_1_0 ? Ending::close : Ending::chunked;
    append_answer_head(output_.tail(), owed.response, {ending, keep_alive, owed.form.http_1_0, date_, &always_});
  }
  output_.append_body(std::exchange(owed.pieces, {}));
  if (owed.ended && is_chunked(owed.form)) output_.append(kLastChunk);
}

void OwedAnswers::report_unsent() {
  for (Owed& owed : owed_) {
    if (owed.stream != nullptr) owed.stream->set_unsent(owed.pieces.size() + output_.size());
  }
}

// The stream is taken out first: what its end runs may come back to this connection.
void OwedAnswers::pop() {
  auto stream = std::move(owed_.front().stream);
  owed_.erase(owed_.begin());
  if (stream != nullptr) stream->finish();
}

void OwedAnswers::abandon() {
  while (!owed_.empty()) pop();
}

}  // namespace hookswitch
