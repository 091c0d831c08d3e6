// The query of a request, checked strictly against what an endpoint takes: nothing unknown, nothing twice, every value
// of its type.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/limits.h"
#include "engine/state/local_time.h"

namespace hookswitch {

enum class ParameterType { text, time, number, word, words };  // word: one of some; words: several, with commas

struct Parameter {
  std::string name;
  std::string about;
  ParameterType type = ParameterType::text;
  std::vector<std::string> words = {};
  size_t otherwise = limits::kPageRowsDefault;  // of a number that is left out
};

class Query {
 public:
  /// Errors: `invalid`, naming the parameter, what was found and what is expected.
  static Result<Query> parse(std::string_view raw, const std::vector<Parameter>& known);

  bool has(const std::string& name) const { return values_.contains(name); }
  /// "" when absent.
  std::string text(const std::string& name) const;
  /// Milliseconds; `otherwise` when absent.
  int64_t time(const std::string& name, int64_t otherwise) const;
  /// The same, where a date alone is when that day began in the zone.
  int64_t time(const std::string& name, const LocalZone& zone, int64_t otherwise) const;
  std::vector<std::string> words(const std::string& name) const;
  size_t limit() const;
  std::string cursor() const { return text("cursor"); }

 private:
  std::map<std::string, std::string> values_;
};

/// RFC 3339, a date alone (midnight UTC), or milliseconds since the epoch.
std::optional<int64_t> parse_time(std::string_view text);

}  // namespace hookswitch
