// A delivery that was refused, as it is kept for a while to find out why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/message.h"

namespace hookswitch {

/// The code of what came for a source that did not exist. Its body is not read.
constexpr std::string_view kUnknownSource = "unknown_source";

struct RefusedDelivery {
  uint64_t id = 0;  // given when it is kept
  int64_t time_ms = 0;
  std::string source;  // that its path named; it need not exist
  std::string kind;
  int status = 401;
  std::string code, reason;  // what the provider's plugin said
  std::string method, target, peer;
  HeaderList headers;                      // those that can decide about authenticity, see kept_headers
  std::vector<std::string> other_headers;  // names of the others: their values may be secrets and are not kept
  std::string body;
  uint64_t body_bytes = 0;  // as it came; more than `body` has where that is not kept

  bool whole() const { return body_bytes == body.size(); }
  bool of_unknown_source() const { return code == kUnknownSource; }
  /// "its body ...": why that is not kept, where it is not whole.
  std::string why_not_whole() const;
  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  std::string_view query() const;
  /// The first header of that lower-case name, or "".
  std::string_view header(std::string_view name) const;
};

/// Splits a request's headers into what is kept whole (signatures, content type, where proxies say the request came
/// from) and the names of the rest.
void keep_headers(const HeaderList& from, RefusedDelivery& to);

/// One line of JSON and then the body; read back by refusal_of.
std::string text_of(const RefusedDelivery& refusal);
std::optional<RefusedDelivery> refusal_of(std::string_view text);

}  // namespace hookswitch
