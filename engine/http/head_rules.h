// The rules a request's headers must keep so that nobody on the way could have understood them differently.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "engine/http/message.h"
#include "engine/http/refusal.h"

namespace hookswitch {

/// "POST /x HTTP/1.1" in its three parts, each where the line has it.
struct RequestLine {
  std::string_view method;
  std::string_view target;
  int minor_version = 1;
};

/// Splits and judges the request line: known method (else 501), HTTP/1.0 or 1.1 (else 505), exactly two blanks.
std::expected<RequestLine, Problem> split_request_line(std::string_view line);

/// True for a name made of the characters RFC 9110 allows, and at least one.
bool is_token(std::string_view name);

/// Compares ASCII letters without case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Host, target and framing. Brings an absolute-form target to origin form and sets has_body and content_length.
/// Returns whether the body is chunked.
std::expected<bool, Problem> apply_head_rules(Request& request, int minor_version);

}  // namespace hookswitch
