#include "engine/workbench/memory_log.h"

#include <algorithm>

namespace hookswitch {

const RecordView& MemoryLog::add(const NewRecord& record) {
  return records_.emplace_back(record, records_.size() + 1).view();
}

Status MemoryLog::append(NewRecord& record, Done done) {
  done(add(record).seq);
  return {};
}

Result<size_t> MemoryLog::read(uint64_t from_seq, size_t count, const Visit& visit,
                               const std::function<void(uint64_t, const Error&)>&) const {
  size_t visited = 0;
  for (uint64_t seq = std::max<uint64_t>(from_seq, 1); seq <= records_.size() && visited < count; ++seq) {
    ++visited;
    if (!visit(records_[seq - 1].view())) break;
  }
  return visited;
}

Result<size_t> MemoryLog::read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const {
  size_t visited = 0;
  uint64_t seq = from_seq == 0 ? records_.size() : std::min<uint64_t>(from_seq, records_.size());
  for (; seq >= 1 && visited < count; --seq) {
    ++visited;
    if (!visit(records_[seq - 1].view())) break;
  }
  return visited;
}

Result<uint64_t> MemoryLog::seq_at(int64_t time_ms) const {
  auto found = std::ranges::find_if(records_, [&](const KeptRecord& one) { return one.view().time_ms >= time_ms; });
  return static_cast<uint64_t>(found - records_.begin()) + 1;
}

LogStats MemoryLog::stats() const {
  LogStats stats;
  stats.first_seq = 1;
  stats.next_seq = records_.size() + 1;
  stats.records = records_.size();
  return stats;
}

}  // namespace hookswitch
