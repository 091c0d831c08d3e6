// Reads a store that nobody changes any more from one end to the other, in many short transactions: what was read does
// not stay mapped.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/state/store.h"

namespace hookswitch {

/// Views of get() die with the next scan(). When a later transaction cannot begin, it finds nothing more and status()
/// says why. [one thread]
class PassingReader final : public Reader {
 public:
  static Result<std::unique_ptr<PassingReader>> open(const Store& store);

  std::optional<std::string_view> get(Table table, std::string_view key) const override;
  void scan(Table table, std::string_view from, Direction direction, RowVisitor visit) const override;
  std::string private_text(std::string_view text) const override;
  uint64_t count(Table table) const override { return reader_ ? (*reader_)->count(table) : 0; }
  Status status() const override;

 private:
  using Opened = Result<std::unique_ptr<Reader>>;
  PassingReader(const Store& store, Opened reader) : store_(store), reader_(std::move(reader)) {}
  void begin_again() const;

  const Store& store_;
  mutable Opened reader_;  // to begin again changes nothing of what is seen
  mutable size_t scans_ = 0;
};

}  // namespace hookswitch
