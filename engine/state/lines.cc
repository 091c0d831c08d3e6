#include "engine/state/lines.h"

#include "engine/base/bytes.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

constexpr size_t kLineNumberBytes = 8;

std::string lines_of(std::string_view source) {
  std::string key = "l";
  put_key_text(key, source);
  return key;
}

std::string holder_key(std::string_view action_id) { return "L" + bounded_key(action_id); }

void drop_over(Writer& writer, std::string_view source, int64_t now_ms) {
  std::vector<std::string> over;
  std::string prefix = lines_of(source);
  writer.scan_prefix(Table::actions, prefix, [&](std::string_view key, std::string_view) {
    key.remove_prefix(prefix.size());
    if (key.size() < kLineNumberBytes || get_ordered_i64(key.data()) > now_ms) return false;
    over.emplace_back(key.substr(kLineNumberBytes));
    return true;
  });
  for (const std::string& id : over) release_line(writer, id);
}

}  // namespace

void hold_line(Writer& writer, const Action& action, int64_t now_ms, int64_t until_ms) {
  drop_over(writer, action.source, now_ms);
  release_line(writer, action.id);
  std::string key = lines_of(action.source);
  put_ordered_i64(key, until_ms);
  key += bounded_key(action.id);
  writer.put(Table::actions, key, {});
  writer.put(Table::actions, holder_key(action.id), key);
}

void release_line(Writer& writer, std::string_view action_id) {
  std::string holder = holder_key(action_id);
  auto line = writer.get(Table::actions, holder);
  if (!line) return;
  std::string key(*line);
  writer.del(Table::actions, key);
  writer.del(Table::actions, holder);
}

HeldLines held_lines(const Reader& reader, std::string_view source, int64_t now_ms, size_t limit) {
  HeldLines held;
  std::string prefix = lines_of(source), from = prefix;
  put_ordered_i64(from, now_ms + 1);
  reader.scan(Table::actions, from, Direction::forward, [&](std::string_view key, std::string_view) {
    if (held.actions.size() == limit || !key.starts_with(prefix)) return false;
    key.remove_prefix(prefix.size());
    if (held.first_until_ms == 0) held.first_until_ms = get_ordered_i64(key.data());
    held.actions.emplace_back(key.substr(kLineNumberBytes));
    return true;
  });
  return held;
}

}  // namespace hookswitch
