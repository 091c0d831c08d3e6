#include "engine/workbench/table_walk.h"

#include <string>
#include <utility>
#include <vector>

namespace hookswitch {
namespace {

constexpr size_t kRowsAtOnce = 256;

/// The rows of one table in order, pulled one by one: a scan pushes, and two scans cannot push into each other.
class Rows {
 public:
  Rows(const Reader& reader, Table table, std::string_view prefix) : reader_(reader), table_(table), prefix_(prefix) {
    fill(prefix_, false);
  }

  bool over() const { return at_ == rows_.size(); }
  std::string_view key() const { return rows_[at_].first; }
  std::string_view value() const { return rows_[at_].second; }

  void next() {
    if (++at_ < rows_.size() || !more_) return;
    const std::string last = rows_.back().first;
    fill(last, true);
  }

 private:
  void fill(std::string_view from, bool after) {
    rows_.clear();
    at_ = 0;
    reader_.scan(table_, from, Direction::forward, [&](std::string_view key, std::string_view value) {
      if (!key.starts_with(prefix_)) return false;
      if (!after || key != from) rows_.emplace_back(key, value);
      return rows_.size() < kRowsAtOnce;
    });
    more_ = rows_.size() == kRowsAtOnce;
  }

  const Reader& reader_;
  const Table table_;
  const std::string prefix_;
  std::vector<std::pair<std::string, std::string>> rows_;
  size_t at_ = 0;
  bool more_ = false;
};

}  // namespace

Status walk_differences(const TwoStates& states, Table table, std::string_view prefix,
                        const std::function<void(const RowDifference&)>& visit) {
  Rows before(states.before, table, prefix);
  Rows after(states.after, table, prefix);
  while (!before.over() || !after.over()) {
    int order = before.over() ? 1 : after.over() ? -1 : before.key().compare(after.key());
    if (order < 0) visit({before.key(), before.value(), std::nullopt});
    if (order > 0) visit({after.key(), std::nullopt, after.value()});
    if (order == 0 && before.value() != after.value()) visit({before.key(), before.value(), after.value()});
    if (order <= 0) before.next();
    if (order >= 0) after.next();
  }
  if (auto read = states.before.status(); !read) return read;
  return states.after.status();
}

}  // namespace hookswitch
