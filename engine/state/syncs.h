// Syncs: each time a provider was asked for what its webhooks missed, with how far it has come.
//
// A row changes only by records of the log: the command that asked, what the sync notes about its pages, and the
// imports themselves, which are counted when they are processed. So a sync goes on after a restart where it was.
//
// Table syncs:
//   'r' id                       -> the row, JSON; ids sort by the record that asked
//   'u' id                       -> "" for every one that is not over
//   'm' source NUL resource      -> u64 ms, little-endian: up to when a sync without filter has seen everything
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/state/json_rows.h"
#include "engine/state/store.h"

namespace hookswitch {

enum class SyncStatus : uint8_t { waiting, running, done, failed, canceled };
const char* name(SyncStatus status);
constexpr bool is_final(SyncStatus status) { return status >= SyncStatus::done; }

struct Sync {
  std::string id;  // "syn_" and 16 hex digits
  std::string source, resource;
  Json filter = Json::object();
  int64_t from_ms = 0, to_ms = 0;  // of the things' own time; to 0: the newest
  std::string by;                  // id of the token; "schedule", "downtime"
  SyncStatus status = SyncStatus::waiting;
  std::string cursor;    // of the page to be asked for next; "" the first
  uint64_t pages = 0;    // read
  uint64_t total = 0;    // things found
  uint64_t created = 0;  // calls that nobody had told us about
  uint64_t updated = 0;  // known ones of which something was new
  uint64_t skipped = 0;  // nothing was new
  uint64_t failed = 0;   // could not be fetched or read
  int64_t made_ms = 0, started_ms = 0, ended_ms = 0;
  std::string reason;  // why it failed or is incomplete

  Json to_json() const;  // as GET /sync/{id} shows it; `synced` is created and updated together
  static Sync from_json(const Json& row);
};

std::string sync_id_of(uint64_t seq);
void put_sync(Writer& writer, const Sync& sync);
std::optional<Sync> find_sync(const Reader& reader, std::string_view id);
/// Those that are not over, oldest first.
std::vector<Sync> unfinished_syncs(const Reader& reader);
/// Newest first; "" for any source.
Result<JsonPage> sync_page(const Reader& reader, const std::string& source, std::string_view cursor, size_t limit);
/// Forgets the oldest of those that are over, beyond `keep` rows.
void trim_syncs(Writer& writer, size_t keep);

std::optional<int64_t> synced_until(const Reader& reader, std::string_view source, std::string_view resource);
void set_synced_until(Writer& writer, std::string_view source, std::string_view resource, int64_t ms);

}  // namespace hookswitch
