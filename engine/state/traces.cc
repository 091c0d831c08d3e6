#include "engine/state/traces.h"

#include <optional>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/state/varint.h"

namespace hookswitch {
namespace {

std::string trace_key(uint64_t position, uint32_t nth) {
  std::string key;
  put_be64(key, position);
  put_le(key, __builtin_bswap32(nth));
  return key;
}

struct Kept {
  uint64_t position = 0;
  std::string_view trace;
};

// Of one row: how many came before, then trace after trace.
class RowReader {
 public:
  RowReader(std::string_view key, std::string_view row) : key_position_(get_be64(key.data())), left_(row) {
    before_ = take_varint(left_).value_or(0);
  }
  uint64_t before() const { return before_; }

  std::optional<Kept> next() {
    auto ahead = take_varint(left_);
    auto trace = take_varint_sized(left_);
    if (!ahead || !trace) return std::nullopt;
    return Kept{key_position_ + *ahead, *trace};
  }

 private:
  uint64_t key_position_;
  uint64_t before_ = 0;
  std::string_view left_;
};

// How many there ever were, by the newest row.
uint64_t count_ever(const Reader& reader) {
  uint64_t count = 0;
  reader.scan(Table::traces, "", Direction::backward, [&](std::string_view key, std::string_view row) {
    RowReader traces(key, row);
    for (count = traces.before(); traces.next();) ++count;
    return false;
  });
  return count;
}

// Rows that lie wholly before the trace number `first`.
void trim(Writer& writer, uint64_t first, size_t rows) {
  std::vector<std::string> old;
  writer.scan(Table::traces, "", Direction::forward, [&](std::string_view key, std::string_view row) {
    RowReader traces(key, row);
    uint64_t end = traces.before();
    while (end <= first && traces.next()) ++end;
    if (end > first || old.size() == rows) return false;
    old.emplace_back(key);
    return true;
  });
  for (const std::string& key : old) writer.del(Table::traces, key);
}

}  // namespace

TraceRows::TraceRows(Writer& writer) : writer_(writer), ever_(count_ever(writer)) {}

void TraceRows::add(uint64_t position, std::string_view trace) {
  nth_ = position == position_ ? nth_ + 1 : 0;
  position_ = position;
  if (row_.empty()) {
    key_ = trace_key(position, nth_);
    key_position_ = position;
    put_varint(row_, ever_);
  }
  put_varint(row_, position - key_position_);
  put_varint_sized(row_, trace);
  ++ever_;
  if (row_.size() >= limits::kTraceRowBytes) write_row();
}

void TraceRows::write_row() {
  if (!row_.empty()) writer_.append(Table::traces, key_, row_);
  row_.clear();
}

void TraceRows::finish(uint64_t keep, size_t rows) {
  write_row();
  if (ever_ > keep) trim(writer_, ever_ - keep, rows);
}

// A position's traces may begin in a row of an earlier one and go on in rows of their own.
void visit_traces(const Reader& reader, uint64_t position, const std::function<void(std::string_view trace)>& visit) {
  std::string from = trace_key(position, 0);
  reader.scan(Table::traces, from, Direction::backward, [&](std::string_view key, std::string_view) {
    from = key;
    return false;
  });
  reader.scan(Table::traces, from, Direction::forward, [&](std::string_view key, std::string_view row) {
    RowReader traces(key, row);
    while (auto kept = traces.next()) {
      if (kept->position == position) visit(kept->trace);
    }
    return get_be64(key.data()) <= position;
  });
}

uint64_t first_traced(const Reader& reader) {
  uint64_t first = 0;
  reader.scan(Table::traces, "", Direction::forward, [&](std::string_view key, std::string_view) {
    // A position whose first traces are gone is not kept as a whole.
    bool whole = get_le<uint32_t>(key.data() + sizeof(uint64_t)) == 0;
    first = get_be64(key.data()) + (whole ? 0 : 1);
    return false;
  });
  return first;
}

uint64_t count_traces(const Reader& reader) {
  uint64_t gone = 0;
  reader.scan(Table::traces, "", Direction::forward, [&](std::string_view key, std::string_view row) {
    gone = RowReader(key, row).before();
    return false;
  });
  return count_ever(reader) - gone;
}

}  // namespace hookswitch
