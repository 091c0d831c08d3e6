// A log in memory that fails as a disk does: what waits is committed when the simulation says so, or refused, or
// refused although it was written.
#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "engine/log/kept_record.h"
#include "engine/log/log.h"

namespace hookswitch::simulation {

class DiskLog final : public Log {  // [one thread]
 public:
  enum class Commit { done, failed, failed_though_written };

  /// One commit of all that waits.
  void commit(Commit outcome);
  bool waits() const { return !waiting_.empty(); }
  /// The process ends: what waits is gone, nobody hears. What was written although it failed is there at the next
  /// start.
  void crash();

  Status append(NewRecord& record, Done done) override;
  Result<size_t> read(uint64_t from_seq, size_t count, const Visit& visit,
                      const std::function<void(uint64_t, const Error&)>& corrupt) const override;
  Result<size_t> read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const override;
  Result<uint64_t> seq_at(int64_t time_ms) const override;
  uint64_t last_seq() const override { return known_; }
  uint64_t wait_beyond(uint64_t, int64_t) const override { return known_; }
  void wake() const override {}
  void keep_from(uint64_t) override {}
  Result<bool> trim_step() override { return false; }
  Result<Redacted> redact_step(uint64_t from_seq, uint64_t end_seq, const Judge& judge) override;
  LogStats stats() const override;
  void stop() override {}

 private:
  struct Waiting {
    NewRecord record;
    Done done;
  };

  std::deque<KeptRecord> records_;  // on the disk: of sequence 1, 2, 3 ...
  uint64_t known_ = 0;              // up to here this process knows of them
  int64_t time_ms_ = 0;
  std::vector<Waiting> waiting_;
};

}  // namespace hookswitch::simulation
