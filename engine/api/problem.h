// How the API answers: JSON, lists, and problems as RFC 9457 describes them.
#pragma once

#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/http/message.h"

namespace hookswitch {

/// application/problem+json with type, title, status and detail.
Response problem(int status, const std::string& detail);
/// The status that fits the error's code.
Response problem(const Error& error);

Response json_answer(const Json& body, int status = 200);
/// {"data": [...], "next_cursor": ... or null}
Response list_answer(std::vector<Json> rows, const std::string& next_cursor);

}  // namespace hookswitch
