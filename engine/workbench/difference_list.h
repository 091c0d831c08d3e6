// All differences that a replay found, grouped by call and in the order of time: on disk, so that memory does not
// depend on how many there are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/lmdb/txn.h"
#include "engine/workbench/difference.h"

namespace hookswitch {

/// Where a call stands in the list. "" as its id gathers what is about no call, and stands at the end.
struct CallPlace {
  std::string id;
  int64_t time_ms = 0;
  uint64_t left_out = 0;  // differences beyond kDifferencesAtOnce, which are only counted
};

constexpr size_t kDifferencesAtOnce = 1'000;  // of one call that are told

/// Filled first, then arranged once, then read. [one thread]
class DifferenceList {
 public:
  /// `dir` is thrown away by its owner.
  static Result<std::unique_ptr<DifferenceList>> open(const std::string& dir);

  /// `call` by any id it has had. Adding the same aspect, name and dimensions again replaces the former.
  Status add(std::string_view call, const Difference& difference);

  /// Where a difference belongs, once everything is known; it may be changed, and nullopt leaves it out.
  using Arrange = std::function<std::optional<CallPlace>(const std::string& call, Difference& difference)>;
  Status arrange(const Arrange& arrange);

  /// Visits each call with all its differences, until `visit` returns false.
  using Visit = std::function<bool(const CallPlace&, const std::vector<Difference>&)>;
  Status each_call(const Visit& visit) const;

 private:
  using Row = std::pair<std::string, std::string>;
  DifferenceList() = default;
  Status write(lmdb::Table table, std::vector<Row>& rows);
  Status arrange_some(const Arrange& arrange, std::string& from, std::vector<Row>& rows) const;

  std::unique_ptr<lmdb::Env> env_;
  lmdb::Table found_, arranged_;
  std::vector<Row> waiting_;  // for `found`: written many at once
};

}  // namespace hookswitch
