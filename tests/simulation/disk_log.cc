#include "tests/simulation/disk_log.h"

#include <algorithm>

namespace hookswitch::simulation {

Status DiskLog::append(NewRecord& record, Done done) {
  if (waiting_.size() >= limits::kAppendQueueRecords)
    return fail(Code::unavailable, "append a record: the queue is full");
  waiting_.push_back({std::move(record), std::move(done)});
  return {};
}

// Whatever was written before is found when the next commit looks where the log ends.
void DiskLog::commit(Commit outcome) {
  known_ = records_.size();
  auto group = std::exchange(waiting_, {});
  uint64_t first = records_.size() + 1;
  if (outcome != Commit::failed) {
    for (Waiting& one : group) {
      one.record.time_ms = time_ms_ = std::max(time_ms_, one.record.time_ms);
      records_.emplace_back(one.record, records_.size() + 1);
    }
  }
  if (outcome == Commit::done) known_ = records_.size();
  for (size_t i = 0; i < group.size(); ++i) {
    if (outcome == Commit::done) {
      group[i].done(first + i);
    } else {
      group[i].done(std::unexpected(Error{Code::unavailable, "append: the simulated disk fails"}));
    }
  }
}

void DiskLog::crash() {
  waiting_.clear();
  known_ = records_.size();
}

Result<size_t> DiskLog::read(uint64_t from_seq, size_t count, const Visit& visit,
                             const std::function<void(uint64_t, const Error&)>&) const {
  size_t visited = 0;
  for (uint64_t seq = std::max<uint64_t>(from_seq, 1); seq <= known_ && visited < count; ++seq) {
    ++visited;
    if (!visit(records_[seq - 1].view())) break;
  }
  return visited;
}

Result<size_t> DiskLog::read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const {
  size_t visited = 0;
  for (uint64_t seq = from_seq == 0 ? known_ : std::min(from_seq, known_); seq >= 1 && visited < count; --seq) {
    ++visited;
    if (!visit(records_[seq - 1].view())) break;
  }
  return visited;
}

Result<uint64_t> DiskLog::seq_at(int64_t time_ms) const {
  auto found = std::ranges::find_if(records_, [&](const KeptRecord& one) { return one.view().time_ms >= time_ms; });
  return static_cast<uint64_t>(found - records_.begin()) + 1;
}

Result<Redacted> DiskLog::redact_step(uint64_t, uint64_t, const Judge&) {
  return fail(Code::denied, "erase: nothing is erased in a simulation");
}

LogStats DiskLog::stats() const {
  LogStats stats;
  stats.first_seq = 1;
  stats.next_seq = known_ + 1;
  return stats;
}

}  // namespace hookswitch::simulation
