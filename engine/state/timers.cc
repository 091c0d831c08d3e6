#include "engine/state/timers.h"

#include "engine/base/bytes.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

constexpr size_t kDueBytes = 9;  // the tag and the time

// Rules choose keys, and may choose a phone number.
std::string key_part(const Reader& reader, std::string_view key) {
  return bounded_key(key.starts_with(kEngineTimers) ? std::string(key) : reader.private_text(key));
}

std::string timer_key(const Reader& reader, std::string_view key) { return "k" + key_part(reader, key); }

std::string due_key(const Reader& reader, int64_t due_ms, std::string_view key) {
  std::string out = "d";
  put_ordered_i64(out, due_ms);
  return out + key_part(reader, key);
}

std::optional<Timer> read_timer(std::string_view row) {
  ByteReader in(row);
  Timer timer;
  timer.due_ms = in.le<int64_t>();
  timer.key = in.sized();
  timer.name = in.sized();
  timer.data = in.sized();
  if (in.left() > 0) timer.set_by = in.le<uint64_t>();
  if (!in.ok()) return std::nullopt;
  return timer;
}

}  // namespace

void set_timer(Writer& writer, const Timer& timer) {
  if (auto old = find_timer(writer, timer.key); old && old->due_ms != timer.due_ms) {
    writer.del(Table::timers, due_key(writer, old->due_ms, timer.key));
  }
  std::string row;
  put_le(row, timer.due_ms);
  put_sized(row, timer.key);
  put_sized(row, timer.name);
  put_sized(row, timer.data);
  put_le(row, timer.set_by);
  writer.put(Table::timers, timer_key(writer, timer.key), row);
  writer.put(Table::timers, due_key(writer, timer.due_ms, timer.key), {});
}

bool cancel_timer(Writer& writer, std::string_view key) {
  auto old = find_timer(writer, key);
  if (!old) return false;
  writer.del(Table::timers, due_key(writer, old->due_ms, old->key));
  return writer.del(Table::timers, timer_key(writer, old->key));
}

std::optional<Timer> find_timer(const Reader& reader, std::string_view key) {
  auto row = reader.get(Table::timers, timer_key(reader, key));
  if (!row) return std::nullopt;
  return read_timer(*row);
}

std::vector<Timer> due_timers(const Reader& reader, int64_t now_ms, size_t limit) {
  std::vector<Timer> due;
  reader.scan_prefix(Table::timers, "d", [&](std::string_view key, std::string_view) {
    if (due.size() == limit || key.size() < kDueBytes || get_ordered_i64(key.data() + 1) > now_ms) return false;
    auto row = reader.get(Table::timers, "k" + std::string(key.substr(kDueBytes)));
    if (auto timer = row ? read_timer(*row) : std::nullopt) due.push_back(std::move(*timer));
    return true;
  });
  return due;
}

std::optional<int64_t> next_due_ms(const Reader& reader) {
  std::optional<int64_t> due_ms;
  reader.scan_prefix(Table::timers, "d", [&](std::string_view key, std::string_view) {
    if (key.size() >= kDueBytes) due_ms = get_ordered_i64(key.data() + 1);
    return false;
  });
  return due_ms;
}

uint64_t count_timers(const Reader& reader) { return reader.count(Table::timers) / 2; }

}  // namespace hookswitch
