// Erasures: each person or tenant that was to be forgotten, and how far that has come.
//
// A row changes by records of the log alone: the command that asked, timers that each take a step through the state,
// and notes of whoever goes through the log. When it is over the row holds counts, and nothing of whom it was about.
//
// Table erasures:
//   'r' id -> the row, JSON; ids sort by the record that asked
//   'u' id -> "" for every one that is not over
// Table erasure_names (text: put_key_text of keys.h), gone when it is over:
//   text(erasure's id) bounded_key(private_text(name)) -> name   ids by which records name what is to be forgotten:
//                                                                calls, contacts, tasks, actions
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/json_rows.h"

namespace hookswitch {

/// Through the state, then through the log and the refused deliveries.
enum class ErasureStatus : uint8_t { state, log, done };
const char* name(ErasureStatus status);

struct Erasure {
  std::string id;             // "era_" and 16 hex digits
  std::string phone;          // E.164, of a person; "" for a tenant, and when it is over
  std::string tenant;         // business/location, of a tenant; "" for a person, and when it is over
  std::string of = "phone";   // or "tenant"
  bool suppressions = false;  // the do-not-call list forgets a person too
  ErasureStatus status = ErasureStatus::state;
  uint32_t table = 0;                      // state: which of the tables is looked at
  std::string after;                       // state: the last row of it that was
  bool busy = false;                       // state: a request about them was under way, so all is looked at once more
  std::vector<std::string> silenced;       // their other numbers that must not be rung; none when it is over
  uint64_t next_seq = 1;                   // log: the next record to look at
  uint64_t end_seq = 0;                    // log: the first that is not looked at
  std::map<std::string, uint64_t> counts;  // what was erased: calls, transcripts, tasks, records, ...
  std::string by;                          // id of the token
  int64_t made_ms = 0, ended_ms = 0;

  Json to_json() const;  // as GET /erasures shows it: nothing of whom it is about
  Json to_row() const;
  static Erasure from_row(const Json& row);
};

std::string erasure_id_of(uint64_t seq);
/// Of the record that asked.
uint64_t erasure_seq_of(std::string_view id);
/// One that is done loses whom it was about; its names are the caller's to forget.
void put_erasure(Writer& writer, Erasure erasure);
std::optional<Erasure> find_erasure(const Reader& reader, std::string_view id);
/// Those that are not over, oldest first.
std::vector<Erasure> unfinished_erasures(const Reader& reader);
/// Ids of those that are.
std::vector<std::string> finished_erasures(const Reader& reader);
/// Newest first.
Result<JsonPage> erasure_page(const Reader& reader, std::string_view cursor, size_t limit);

void add_erasure_name(Writer& writer, std::string_view id, std::string_view name);
std::vector<std::string> erasure_names(const Reader& reader, std::string_view id);
void forget_erasure_names(Writer& writer, std::string_view id);

}  // namespace hookswitch
