#include "engine/state/changes.h"

#include <algorithm>

#include "engine/base/bytes.h"

namespace hookswitch {
namespace {

std::string change_key(uint64_t id) {
  std::string key;
  put_be64(key, id);
  return key;
}

uint64_t end_id(const Reader& reader, Direction from_where) {
  uint64_t id = 0;
  reader.scan(Table::changes, {}, from_where, [&](std::string_view key, std::string_view) {
    id = get_be64(key.data());
    return false;
  });
  return id;
}

}  // namespace

uint64_t append_change(Writer& writer, std::string_view json) {
  uint64_t id = last_change(writer) + 1;
  writer.append(Table::changes, change_key(id), json);
  return id;
}

uint64_t last_change(const Reader& reader) { return end_id(reader, Direction::backward); }
uint64_t first_change(const Reader& reader) { return end_id(reader, Direction::forward); }

void read_changes(const Reader& reader, uint64_t after_id, size_t count,
                  const std::function<bool(uint64_t id, std::string_view json)>& visit) {
  if (after_id == UINT64_MAX || count == 0) return;
  reader.scan(
      Table::changes, change_key(after_id + 1), Direction::forward,
      [&](std::string_view key, std::string_view json) { return visit(get_be64(key.data()), json) && --count > 0; });
}

bool trim_changes(Writer& writer, size_t steps, uint64_t kept) {
  uint64_t first = first_change(writer);
  uint64_t last = last_change(writer);
  if (last == 0) return false;
  uint64_t stay_from = last - std::min(last, std::max<uint64_t>(kept, 1)) + 1;
  for (; first < stay_from && steps > 0; --steps) writer.del(Table::changes, change_key(first++));
  return first < stay_from;
}

}  // namespace hookswitch
