// What every fallible function returns: a value, or an error that says what was attempted, found and expected.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>

namespace hookswitch {

enum class Code {
  invalid,      // the input is wrong; the same input will always fail
  not_found,    // the thing named does not exist
  conflict,     // it exists already, or somebody else holds it
  denied,       // not allowed for this caller
  too_large,    // over a limit of base/limits.h or of the configuration
  unavailable,  // cannot be done now; may be retried (queue full, disk full, stopping)
  timeout,      // took longer than its limit
  corrupt,      // stored bytes do not pass their checks
  io,           // the operating system refused
  internal,     // a promise between our own parts was broken
};

/// The code's name as it appears in JSON and metrics, for example "too_large".
const char* name(Code code);

struct Error {
  Code code = Code::internal;
  std::string message;  // one sentence for a person: attempted, on what, found, expected. Never holds a secret.
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// `return fail(Code::invalid, "read {}: found {}, expected {}", ...)`.
template <class... Args>
std::unexpected<Error> fail(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

/// The same error with what the caller was doing put in front.
inline std::unexpected<Error> wrap(Error error, const std::string& doing) {
  error.message = doing + ": " + error.message;
  return std::unexpected(std::move(error));
}

}  // namespace hookswitch
