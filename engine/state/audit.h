// Who changed what, and from where: one row for each command of the log that a person or a program asked for.
//
// A row names the record and what it was about, and holds nothing of what was said: neither secrets nor what people
// wrote. The record itself has that, for as long as the log keeps it.
//
// Table audit:
//   u64 big-endian sequence of the command -> the row's JSON
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/state/json_rows.h"

namespace hookswitch {

struct AuditRow {
  uint64_t seq = 0;
  int64_t time_ms = 0;
  std::string by;       // id of the token, "jwt:" and a subject, "cli", "command line"
  std::string from;     // address, "" when it was not told
  std::string command;  // "task.update"
  std::string target;   // id or number of what it is about, "" for what has none
  std::string tenant;   // "": of none or of all
  int status = 0;       // HTTP status of the answer: from 400 on nothing was changed

  Json to_json() const;
};

/// Keeps the newest `kept` rows.
void put_audit(Writer& writer, const AuditRow& row, uint64_t kept = limits::kAuditRows);

struct AuditFilter {
  std::string by;
  std::string command;  // may end in *
  std::string target;
  std::string tenant;
  int64_t from_ms = 0;
  int64_t to_ms = std::numeric_limits<int64_t>::max();
};
/// Newest first.
Result<JsonPage> audit_page(const Reader& reader, const AuditFilter& filter, std::string_view cursor, size_t limit);

}  // namespace hookswitch
