#include "engine/state/notes.h"

#include <algorithm>

#include "engine/base/hash.h"

namespace hookswitch {
namespace {

uint64_t note_place(Table table, std::string_view key) { return hash64(key, static_cast<uint64_t>(table)); }

}  // namespace

void Notes::clear() {
  reads_.clear();
  writes_.clear();
  bytes_.clear();
  own_.clear();
  own_tables_.reset();
  events = 0;
  spoiled_ = false;
}

Notes::Bytes Notes::keep(std::string_view bytes) {
  const size_t at = bytes_.size();
  bytes_ += bytes;
  return {at, bytes.size()};
}

// What this record wrote itself, it would find elsewhere too.
bool Notes::is_own(Table table, std::string_view key) const {
  return own_tables_[static_cast<size_t>(table)] && std::ranges::find(own_, note_place(table, key)) != own_.end();
}

void Notes::read_row(Table table, std::string_view key, std::optional<std::string_view> value) {
  if (is_own(table, key)) return;
  reads_.push_back({Look::value, table, value.has_value(), keep(key), 0, value ? hash64(*value) : 0});
}

void Notes::found_row(Table table, std::string_view key, bool found) {
  if (!is_own(table, key)) reads_.push_back({Look::presence, table, found, keep(key), 0, 0});
}

void Notes::scanned(Table table, std::string_view from, Direction direction, uint64_t rows, uint64_t digest,
                    bool stopped) {
  if (own_tables_[static_cast<size_t>(table)]) return spoil();
  const Look look = direction == Direction::forward ? Look::forward : Look::backward;
  reads_.push_back({look, table, stopped, keep(from), rows, digest});
}

void Notes::wrote(Change change, Table table, std::string_view key, std::string_view value) {
  const Bytes kept = keep(key);
  writes_.push_back({change, table, kept, keep(value)});
  own_.push_back(note_place(table, key));
  own_tables_.set(static_cast<size_t>(table));
}

uint64_t Notes::fold(uint64_t digest, std::string_view key, std::string_view value) {
  return hash64(value, hash64(key, digest));
}

bool Notes::same(const Read& read, const Reader& reader) const {
  if (read.look == Look::value || read.look == Look::presence) {
    const auto value = reader.get(read.table, text(read.key));
    if (value.has_value() != read.found) return false;
    return read.look == Look::presence || !value || hash64(*value) == read.digest;
  }
  uint64_t rows = 0, digest = 0;
  auto visit = [&](std::string_view key, std::string_view value) {
    digest = fold(digest, key, value);
    ++rows;
    return read.found ? rows < read.rows : rows <= read.rows;
  };
  reader.scan(read.table, text(read.key), read.look == Look::forward ? Direction::forward : Direction::backward, visit);
  return rows == read.rows && digest == read.digest;
}

bool Notes::same_in(const Reader& reader) const {
  return !spoiled_ && std::ranges::all_of(reads_, [&](const Read& read) { return same(read, reader); });
}

void Notes::write_to(Writer& writer) const {
  for (const Write& write : writes_) {
    if (write.change == Change::put) writer.put(write.table, text(write.key), text(write.value));
    if (write.change == Change::append) writer.append(write.table, text(write.key), text(write.value));
    if (write.change == Change::del) writer.del(write.table, text(write.key));
  }
}

std::optional<std::string_view> NotedWriter::get(Table table, std::string_view key) const {
  auto value = writer_.get(table, key);
  notes_.read_row(table, key, value);
  return value;
}

void NotedWriter::scan(Table table, std::string_view from, Direction direction, RowVisitor visit) const {
  uint64_t rows = 0, digest = 0;
  bool stopped = false;
  auto noting = [&](std::string_view key, std::string_view value) {
    digest = Notes::fold(digest, key, value);
    ++rows;
    stopped = !visit(key, value);
    return !stopped;
  };
  writer_.scan(table, from, direction, noting);
  notes_.scanned(table, from, direction, rows, digest, stopped);
}

// A hash that only this state can make is none of another's.
std::string NotedWriter::private_text(std::string_view text) const {
  std::string out = writer_.private_text(text);
  if (out != text) notes_.spoil();
  return out;
}

uint64_t NotedWriter::count(Table table) const {
  notes_.spoil();
  return writer_.count(table);
}

void NotedWriter::put(Table table, std::string_view key, std::string_view value) {
  notes_.put(table, key, value);
  writer_.put(table, key, value);
}

void NotedWriter::append(Table table, std::string_view key, std::string_view value) {
  notes_.append(table, key, value);
  writer_.append(table, key, value);
}

bool NotedWriter::del(Table table, std::string_view key) {
  const bool found = writer_.del(table, key);
  notes_.found_row(table, key, found);
  notes_.del(table, key);
  return found;
}

}  // namespace hookswitch
