// Two states side by side, row by row: what one has and the other has not, or has otherwise.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "engine/state/store.h"

namespace hookswitch {

/// A row that is not the same in both. The views live as long as the readers.
struct RowDifference {
  std::string_view key;
  std::optional<std::string_view> before;  // nullopt: not there
  std::optional<std::string_view> after;
};

/// Two states that are compared: as the rules in force make it, and as others do.
struct TwoStates {
  const Reader& before;
  const Reader& after;
};

/// Visits every row of the table whose key begins with `prefix` and that differs, in key order. Both tables are walked
/// once, so memory does not depend on their size. Errors are the readers'.
Status walk_differences(const TwoStates& states, Table table, std::string_view prefix,
                        const std::function<void(const RowDifference&)>& visit);

}  // namespace hookswitch
