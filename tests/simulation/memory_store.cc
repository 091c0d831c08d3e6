#include "tests/simulation/memory_store.h"

#include <utility>

namespace hookswitch::simulation {
namespace {

std::unexpected<Error> refused(const char* attempted) {
  return fail(Code::unavailable, "{}: the simulated disk fails", attempted);
}

}  // namespace

// Reads are the same for both: whoever writes sees what was written, for it is in place until it is rolled back.
template <class Base>
class MemoryReading : public Base {
 public:
  explicit MemoryReading(
      const std::array<std::map<std::string, std::string, std::less<>>, static_cast<size_t>(Table::count_)>& tables)
      : tables_(tables) {}

  std::optional<std::string_view> get(Table table, std::string_view key) const override {
    const auto& rows = tables_[static_cast<size_t>(table)];
    auto found = rows.find(key);
    if (found == rows.end()) return std::nullopt;
    return found->second;
  }

  void scan(Table table, std::string_view from, Direction direction, RowVisitor visit) const override {
    const auto& rows = tables_[static_cast<size_t>(table)];
    if (direction == Direction::forward) {
      for (auto at = rows.lower_bound(from); at != rows.end() && visit(at->first, at->second);) ++at;
      return;
    }
    auto at = from.empty() ? rows.end() : rows.upper_bound(from);
    while (at != rows.begin() && visit(std::prev(at)->first, std::prev(at)->second)) --at;
  }

  uint64_t count(Table table) const override { return tables_[static_cast<size_t>(table)].size(); }
  Status status() const override { return {}; }

 private:
  const std::array<std::map<std::string, std::string, std::less<>>, static_cast<size_t>(Table::count_)>& tables_;
};

class MemoryReader final : public MemoryReading<Reader> {
 public:
  explicit MemoryReader(const MemoryStore& store) : MemoryReading(store.tables_) {}
};

class MemoryWriter final : public MemoryReading<Writer> {
 public:
  explicit MemoryWriter(MemoryStore& store) : MemoryReading(store.tables_), store_(store) {}
  ~MemoryWriter() override { store_.roll_back(undo_); }

  void put(Table table, std::string_view key, std::string_view value) override {
    store_.change(table, key, value, undo_);
  }
  void append(Table table, std::string_view key, std::string_view value) override { put(table, key, value); }
  bool del(Table table, std::string_view key) override {
    bool there = get(table, key).has_value();
    if (there) store_.change(table, key, std::nullopt, undo_);
    return there;
  }
  Status commit() override {
    if (store_.fails_ && store_.fails_()) return refused("commit");
    store_.newest_ = std::exchange(undo_, {});
    ++store_.commits_;
    return {};
  }
  bool out_of_room() const override { return false; }

 private:
  MemoryStore& store_;
  MemoryStore::Undo undo_;
};

void MemoryStore::change(Table table, std::string_view key, std::optional<std::string_view> value, Undo& undo) {
  auto found = rows(table).find(key);
  bool there = found != rows(table).end();
  undo.push_back({table, std::string(key), there ? std::optional(found->second) : std::nullopt});
  if (!value) {
    if (there) rows(table).erase(found);
  } else if (there) {
    found->second = std::string(*value);
  } else {
    rows(table).emplace(key, *value);
  }
}

void MemoryStore::roll_back(Undo& undo) {
  for (auto at = undo.rbegin(); at != undo.rend(); ++at) {
    if (at->value) rows(at->table)[at->key] = *at->value;
    if (!at->value) rows(at->table).erase(at->key);
  }
  undo.clear();
}

void MemoryStore::power_cut() { roll_back(newest_); }

Result<std::unique_ptr<Reader>> MemoryStore::read() const { return std::make_unique<MemoryReader>(*this); }

Result<std::unique_ptr<Writer>> MemoryStore::begin_write() {
  if (fails_ && fails_()) return refused("begin to write");
  return std::make_unique<MemoryWriter>(*this);
}

Status MemoryStore::write(const std::function<Status(Writer&)>& fn) {
  auto writer = begin_write();
  if (!writer) return std::unexpected(writer.error());
  auto done = fn(**writer);
  return done ? (*writer)->commit() : done;
}

Status MemoryStore::durable_sync() {
  if (fails_ && fails_()) return refused("sync");
  newest_.clear();
  return {};
}

Status MemoryStore::copy_to(const std::string&) { return refused("copy"); }

}  // namespace hookswitch::simulation
