// Writes the head of an answer as it goes over the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/http/message.h"
#include "engine/http/refusal.h"

namespace hookswitch {

/// How the end of an answer's body is found.
enum class Ending { length, chunked, close, no_body };

struct AnswerForm {
  Ending ending = Ending::length;
  bool keep_alive = true;
  bool http_1_0 = false;
  std::string_view date;               // of the Date header
  const HeaderList* always = nullptr;  // headers that it gets if it does not have them
};

/// Appends status line and headers. Control bytes in the response's headers become blanks: a value that somebody sent
/// us must not be able to end a header.
void append_answer_head(std::string& out, const Response& response, const AnswerForm& form);

/// False for 1xx, 204 and 304, which end with their head.
bool may_have_body(int status);

/// What the server itself answers when it refuses.
Response refusal_response(const Problem& problem);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(int64_t now_ms);

}  // namespace hookswitch
