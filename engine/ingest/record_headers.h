// Which of a request's headers travel with its record.
#pragma once

#include <string>

#include "engine/http/message.h"
#include "engine/log/record.h"

namespace hookswitch {

/// ":path", ":query" and ":kind" (log/record.h), and the headers that decoding needs or that explain a delivery later.
/// Everything else stays out, so that no secret in a header of the operator's own making is ever stored.
Headers record_headers(const Request& request, const std::string& kind);

}  // namespace hookswitch
