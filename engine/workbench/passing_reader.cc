#include "engine/workbench/passing_reader.h"

namespace hookswitch {
namespace {

constexpr size_t kScansInOne = 16;

}  // namespace

Result<std::unique_ptr<PassingReader>> PassingReader::open(const Store& store) {
  auto reader = store.read();
  if (!reader) return std::unexpected(reader.error());
  return std::unique_ptr<PassingReader>(new PassingReader(store, std::move(reader)));
}

std::optional<std::string_view> PassingReader::get(Table table, std::string_view key) const {
  return reader_ ? (*reader_)->get(table, key) : std::nullopt;
}

void PassingReader::scan(Table table, std::string_view from, Direction direction, RowVisitor visit) const {
  const std::string start(from);  // may lie in what is let go
  if (++scans_ % kScansInOne == 0) begin_again();
  if (reader_) (*reader_)->scan(table, start, direction, visit);
}

void PassingReader::begin_again() const {
  if (!reader_ || !(*reader_)->status()) return;
  reader_->reset();
  reader_ = store_.read();
}

std::string PassingReader::private_text(std::string_view text) const {
  return reader_ ? (*reader_)->private_text(text) : std::string(text);
}

Status PassingReader::status() const {
  return reader_ ? (*reader_)->status() : Status(std::unexpected(reader_.error()));
}

}  // namespace hookswitch
