// A state in memory that fails as a disk does: a write that cannot begin or end, and a power cut that undoes the newest
// commit.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/state/store.h"

namespace hookswitch::simulation {

class MemoryStore final : public Store {  // [one thread]
 public:
  /// Says for each write whether it fails; unset: none does.
  explicit MemoryStore(std::function<bool()> fails = {}) : fails_(std::move(fails)) {}

  /// Undoes the newest commit, unless it was synced. Nothing may be open.
  void power_cut();

  Result<std::unique_ptr<Reader>> read() const override;
  Status write(const std::function<Status(Writer&)>& fn) override;
  Result<std::unique_ptr<Writer>> begin_write() override;
  Status grow() override { return {}; }
  Status durable_sync() override;
  Status copy_to(const std::string& dir) override;
  StoreStats stats() const override { return {.commits = commits_}; }

 private:
  friend class MemoryWriter;
  friend class MemoryReader;
  using Rows = std::map<std::string, std::string, std::less<>>;
  struct Former {
    Table table;
    std::string key;
    std::optional<std::string> value;  // nullopt: it was not there
  };
  using Undo = std::vector<Former>;

  void change(Table table, std::string_view key, std::optional<std::string_view> value, Undo& undo);
  void roll_back(Undo& undo);
  Rows& rows(Table table) { return tables_[static_cast<size_t>(table)]; }
  const Rows& rows(Table table) const { return tables_[static_cast<size_t>(table)]; }

  const std::function<bool()> fails_;
  std::array<Rows, static_cast<size_t>(Table::count_)> tables_;
  Undo newest_;  // of the newest commit, until it is synced
  uint64_t commits_ = 0;
};

}  // namespace hookswitch::simulation
