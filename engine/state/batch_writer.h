// A writer that keeps a batch's changes in memory and hands them on in key order: a row that many records of the batch
// change is written once, and rows that lie side by side are written side by side.
#pragma once

#include <array>
#include <bitset>
#include <memory_resource>
#include <optional>
#include <string_view>

#include "engine/state/pending_rows.h"
#include "engine/state/store.h"

namespace hookswitch {

using TableSet = std::bitset<static_cast<size_t>(Table::count_)>;

/// Reads see the changes. As with every Writer, what get() hands out dies with the next change: it may write what
/// waits.
class BatchWriter final : public Writer {
 public:
  /// Changes go to `writer` at flush(), which must be called before `writer` commits.
  /// Tables in `unread` stay as they are: for a state of which nobody reads them.
  explicit BatchWriter(Writer& writer, TableSet unread = {}) : writer_(writer), unread_(unread) {}

  std::optional<std::string_view> get(Table table, std::string_view key) const override;
  /// These two write the table's changes first: they look at rows in order.
  void scan(Table table, std::string_view from, Direction direction, RowVisitor visit) const override;
  uint64_t count(Table table) const override;
  std::string private_text(std::string_view text) const override { return writer_.private_text(text); }
  Status status() const override { return writer_.status(); }

  void put(Table table, std::string_view key, std::string_view value) override;
  void append(Table table, std::string_view key, std::string_view value) override;
  bool del(Table table, std::string_view key) override;
  Status commit() override;
  bool out_of_room() const override { return writer_.out_of_room(); }

  void flush() const;

 private:
  std::string_view keep(std::string_view bytes) const;
  void change(Table table, std::string_view key, std::optional<std::string_view> value);
  void flush(Table table) const;
  bool unread(Table table) const { return unread_[static_cast<size_t>(table)]; }
  PendingRows& pending(Table table) const { return tables_[static_cast<size_t>(table)]; }

  Writer& writer_;
  const TableSet unread_;
  // Reading may have to write what is pending; the rows seen do not change by it.
  mutable std::pmr::monotonic_buffer_resource arena_{1 << 20};
  mutable std::array<PendingRows, static_cast<size_t>(Table::count_)> tables_;
  mutable size_t bytes_ = 0;
};

}  // namespace hookswitch
