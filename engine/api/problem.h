// How the API answers: JSON, lists, and problems as RFC 9457 describes them.
#pragma once

#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/http/message.h"

namespace hookswitch {

/// application/problem+json with type, title, status and detail. `retry_secs`: when to come again; not 0, or a second
/// after a 503.
Response problem(int status, const std::string& detail, int64_t retry_secs = 0);
/// The status that fits the error's code.
Response problem(const Error& error);

Response json_answer(const Json& body, int status = 200);
/// {"data": [...], "next_cursor": ... or null}
Response list_answer(std::vector<Json> rows, const std::string& next_cursor);

}  // namespace hookswitch
