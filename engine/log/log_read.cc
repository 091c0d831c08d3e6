// Reading the log: forward, backward, and finding a place by time.
#include <algorithm>

#include "engine/log/log_impl.h"
#include "engine/log/store_read.h"

namespace hookswitch {

namespace {

/// The record as Log shows it, in `buffer` when it was sealed.
Result<RecordView> open_at(const LogStore& store, const GroupView& group, uint64_t seq, std::string& buffer) {
  auto record = group.record(static_cast<uint32_t>(seq - group.key().first));
  if (!record || record->sealed.empty()) return record;
  return open_record(store.keys(), *record, buffer);
}

}  // namespace

Result<size_t> read_records(const LogStore& store, uint64_t from_seq, size_t count, const Log::Visit& visit,
                            const std::function<void(uint64_t, const Error&)>& corrupt) {
  auto groups = store.reader();
  if (!groups) return std::unexpected(groups.error());
  size_t visited = 0;
  std::string buffer;
  auto found = groups->seek(from_seq);
  for (; found && *found && visited < count; found = groups->next()) {
    const GroupKey& key = groups->key();
    if (from_seq >= key.end()) continue;
    const GroupView group = groups->group();
    for (uint64_t seq = std::max(from_seq, key.first); seq < key.end() && visited < count; ++seq) {
      auto record = open_at(store, group, seq, buffer);
      if (!record) {
        if (corrupt) corrupt(seq, record.error());
        continue;
      }
      ++visited;
      if (!visit(*record)) return visited;
    }
  }
  if (!found) return std::unexpected(found.error());
  return visited;
}

Result<size_t> read_records_backwards(const LogStore& store, uint64_t from_seq, size_t count, const Log::Visit& visit) {
  auto groups = store.reader();
  if (!groups) return std::unexpected(groups.error());
  size_t visited = 0;
  std::string buffer;
  auto found = from_seq == 0 ? groups->last() : groups->seek(from_seq);
  for (; found && *found && visited < count; found = groups->prev()) {
    const GroupKey& key = groups->key();
    if (from_seq != 0 && key.first > from_seq) break;  // seek() went to the oldest group: all before it was trimmed
    const GroupView group = groups->group();
    const uint64_t end = from_seq == 0 ? key.end() : std::min(key.end(), from_seq + 1);
    for (uint64_t seq = end; seq-- > key.first && visited < count;) {
      const auto record = open_at(store, group, seq, buffer);
      if (!record) continue;
      ++visited;
      if (!visit(*record)) return visited;
    }
  }
  if (!found) return std::unexpected(found.error());
  return visited;
}

namespace {

/// The first record of the group at or after `time_ms`; the group's end when there is none.
uint64_t seq_in_group(const GroupView& group, int64_t time_ms) {
  for (uint32_t i = 0; i < group.key().count; ++i) {
    const auto record = group.record(i);
    if (record && record->time_ms >= time_ms) return record->seq;
  }
  return group.key().end();
}

}  // namespace

Result<uint64_t> record_at(const LogStore& store, int64_t time_ms, uint64_t next_seq) {
  auto groups = store.reader();
  if (!groups) return std::unexpected(groups.error());
  auto found = groups->last();
  if (!found) return std::unexpected(found.error());
  if (!*found) return next_seq;
  uint64_t high = groups->key().end();
  found = groups->first();
  if (!found) return std::unexpected(found.error());
  uint64_t low = groups->key().first;
  // Everything below `low` is too old and everything from `high` on is not. A group that cannot tell its time counts as
  // too old: the answer is then the next readable record, as it has to be.
  while (low < high) {
    found = groups->seek(low + (high - low) / 2);
    if (!found) return std::unexpected(found.error());
    const GroupKey key = groups->key();
    const GroupView group = groups->group();
    const auto last = group.last_time_ms();
    if (!last || *last < time_ms) {
      low = key.end();
      continue;
    }
    const uint64_t seq = seq_in_group(group, time_ms);
    if (seq > key.first) return seq;  // an earlier record of this very group is too old, so nothing before it will do
    high = key.first;
  }
  return high;
}

std::optional<uint64_t> first_record(const LogStore& store) {
  auto groups = store.reader();
  if (!groups) return std::nullopt;
  const auto found = groups->first();
  return found && *found ? std::optional(groups->key().first) : std::nullopt;
}

Result<size_t> LmdbLog::read(uint64_t from_seq, size_t count, const Visit& visit,
                             const std::function<void(uint64_t, const Error&)>& corrupt) const {
  return read_records(*store_, from_seq, count, visit, corrupt);
}

Result<size_t> LmdbLog::read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const {
  return read_records_backwards(*store_, from_seq, count, visit);
}

Result<uint64_t> LmdbLog::seq_at(int64_t time_ms) const { return record_at(*store_, time_ms, last_seq() + 1); }

}  // namespace hookswitch
