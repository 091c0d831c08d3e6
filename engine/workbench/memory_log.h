// A log in memory, for the records of one test: read again when a dead letter is redriven.
#pragma once

#include <deque>

#include "engine/log/kept_record.h"
#include "engine/log/log.h"

namespace hookswitch {

/// Nothing is committed or synced, and nobody else reads it. [one thread]
class MemoryLog final : public Log {
 public:
  /// The next sequence, from 1. The view lives as long as the log.
  const RecordView& add(const NewRecord& record);

  Status append(NewRecord& record, Done done) override;
  Result<size_t> read(uint64_t from_seq, size_t count, const Visit& visit,
                      const std::function<void(uint64_t, const Error&)>& corrupt) const override;
  Result<size_t> read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const override;
  Result<uint64_t> seq_at(int64_t time_ms) const override;
  uint64_t last_seq() const override { return records_.size(); }
  uint64_t wait_beyond(uint64_t, int64_t) const override { return last_seq(); }
  void wake() const override {}
  void keep_from(uint64_t) override {}
  Result<bool> trim_step() override { return false; }
  Result<Redacted> redact_step(uint64_t, uint64_t end_seq, const Judge&) override {
    return Redacted{.next_seq = end_seq, .seqs = {}};  // what is in memory only is gone with it
  }
  LogStats stats() const override;
  void stop() override {}

 private:
  std::deque<KeptRecord> records_;  // of sequence 1, 2, 3 ...
};

}  // namespace hookswitch
