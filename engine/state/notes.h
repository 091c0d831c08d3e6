// What handling one record read of a state and wrote into it. Handling is a function of the record, the rules and what
// was read: where another state answers every read alike, and the rules are the same, the writes can be done there
// without the handling.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/store.h"

namespace hookswitch {

class Notes {  // [one thread]
 public:
  void clear();

  /// Something was done that notes cannot hold: they are good for nothing until clear().
  void spoil() { spoiled_ = true; }
  bool spoiled() const { return spoiled_; }

  void read_row(Table table, std::string_view key, std::optional<std::string_view> value);
  void found_row(Table table, std::string_view key, bool found);
  /// Of `rows` rows, folded into `digest`; `stopped` when the visitor wanted no more.
  void scanned(Table table, std::string_view from, Direction direction, uint64_t rows, uint64_t digest, bool stopped);
  void put(Table table, std::string_view key, std::string_view value) { wrote(Change::put, table, key, value); }
  void append(Table table, std::string_view key, std::string_view value) { wrote(Change::append, table, key, value); }
  void del(Table table, std::string_view key) { wrote(Change::del, table, key, {}); }

  /// A scan's digest with one row more.
  static uint64_t fold(uint64_t digest, std::string_view key, std::string_view value);

  bool wrote() const { return !writes_.empty(); }

  /// How many events rules ran for.
  size_t events = 0;

  /// Whether `reader` answers every read as it was answered. Rows are compared by 64 bits of hash.
  bool same_in(const Reader& reader) const;
  void write_to(Writer& writer) const;

 private:
  enum class Look : uint8_t { value, presence, forward, backward };
  enum class Change : uint8_t { put, append, del };
  struct Bytes {
    size_t at, size;
  };
  struct Read {
    Look look;
    Table table;
    bool found;  // of a scan: whether it was stopped
    Bytes key;
    uint64_t rows, digest;
  };
  struct Write {
    Change change;
    Table table;
    Bytes key, value;
  };

  Bytes keep(std::string_view bytes);
  std::string_view text(Bytes bytes) const { return std::string_view(bytes_).substr(bytes.at, bytes.size); }
  void wrote(Change change, Table table, std::string_view key, std::string_view value);
  bool is_own(Table table, std::string_view key) const;
  bool same(const Read& read, const Reader& reader) const;

  std::vector<Read> reads_;
  std::vector<Write> writes_;
  std::string bytes_;          // what reads_ and writes_ point to
  std::vector<uint64_t> own_;  // hashes of the keys written
  std::bitset<static_cast<size_t>(Table::count_)> own_tables_;
  bool spoiled_ = false;
};

/// Does everything on another writer, and notes it.
class NotedWriter final : public Writer {
 public:
  NotedWriter(Writer& writer, Notes& notes) : writer_(writer), notes_(notes) {}

  std::optional<std::string_view> get(Table table, std::string_view key) const override;
  void scan(Table table, std::string_view from, Direction direction, RowVisitor visit) const override;
  std::string private_text(std::string_view text) const override;
  uint64_t count(Table table) const override;
  Status status() const override { return writer_.status(); }
  void put(Table table, std::string_view key, std::string_view value) override;
  void append(Table table, std::string_view key, std::string_view value) override;
  bool del(Table table, std::string_view key) override;
  Status commit() override { return writer_.commit(); }
  bool out_of_room() const override { return writer_.out_of_room(); }

 private:
  Writer& writer_;
  Notes& notes_;
};

}  // namespace hookswitch
