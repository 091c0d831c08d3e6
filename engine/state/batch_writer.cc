#include "engine/state/batch_writer.h"

#include <algorithm>
#include <cstring>
#include <vector>

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
  const Changes& pending = changes(table);
  if (auto found = pending.find(key); found != pending.end()) return found->second;
  return writer_.get(table, key);
}

void BatchWriter::scan(Table table, std::string_view from, Direction direction, RowVisitor visit) const {
  flush(table);
  writer_.scan(table, from, direction, visit);
}

uint64_t BatchWriter::count(Table table) const {
  flush(table);
  return writer_.count(table);
}

void BatchWriter::change(Table table, std::string_view key, Change value) {
  if (value) value = keep(*value);
  Changes& pending = changes(table);
  if (auto found = pending.find(key); found != pending.end()) {
    found->second = value;
  } else {
    pending.emplace(keep(key), value);
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
  Changes& pending = changes(table);
  if (pending.empty()) return;
  std::vector<std::pair<std::string_view, Change>> rows(pending.begin(), pending.end());
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [key, value] : rows) value ? writer_.put(table, key, *value) : void(writer_.del(table, key));
  pending.clear();
}

void BatchWriter::flush() const {
  for (size_t table = 0; table < tables_.size(); ++table) flush(static_cast<Table>(table));
  for (Changes& pending : tables_) pending = Changes(&arena_);
  arena_.release();
  bytes_ = 0;
}

Status BatchWriter::commit() {
  flush();
  return writer_.commit();
}

}  // namespace hookswitch
