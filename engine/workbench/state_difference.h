// What two states say differently, table by table, in words: fields of calls, key figures, the feed, timers.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/workbench/difference.h"
#include "engine/workbench/table_walk.h"

namespace hookswitch {

/// `call`: our id, "" for what is about no call.
using TellDifference = std::function<void(std::string_view call, const Difference& difference)>;

/// How one table's rows are compared. A table that is not in the list is not looked at: it follows from others
/// (indexes, ids), holds what providers said and no rule (transcripts), or what arrived when (seen, changes).
struct TableComparison {
  Table table;
  const char* prefix;  // of the keys that are looked at
  void (*compare)(const RowDifference& row, const TellDifference& tell);
};

std::span<const TableComparison> table_comparisons();

/// Tells every difference of all these tables.
Status compare_states(const TwoStates& states, const TellDifference& tell);

/// By how much the second state's key figures exceed the first's, over all hours: by name and encoded dimensions.
struct KpiChange {
  int64_t micros = 0;
  int64_t count = 0;
};
using KpiChanges = std::map<std::pair<std::string, std::string>, KpiChange>;

/// `tenant` "": of all tenants together. Beyond kKpiChangesMax different dimensions only the names are told apart.
constexpr size_t kKpiChangesMax = 10'000;
Result<KpiChanges> compare_kpis(const TwoStates& states, std::string_view tenant);

}  // namespace hookswitch
