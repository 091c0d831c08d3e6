#include "engine/state/position.h"

#include "engine/base/bytes.h"

namespace hookswitch {

uint64_t read_position(const Reader& reader) {
  auto row = reader.get(Table::meta, "position");
  return row ? ByteReader(*row).le<uint64_t>() : 0;
}

void put_position(Writer& writer, uint64_t seq) {
  std::string row;
  put_le(row, seq);
  writer.put(Table::meta, "position", row);
}

std::optional<RestoredAt> read_restored(const Reader& reader) {
  auto row = reader.get(Table::meta, "restored");
  if (!row) return std::nullopt;
  ByteReader in(*row);
  RestoredAt at;
  at.time_ms = in.le<int64_t>();
  at.last_seq = in.le<uint64_t>();
  return at;
}

void put_restored(Writer& writer, const RestoredAt& at) {
  std::string row;
  put_le(row, at.time_ms);
  put_le(row, at.last_seq);
  writer.put(Table::meta, "restored", row);
}

}  // namespace hookswitch
