// The erasing thread: when a person or a tenant is gone from the state, erases what speaks of them from the log, its
// blobs, and the refused deliveries that are kept.
//
// It goes through the log in bounded steps beside everything else and notes each few as a record, so a crash costs the
// steps since the last note, and those change nothing when they are taken again.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/log/blobs.h"
#include "engine/log/log.h"
#include "engine/processor/decode.h"
#include "engine/processor/directory.h"
#include "engine/processor/mentions.h"
#include "engine/state/erasures.h"
#include "engine/state/store.h"

namespace hookswitch {

/// What erasing needs of the engine; all of it outlives Erasures.
struct ErasureParts {
  Log& log;
  Store& store;
  const Blobs& blobs;
  const Decoder& decoder;
  const Directory& directory;
  const Clock& clock;
  std::function<uint64_t()> position;  // [any] newest record whose effects are committed
  /// Forgets the refused deliveries that would be such records. Returns how many. Unset: none are kept.
  std::function<Result<uint64_t>(const std::function<bool(const RecordView&)>& is_theirs)> forget_refusals = {};
  /// Removes what an interrupted rebuild or restore left, a copy from before. Unset: there is none.
  std::function<Status()> drop_unfinished = {};
};

class Erasures {
 public:
  explicit Erasures(ErasureParts parts) : parts_(std::move(parts)) {}
  ~Erasures();  // stop()

  void start();
  /// What is under way goes on at the next start.
  void stop();
  /// [any] The processor has committed. Cheap.
  void wake();

  /// One erasure that has come so far, from where it is to its end or to the stop. [one thread] For tests and for
  /// run().
  Status carry_out(const Erasure& erasure);

 private:
  struct Found {
    uint64_t next_seq = 0;
    std::vector<uint64_t> seqs;   // of records that are gone
    std::set<std::string> calls;  // others', whose records have the number masked
    std::map<std::string, uint64_t> counts;
  };

  void run();
  std::optional<Erasure> next() const;
  Result<Mentions> mentions_of(const Erasure& erasure) const;
  Result<std::vector<std::string>> unknown_names(const Erasure& erasure, Mentions known) const;
  Status take_step(const Erasure& erasure, const Mentions& mentions, Found& found) const;
  NewRecord rest_of(const Erasure& erasure, const Mentions& mentions, const RecordView& record) const;
  Status forget_start(const Erasure& erasure, const Mentions& mentions, Found& found) const;
  Result<uint64_t> forget_refusals(const Erasure& erasure, const Mentions& mentions) const;
  Status note(const Erasure& erasure, Found& found, bool done);
  Status note_suppressions(const Erasure& erasure);
  Status append_note(Json note);
  bool stopping() const;

  const ErasureParts parts_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;      // guarded by mutex_
  bool stopping_ = false;  // the same
  std::thread thread_;
};

}  // namespace hookswitch
