// The state's tables, keys and transactions, whatever they are kept in.
//
// State is what the effects made of the log, so it can always be made again; what it must never be is half done or
// broken. Everything a batch of records changes, the position included, is one write transaction. A commit is all or
// nothing at once, but a power cut may undo the newest commits until durable_sync(): the position goes back with the
// rest, and the log is read again from there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/sealing/keys.h"
#include "engine/state/row_visitor.h"

namespace hookswitch {

/// One per kind of thing; each has a header of the same name that says how its keys and rows look.
enum class Table : uint8_t {
  meta,        // format version; position.h
  calls,       // calls.h
  call_ids,    // calls.h: providers' ids and old ids
  call_index,  // calls.h: orders and filters
  transcripts,
  kpis,
  shares,
  activity,
  contacts,
  agents,
  timers,
  actions,       // actions.h: the outbox
  tasks,         // tasks.h
  suppressions,  // suppressions.h: do-not-call
  campaigns,     // campaigns.h
  syncs,         // syncs.h
  recordings,    // recordings.h
  commands,      // command_answers.h: by Idempotency-Key
  dead,
  seen,
  memory,
  tokens,
  changes,
  rule_versions,
  traces,
  audit,
  erasures,       // erasures.h
  erasure_names,  // erasures.h
  count_,
};

/// Its name on disk.
const char* name(Table table);

/// Whether the log alone determines the table's rows. The others hold what this machine did, and when.
constexpr bool follows_from_log(Table table) { return table != Table::rule_versions && table != Table::traces; }

enum class Direction : uint8_t { forward, backward };

/// The tables as they were at one moment. Views of get() point into the store and die with the transaction; in a Writer
/// already with its next change, and where rows are sealed once limits::kOpenedRowBytes more were read. What scan()
/// shows lives as long as the visit. Keep it short, and end it on the thread that began it. [one thread]
class Reader {
 public:
  virtual ~Reader() = default;

  virtual std::optional<std::string_view> get(Table table, std::string_view key) const = 0;

  /// Visits rows in key order from the first key >= `from` (backward: the last key <= `from`, or the last
  /// of all when it is "") until `visit` returns false. `visit` must not change the table.
  virtual void scan(Table table, std::string_view from, Direction direction, RowVisitor visit) const = 0;

  /// What a key holds in the place of a text that is about a person: the text itself, or a hash that only this state
  /// can make when its rows are sealed.
  virtual std::string private_text(std::string_view text) const { return std::string(text); }

  /// Rows of the table.
  virtual uint64_t count(Table table) const = 0;

  /// The first failure of any call, ok when there was none. After a failure reads find nothing.
  virtual Status status() const = 0;

  /// Forward, only keys that begin with `prefix`.
  void scan_prefix(Table table, std::string_view prefix, RowVisitor visit) const;
};

/// The one who may change. The first failure sticks: later changes do nothing and commit() returns it, so nobody has to
/// look after each put. Destroyed without commit(), nothing happened.
class Writer : public Reader {
 public:
  virtual void put(Table table, std::string_view key, std::string_view value) = 0;
  /// Puts a key greater than every other of its table: cheaper than put().
  virtual void append(Table table, std::string_view key, std::string_view value) = 0;
  /// Whether it was there.
  virtual bool del(Table table, std::string_view key) = 0;
  virtual Status commit() = 0;

  /// Whether it failed for want of room: destroy it, Store::grow(), and do all of it again. Store::write() does so.
  virtual bool out_of_room() const = 0;
};

struct StoreOptions {
  std::string dir;                          // data/state; made when missing
  uint64_t map_bytes_initial = 1ULL << 30;  // address space to begin with, not memory nor disk
  uint64_t map_bytes_max = 1ULL << 38;      // how far it may grow
  bool scratch = false;                     // thrown away after use: nothing waits for the disk, a crash breaks it
  bool older = false;                       // also of an older format: rows of other tables than calls can be read
  std::shared_ptr<const Keys> keys = {};    // rows are sealed, see row_seal.h; null: they are not
};

struct StoreStats {
  uint64_t commits = 0;          // since start
  uint64_t commit_us_total = 0;  // from the begin to the end of committed write transactions
  uint64_t grown = 0;            // how often the map was made larger, since start
  uint64_t file_bytes = 0;
  uint64_t used_bytes = 0;
  int64_t made_at_ms = 0;  // when this state was made from nothing
};

/// [any] Every function may be called on any thread; one write transaction runs at a time, the others wait.
class Store {
 public:
  /// Opens or makes it. Errors: io, corrupt, and conflict when another version of the format wrote it, or its rows are
  /// sealed with a key that is not there.
  static Result<std::unique_ptr<Store>> open(StoreOptions options, const Clock& clock);
  /// Only to read and to copy, also beside a running engine; every change is refused. Errors besides: not_found when
  /// there is none, or it lacks a table that this version has. Without keys it can be copied, but sealed rows not read:
  /// `denied`.
  static Result<std::unique_ptr<Store>> open_to_read(const std::string& dir, const Clock& clock,
                                                     std::shared_ptr<const Keys> keys = nullptr);
  virtual ~Store() = default;

  virtual Result<std::unique_ptr<Reader>> read() const = 0;

  /// Runs `fn` in a write transaction and commits when it returned ok; otherwise nothing happened and fn's error is
  /// returned. When the room does not suffice the store grows and `fn` runs again from its start, so it must have no
  /// other effects. The calling thread must hold no Reader.
  virtual Status write(const std::function<Status(Writer&)>& fn) = 0;

  /// For those who cannot run again from one function: see Writer::out_of_room().
  virtual Result<std::unique_ptr<Writer>> begin_write() = 0;
  virtual Status grow() = 0;

  /// Makes every commit so far survive a power cut.
  virtual Status durable_sync() = 0;

  /// A consistent copy in the empty directory `dir`, while everything goes on.
  virtual Status copy_to(const std::string& dir) = 0;

  virtual StoreStats stats() const = 0;
};

}  // namespace hookswitch
