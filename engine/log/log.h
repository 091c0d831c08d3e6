// The append-only, fsynced order of all records: one committer thread appends, anybody reads.
//
// Group commit: append() puts a record into a bounded queue; the committer takes all that is waiting, writes it as one
// value of one LMDB transaction, syncs once, and then calls every record's `done`. Under no load that is one fsync per
// record; under load the groups grow by themselves.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/limits.h"
#include "engine/log/record.h"
#include "engine/sealing/keys.h"

namespace hookswitch {

struct LogOptions {
  std::string dir;                                  // data/log; made when missing
  std::string blob_dir;                             // data/blobs; made when missing
  uint64_t map_bytes_max = 0;                       // how far the map may grow; 0: a generous default
  uint64_t keep_bytes = 0;                          // trim down to this many bytes of records; 0: no limit by size
  int64_t keep_ms = 0;                              // trim records older than this; 0: no limit by age
  uint64_t extend_bytes = 32ULL << 20;              // how far ahead the file is extended with written zeros; 0: never
  uint64_t cached_bytes = limits::kLogCachedBytes;  // of processed records that stay in memory
  /// [committer] Whether somebody else than the records still needs this blob: then its file stays when the last record
  /// that names it goes. Unset: nobody does.
  std::function<bool(std::string_view blob)> holds_blob = {};
  /// [committer] Whether `dir` is still where it was: what goes into one that is not is lost with the process, and is
  /// refused. Asked before each commit and behind it. Unset: it always is.
  std::function<bool()> in_place = {};
  std::function<void(int64_t took_us)> on_commit = {};  // [committer] after each commit that succeeded
  std::shared_ptr<const Keys> keys = {};                // what seals and opens records; null: they are not sealed
  int64_t slow_sync_us = 0;  // for tests and benchmarks: added to each commit, as a slower disk would
};

struct LogStats {
  uint64_t first_seq = 0;      // oldest record kept (next_seq when empty)
  uint64_t next_seq = 0;       // sequence the next record will get
  uint64_t commits = 0;        // since start
  uint64_t records = 0;        // appended since start
  uint64_t sync_us_total = 0;  // spent in commits
  uint64_t sync_us_last = 0;
  uint64_t queued_records = 0;  // waiting for the committer
  uint64_t queued_bytes = 0;
  uint64_t file_bytes = 0;  // of the data file
  uint64_t used_bytes = 0;  // of it in use
  bool processed = false;   // a state that a power cut leaves has processed records of it, ever
  uint64_t failed_commits = 0;
  std::string last_error;  // of the last failed commit; "" when the last commit succeeded
};

/// What a step of Log::redact_step() did.
struct Redacted {
  uint64_t next_seq = 0;       // where to go on; end_seq when all is done
  std::vector<uint64_t> seqs;  // of the records that were changed
  uint64_t blobs = 0;          // files removed
  uint64_t unreadable = 0;  // records that could not be judged, for they are damaged; those that shared a group with a
                            // changed one are gone with it
};

class Log {
 public:
  /// Called on the committer thread once the record is fsynced (its sequence), or when it could not be stored.
  /// Must not block.
  using Done = std::move_only_function<void(Result<uint64_t>)>;
  /// Return false to stop reading.
  using Visit = std::function<bool(const RecordView&)>;

  /// Opens or makes the log and starts the committer. Errors: io, corrupt, conflict (another format version).
  static Result<std::unique_ptr<Log>> open(LogOptions options, const Clock& clock);
  /// Opens the log in `dir` only to read, also beside a running engine: nothing is written, no thread is started, and
  /// what the engine appends meanwhile can be read. Not for a process that has this log open already.
  /// Errors: not_found when there is none, denied, corrupt, conflict (another format version).
  static Result<std::unique_ptr<const Log>> open_to_read(const std::string& dir,
                                                         std::shared_ptr<const Keys> keys = nullptr);
  virtual ~Log() = default;

  /// [any] Queues the record. `unavailable` at once when the queue is full or the log is stopping; then `done` is not
  /// called and `record` is unchanged; otherwise what it holds may have been taken.
  virtual Status append(NewRecord& record, Done done) = 0;

  /// [any] Appends and waits for the commit. For the command line and tests.
  Result<uint64_t> append_and_wait(NewRecord record);

  /// [any] Visits records from `from_seq` on, at most `count` of them, in order. Starts at the oldest kept record when
  /// from_seq was trimmed. Records whose checksum fails are reported to `corrupt` (when given) and skipped.
  /// Returns how many were visited.
  virtual Result<size_t> read(uint64_t from_seq, size_t count, const Visit& visit,
                              const std::function<void(uint64_t seq, const Error&)>& corrupt = {}) const = 0;

  /// [any] Visits backwards from `from_seq` (0: the newest). For listings.
  virtual Result<size_t> read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const = 0;

  /// [any] The first sequence whose record arrived at or after `time_ms`; next_seq when there is none.
  virtual Result<uint64_t> seq_at(int64_t time_ms) const = 0;

  /// [any] The newest committed sequence, 0 when empty. Never waits.
  virtual uint64_t last_seq() const = 0;

  /// [any] Waits until last_seq() > seq, until wake() or for at most `wait_ms`. Returns last_seq().
  virtual uint64_t wait_beyond(uint64_t seq, int64_t wait_ms) const = 0;
  /// [any] Ends the present wait_beyond() early: something else is to be done (a timer set, a rule set swapped).
  virtual void wake() const = 0;

  /// [any] Nothing at or after this sequence may be trimmed: the processor's position + 1. What is before it was
  /// processed by a state that a power cut leaves; the log remembers that there was one.
  virtual void keep_from(uint64_t seq) = 0;

  /// [any] Records at or after this sequence stay however old they are; for their size they go. UINT64_MAX, as long as
  /// nothing is said: none does.
  virtual void keep_aged_from(uint64_t) {}

  /// [any] One bounded trim step by age and size; true when there is more to trim. The committer also does it itself.
  /// The newest group always stays, so the log knows where to go on.
  virtual Result<bool> trim_step() = 0;

  /// What is to be left of a record, with the same kind and source; nullopt: all of it. Called without any lock.
  using Judge = std::function<std::optional<NewRecord>(const RecordView&)>;
  /// [any] One bounded step of erasing: what `judge` says of the records [from_seq, end_seq) takes their place on disk,
  /// and blobs that no record names any more are removed. Sequences and times stay. A step that a crash cut short is
  /// done again: nothing of it happened, or all of a group.
  virtual Result<Redacted> redact_step(uint64_t from_seq, uint64_t end_seq, const Judge& judge) = 0;

  virtual LogStats stats() const = 0;

  /// Stops the committer after what is queued is committed. Later appends are `unavailable`.
  virtual void stop() = 0;
};

}  // namespace hookswitch
