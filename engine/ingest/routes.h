// Which source a webhook path belongs to: /hooks/<source>[/<kind>] always, and the paths that the configuration adds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hookswitch {

struct Route {
  std::string source;
  std::string kind;  // "voice", "status", ... or ""
};

class Routes {
 public:
  /// An extra path, exact.
  void add(std::string path, Route route) { extra_.insert_or_assign(std::move(path), std::move(route)); }
  /// nullopt: not a webhook path. A source in /hooks/ need not exist.
  std::optional<Route> find(std::string_view path) const;

 private:
  std::unordered_map<std::string, Route> extra_;
};

}  // namespace hookswitch
