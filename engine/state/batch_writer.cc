#include "engine/state/batch_writer.h"

#include <cstring>

#include "engine/base/limits.h"

namespace hookswitch {

std::string_view BatchWriter::keep(std::string_view bytes) const {
  if (bytes.empty()) return {};
  auto* place = static_cast<char*>(arena_.allocate(bytes.size(), 1));
  std::memcpy(place, bytes.data(), bytes.size());
  bytes_ += bytes.size();
  return {place, bytes.size()};
}

std::optional<std::string_view> BatchWriter::get(Table table, std::string_view key) const {
  PendingRows& rows = pending(table);
  const PendingRow* row = rows.empty() ? nullptr : rows.find(key, PendingRows::hash_of(key));
  return row != nullptr ? row->value : writer_.get(table, key);
}

void BatchWriter::scan(Table table, std::string_view from, Direction direction, RowVisitor visit) const {
  flush(table);
  writer_.scan(table, from, direction, visit);
}

uint64_t BatchWriter::count(Table table) const {
  flush(table);
  return writer_.count(table);
}

void BatchWriter::change(Table table, std::string_view key, std::optional<std::string_view> value) {
  if (value) value = keep(*value);
  PendingRows& rows = pending(table);
  const uint64_t hash = PendingRows::hash_of(key);
  if (PendingRow* row = rows.find(key, hash)) {
    row->value = value;
  } else {
    rows.add({keep(key), value, hash});
  }
  if (bytes_ > limits::kBatchBytes) flush();
}

void BatchWriter::put(Table table, std::string_view key, std::string_view value) {
  if (!unread(table)) change(table, key, value);
}

// Greater than every other key: no row that is pending is changed by it, and nothing is gained by waiting.
void BatchWriter::append(Table table, std::string_view key, std::string_view value) {
  if (unread(table)) return;
  flush(table);
  writer_.append(table, key, value);
}

bool BatchWriter::del(Table table, std::string_view key) {
  if (unread(table) || !get(table, key)) return false;
  change(table, key, std::nullopt);
  return true;
}

void BatchWriter::flush(Table table) const {
  PendingRows& rows = pending(table);
  if (rows.empty()) return;
  for (uint32_t number : rows.in_order()) {
    const PendingRow& row = rows.row(number);
    row.value ? writer_.put(table, row.key, *row.value) : void(writer_.del(table, row.key));
  }
  rows.clear();
}

void BatchWriter::flush() const {
  for (size_t table = 0; table < tables_.size(); ++table) flush(static_cast<Table>(table));
  arena_.release();
  bytes_ = 0;
}

Status BatchWriter::commit() {
  flush();
  return writer_.commit();
}

}  // namespace hookswitch
