#include "engine/api/router.h"

#include <algorithm>
#include <optional>

#include "engine/http/url.h"

namespace hookswitch {
namespace {

// Takes the next part of a path off its front, without the '/'.
std::string_view take_part(std::string_view& path) {
  path.remove_prefix(1);
  size_t end = std::min(path.find('/'), path.size());
  std::string_view part = path.substr(0, end);
  path.remove_prefix(end);
  return part;
}

// What stands for {...}; nullopt when the path does not fit. An id may hold an encoded '/'.
std::optional<std::vector<std::string>> fit(std::string_view pattern, std::string_view path) {
  std::vector<std::string> out;
  while (!pattern.empty() && !path.empty()) {
    std::string_view wanted = take_part(pattern);
    std::string_view found = take_part(path);
    if (!wanted.starts_with('{')) {
      if (wanted != found) return std::nullopt;
      continue;
    }
    auto decoded = percent_decode(found);
    if (!decoded || decoded->empty()) return std::nullopt;
    out.push_back(*decoded);
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return out;
}

}  // namespace

Match find_endpoint(const Endpoints& endpoints, std::string_view method, std::string_view path) {
  Match match;
  if (!path.starts_with('/')) return match;
  std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const Endpoint& endpoint : endpoints) {
    auto parts = fit(endpoint.path, path);
    if (!parts) continue;
    match.allowed.push_back(endpoint.method);
    if (endpoint.method == "GET") match.allowed.push_back("HEAD");
    bool more_exact = match.endpoint == nullptr || parts->size() < match.path.size();
    if (endpoint.method != wanted || !more_exact) continue;
    match.endpoint = &endpoint;
    match.path = std::move(*parts);
  }
  return match;
}

}  // namespace hookswitch
