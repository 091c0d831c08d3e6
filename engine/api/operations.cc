// GET /healthz, /readyz and /metrics: for those who run the engine and those who watch it.
#include "engine/api/problem.h"
#include "engine/api/resources.h"

namespace hookswitch {
namespace {

Response uncached(Response response) {
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response ready(const ApiParts& parts) {
  std::vector<std::string> reasons = parts.not_ready();
  std::vector<std::string> warnings = parts.warnings();
  Json said{{"ready", reasons.empty()}};
  if (!warnings.empty()) said["warnings"] = warnings;
  if (reasons.empty()) return uncached(json_answer(said));
  said["reasons"] = reasons;
  Response response = uncached(json_answer(said, 503));
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response metrics(const ApiParts& parts) {
  return uncached({200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, parts.metrics.text()});
}

}  // namespace

void add_operations(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/healthz",
                .role = Role::nobody,
                .summary = "Whether the process runs",
                .handle = [](ApiRequest&) { return uncached(json_answer({{"ok", true}})); }});
  to.push_back({.method = "GET",
                .path = "/readyz",
                .role = Role::nobody,
                .summary = "Whether deliveries can be accepted now; 503 and the reasons when not",
                .answers = "Ready",
                .handle = [&parts](ApiRequest&) { return ready(parts); }});
  to.push_back({.method = "GET",
                .path = "/metrics",
                .every_tenant = true,
                .summary = "Prometheus metrics as text; open to this machine itself",
                .answers = "Text",
                .handle = [&parts](ApiRequest&) { return metrics(parts); }});
}

}  // namespace hookswitch
