#include "engine/state/seen.h"

#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace hookswitch {
namespace {

int64_t time_of(std::string_view row) {
  ByteReader in(row);
  in.le<uint64_t>();
  return in.le<int64_t>();
}

Seen read_seen(std::string_view row) {
  ByteReader in(row);
  Seen seen;
  seen.seq = in.le<uint64_t>();
  seen.time_ms = in.le<int64_t>();
  seen.reply = in.bytes(in.left());
  return seen;
}

}  // namespace

std::optional<Seen> find_seen(const Reader& reader, std::string_view hash) {
  auto row = reader.get(Table::seen, hash);
  if (!row) return std::nullopt;
  return read_seen(*row);
}

void put_seen(Writer& writer, std::string_view hash, const Seen& seen) {
  ENSURE(hash.size() == 16, "a seen key has {} bytes, expected 16", hash.size());
  std::string row;
  row.reserve(16 + seen.reply.size());
  put_le(row, seen.seq);
  put_le(row, seen.time_ms);
  row += seen.reply;
  writer.put(Table::seen, hash, row);
}

std::string fired_hash(std::string_view timer_key, std::string_view call_id) {
  return hash128(std::string("fired ").append(call_id).append(" ").append(timer_key));
}

std::string sweep_seen(Writer& writer, int64_t oldest_ms, std::string_view cursor, size_t steps) {
  std::vector<std::string> old;
  std::string next;
  size_t looked_at = 0;
  writer.scan(Table::seen, cursor, Direction::forward, [&](std::string_view key, std::string_view row) {
    if (looked_at++ == steps) {
      next = key;
      return false;
    }
    if (time_of(row) < oldest_ms) old.emplace_back(key);
    return true;
  });
  for (const std::string& key : old) writer.del(Table::seen, key);
  return next;
}

}  // namespace hookswitch
