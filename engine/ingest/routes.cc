#include "engine/ingest/routes.h"

namespace hookswitch {

std::optional<Route> Routes::find(std::string_view path) const {
  constexpr std::string_view kPrefix = "/hooks/";
  if (path.starts_with(kPrefix)) {
    path.remove_prefix(kPrefix.size());
    size_t slash = path.find('/');
    if (slash == std::string_view::npos) return Route{std::string(path), ""};
    return Route{std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
  }
  auto found = extra_.find(std::string(path));
  if (found == extra_.end()) return std::nullopt;
  return found->second;
}

}  // namespace hookswitch
