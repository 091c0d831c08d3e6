// Splits a complete header block into a Request: the one file that knows http_parser.
//
// The block has passed LineScanner, so it is whole and its lines are clean; what http_parser is lenient about beyond
// that is judged by head_rules.h. Bodies never come here (request_reader.h).
#pragma once

#include <expected>
#include <string_view>

#include "engine/http/message.h"
#include "engine/http/refusal.h"

namespace hookswitch {

struct Head {
  Request request;  // without peer and tls, which the connection knows
  int minor_version = 1;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
};

/// `block`: request line to empty line, inclusive.
std::expected<Head, Problem> parse_head(std::string_view block, size_t target_bytes_max);

}  // namespace hookswitch
