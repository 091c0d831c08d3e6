#include "engine/processor/erasing.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/calling/phone.h"
#include "engine/processor/erased_rows.h"
#include "engine/processor/mentions.h"
#include "engine/processor/person_records.h"
#include "engine/state/agents.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls_page.h"
#include "engine/state/suppressions.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

constexpr std::string_view kErasureTimer = "erasure/";
constexpr int64_t kBusyMs = 5'000;  // until an outcome of what is under way is looked for again

std::string timer_prefix() { return std::string(kEngineTimers).append(kErasureTimer); }

void set_next(Writer& writer, const Erasure& erasure, int64_t due_ms) {
  set_timer(writer, {timer_prefix() + erasure.id, due_ms, "erasure", "{}"});
}

using IsTheirs = std::function<bool(const Call&)>;

Status add_calls(const Reader& reader, const CallFilter& filter, const IsTheirs& is_theirs,
                 std::vector<std::string>& ids) {
  auto visited = visit_calls(reader, filter, SIZE_MAX, [&](const Call& call) {
    if (is_theirs(call)) ids.push_back(call.id());
    return ids.size() < limits::kErasedCalls;
  });
  return visited ? Status{} : std::unexpected(visited.error());
}

bool is_with(const Call& call, const std::string& phone, const Directory& directory) {
  const std::string_view tenant = call.text(CallField::tenant);
  return reads_as(directory, tenant, call.text(CallField::from), phone) ||
         reads_as(directory, tenant, call.text(CallField::to), phone);
}

// Ids of the next calls of theirs; none: all are gone. Erasing takes them out of the index. As long as nobody knows
// whose a call is, its numbers are as they were dialled at home.
Result<std::vector<std::string>> next_calls(const Reader& reader, const Erasure& erasure, const Directory& directory) {
  std::vector<std::string> ids;
  const CallFilter whom{.tenant = erasure.tenant, .phone = erasure.phone};
  auto found = add_calls(reader, whom, [](const Call&) { return true; }, ids);
  for (const std::string& digits : national_digits(erasure.phone)) {
    if (!found || !ids.empty()) break;
    const auto is_theirs = [&](const Call& call) { return is_with(call, erasure.phone, directory); };
    found = add_calls(reader, {.phone = digits}, is_theirs, ids);
  }
  if (!found) return std::unexpected(found.error());
  return ids;
}

struct Row {
  std::string key, value;
};

class Step {
 public:
  Step(Writer& writer, const RecordView& record, Erasure& erasure, const Directory& directory)
      : writer_(writer),
        erasure_(erasure),
        directory_(directory),
        mentions_(writer, erasure),
        rows_(writer, record, erasure, mentions_, directory) {}

  /// Whether the walk has come to its end.
  Result<bool> take() {
    auto calls = next_calls(writer_, erasure_, directory_);
    if (!calls) return std::unexpected(calls.error());
    for (const std::string& id : *calls) {
      if (auto erased = rows_.erase_call(id); !erased) return std::unexpected(erased.error());
    }
    if (!calls->empty()) return false;
    size_t left = limits::kErasedRows;
    while (left > 0 && erasure_.table < kErasedTables.size()) walk(kErasedTables[erasure_.table], left);
    if (auto status = writer_.status(); !status) return std::unexpected(status.error());
    return erasure_.table == kErasedTables.size();
  }

 private:
  void walk(Table table, size_t& left) {
    if (erasure_.after.empty()) begin(table);
    std::vector<Row> found;
    bool more = false;
    const std::string from = erasure_.after;
    writer_.scan(table, from, Direction::forward, [&](std::string_view key, std::string_view value) {
      if (key == from) return true;
      more = left == 0;
      if (more) return false;
      --left;
      erasure_.after = key;
      if (mentions_.in(table, key, value) || is_about_phone(table, value))
        found.push_back({std::string(key), std::string(value)});
      return true;
    });
    for (const Row& row : found) rows_.erase(table, row.key, row.value);
    if (more) return;
    ++erasure_.table;
    erasure_.after.clear();
  }

  // A trail has the number as whoever asked wrote it.
  bool is_about_phone(Table table, std::string_view value) const {
    if (table != Table::audit || erasure_.phone.empty()) return false;
    const Json row = parse_json(value);
    return reads_as(directory_, json_text(row, "tenant"), json_text(row, "target"), erasure_.phone);
  }

