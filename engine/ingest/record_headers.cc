#include "engine/ingest/record_headers.h"

#include <array>

namespace hookswitch {
namespace {

constexpr std::array kKeptHeaders{"content-type",       "user-agent",           "i-twilio-idempotency-token",
                                  "x-twilio-signature", "elevenlabs-signature", "traceparent",
                                  "x-request-id",       "content-encoding"};

}  // namespace

Headers record_headers(const Request& request, const std::string& kind) {
  Headers out;
  out.reserve(kKeptHeaders.size());
  out.emplace_back(":path", request.path());
  if (!request.query().empty()) out.emplace_back(":query", request.query());
  if (!kind.empty()) out.emplace_back(":kind", kind);
  for (const char* name : kKeptHeaders) {
    std::string_view value = request.header(name);
    if (!value.empty()) out.emplace_back(name, value);
  }
  return out;
}

}  // namespace hookswitch
