// How each table forgets a row that speaks of somebody.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/record.h"
#include "engine/processor/directory.h"
#include "engine/processor/mentions.h"
#include "engine/state/store.h"

namespace hookswitch {

/// The tables that are walked, in this order: what is found in one gives names for those behind it. Calls are not among
/// them: they are found by their index.
inline constexpr std::array kErasedTables{
    Table::contacts, Table::tasks,  Table::actions, Table::activity,     Table::campaigns, Table::dead, Table::memory,
    Table::commands, Table::timers, Table::traces,  Table::suppressions, Table::seen,      Table::audit};

/// Somebody else's call, as it is when the state is made anew of records that have the number masked.
void mask_call(Writer& writer, const Mentions& mentions, const std::string& id);

class RowEraser {
 public:
  RowEraser(Writer& writer, const RecordView& record, Erasure& erasure, Mentions& mentions, const Directory& directory)
      : writer_(writer), record_(record), erasure_(erasure), mentions_(mentions), directory_(directory) {}

  /// The call with all that hangs on it and what is kept of its legs; its shares in key figures stay counted.
  Status erase_call(const std::string& call_id);
  /// Forgets the row, if that is what this table does with it.
  void erase(Table table, const std::string& key, const std::string& value);

 private:
  Status erase_one_call(const std::string& call_id);
  bool mask(Table table, const std::string& key, const std::string& value);
  std::string call_of_others(Table table, const std::string& id) const;
  void erase_contact(const std::string& id);
  void keep_silent(const Json& contact);
  void erase_task(const std::string& id);
  void erase_action(const std::string& id);
  void erase_campaign_row(const std::string& key, const std::string& value);
  void erase_suppression(const std::string& key);
  void add_name(std::string_view name);
  void count(const char* what) { ++erasure_.counts[what]; }

  Writer& writer_;
  const RecordView& record_;
  Erasure& erasure_;
  Mentions& mentions_;
  const Directory& directory_;
};

}  // namespace hookswitch
