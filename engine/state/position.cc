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

}  // namespace hookswitch
