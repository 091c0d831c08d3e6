#include "engine/doctor/attempt.h"

#include <algorithm>

namespace hookswitch {

Verdict Attempt::verdict() const {
  size_t question = std::min(target.find('?'), target.size());
  DeliveryRequest request;
  request.method = method;
  request.url = url;
  request.path = std::string_view(target).substr(0, question);
  request.query = question == target.size() ? "" : std::string_view(target).substr(question + 1);
  request.kind = kind;
  request.headers = &headers;
  request.body = body;
  request.now_ms = now_ms;
  request.peer = peer;
  auto verdict = source->verify(request);
  if (verdict) return std::move(*verdict);
  return {.code = "plugin_error", .reason = verdict.error().message};
}

void Attempt::set_content_type(const std::string& type) {
  std::erase_if(headers, [](const auto& header) { return header.first == "content-type"; });
  if (!type.empty()) headers.emplace_back("content-type", type);
}

}  // namespace hookswitch