  // Rows whose keys alone tell whose they are, and those may be hidden.
  void begin(Table table) {
    if (table != Table::suppressions || erasure_.phone.empty()) return;
    forget_dials(writer_, erasure_.phone);
    if (erasure_.suppressions && remove_suppression(writer_, erasure_.phone, "")) ++erasure_.counts["suppressions"];
  }

  Writer& writer_;
  Erasure& erasure_;
  const Directory& directory_;
  Mentions mentions_;
  RowEraser rows_;
};

void erase_named(Writer& writer, const RecordView& record, Erasure& erasure, const std::vector<std::string>& names,
                 const Directory& directory) {
  if (erasure.status == ErasureStatus::done) return;
  Mentions mentions(writer, erasure);
  RowEraser rows(writer, record, erasure, mentions, directory);
  for (const std::string& name : names) {
    add_erasure_name(writer, erasure.id, name);
    auto call = resolve_call_id(writer, name);
    auto erased = call ? rows.erase_call(*call) : Status{};
    if (!erased) spdlog::warn("erase a call: {}", erased.error().message);
  }
  erasure.status = ErasureStatus::state;
  erasure.table = 0;
  set_next(writer, erasure, record.time_ms + 1);
}

// The last of a tenant's rows, for by them is told whose the records were. Whose an agent is, its row says; what else
// the configuration says of that agent does not make the row another's.
void forget_agents(Writer& writer, Erasure& erasure) {
  if (erasure.tenant.empty()) return;
  std::vector<Json> theirs;
  writer.scan(Table::agents, "", Direction::forward, [&](std::string_view, std::string_view value) {
    Json row = parse_json(value);
    if (json_text(row, "tenant") == erasure.tenant) theirs.push_back(std::move(row));
    return true;
  });
  for (const Json& row : theirs) {
    if (remove_agent(writer, json_text(row, "source"), json_text(row, "id"))) ++erasure.counts[name(Table::agents)];
  }
}

}  // namespace

void begin_erasure(Writer& writer, Erasure erasure, int64_t now_ms) {
  set_next(writer, erasure, now_ms);
  put_erasure(writer, std::move(erasure));
}

bool is_erasure_timer(std::string_view key) { return key.starts_with(timer_prefix()); }

void erasure_due(Writer& writer, const RecordView& record, const Directory& directory) {
  auto erasure = find_erasure(writer, record.header(":key").substr(timer_prefix().size()));
  if (!erasure || erasure->status != ErasureStatus::state) return;
  auto over = Step(writer, record, *erasure, directory).take();
  int64_t next_ms = record.time_ms + 1;
  if (!over) {
    next_ms = record.time_ms + kBusyMs;  // a row that cannot be read now; others see to that
  } else if (*over && erasure->busy) {
    erasure->busy = false;
    erasure->table = 0;
    next_ms = record.time_ms + kBusyMs;
  } else if (*over) {
    erasure->status = ErasureStatus::log;
    erasure->end_seq = record.seq + 1;
  }
  if (erasure->status == ErasureStatus::state) set_next(writer, *erasure, next_ms);
  put_erasure(writer, std::move(*erasure));
}

void note_erased(Writer& writer, const RecordView& record, Erasure erasure, const Json& note,
                 const Directory& directory) {
  erasure.next_seq = note.value("next_seq", erasure.next_seq);
  for (const auto& [what, number] : note.value("counts", std::map<std::string, uint64_t>()))
    erasure.counts[what] += number;
  for (uint64_t seq : note.value("seqs", std::vector<uint64_t>())) {
    std::string prefix;
    put_be64(prefix, seq);
    std::vector<std::pair<Table, std::string>> keys;
    for (Table table : {Table::dead, Table::traces}) {
      writer.scan_prefix(table, prefix, [&](std::string_view key, std::string_view) {
        keys.emplace_back(table, key);
        return true;
      });
    }
    for (const auto& [table, key] : keys) {
      if (writer.del(table, key)) ++erasure.counts[name(table)];
    }
  }
  const Mentions mentions(erasure.phone, "");
  for (const std::string& id : note.value("calls", std::vector<std::string>())) mask_call(writer, mentions, id);
  for (const Json& row : note.value("suppressed", Json::array())) put_suppression(writer, Suppression::from_json(row));
  if (note.contains("names")) erase_named(writer, record, erasure, note["names"], directory);
  if (note.value("done", false)) {
    forget_agents(writer, erasure);
    erasure.status = ErasureStatus::done;
    erasure.ended_ms = record.time_ms;
    forget_erasure_names(writer, erasure.id);
  }
  put_erasure(writer, std::move(erasure));
}

}  // namespace hookswitch
