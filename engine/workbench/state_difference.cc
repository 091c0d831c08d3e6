#include "engine/workbench/state_difference.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/state/activity.h"
#include "engine/state/call.h"
#include "engine/state/json_rows.h"
#include "engine/state/keys.h"
#include "engine/state/kpi_row.h"
#include "engine/state/kpis.h"
#include "engine/state/shares.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

/// The text at the front of a key; of one that was too long to be a key its beginning.
std::string_view key_text(std::string_view key) {
  size_t size = key_text_size(key);
  return size < 1 ? std::string_view() : key.substr(1, size - 1);
}

Json json_of(const std::optional<std::string_view>& text) { return text ? parse_json(*text) : Json(); }

// Of a row that moved from one tenant to another it is both.
void add_tenants(Difference& about, const Json& before, const Json& after) {
  for (const Json* row : {&before, &after}) about.add_tenant(json_text(*row, "tenant"));
}

// Every place where the two differ, by its path from the name of `about` on; the rest of `about` is true of each.
void tell_each(const TellDifference& tell, std::string_view call, const Difference& about, const Json& before,
               const Json& after) {
  json_differences(about.name, before, after, [&](const std::string& path, const Json& was, const Json& is) {
    Difference one = about;
    one.name = path;
    one.before = was;
    one.after = is;
    tell(call, one);
  });
}

// --- calls

Json call_json(const std::optional<std::string_view>& row) {
  if (!row) return nullptr;
  auto call = Call::decode(*row);
  if (!call) return nullptr;
  Json out = call->to_json();
  // When we last heard of the call is no word of any rule, and a timer that fires under one rule set only moves it.
  for (const char* arrival : {"id", "created_at", "updated_at"}) out.erase(arrival);
  return out;
}

void compare_call(const RowDifference& row, const TellDifference& tell) {
  Json before = call_json(row.before), after = call_json(row.after);
  if (before.is_null() || after.is_null()) return tell(row.key, {Aspect::call, "", before, after});
  tell_each(tell, row.key, {Aspect::field}, before, after);
}

// --- what a call adds to key figures

KpiChanges added_by(const std::optional<std::string_view>& row) {
  KpiChanges out;
  auto shares = row ? decode_shares(*row) : Shares();
  if (!shares) return out;
  for (const Share& share : *shares) {
    for (const KpiShare& kpi : share.kpis) {
      KpiChange& sum = out[{kpi.name, kpi.dimensions}];
      sum.micros += kpi.amount.micros;
      ++sum.count;
    }
  }
  return out;
}

Json amount_json(const KpiChange& amount) {
  if (amount.count == 0) return nullptr;
  return {{"value", static_cast<double>(amount.micros) / kMicros}, {"count", amount.count}};
}

void compare_shares(const RowDifference& row, const TellDifference& tell) {
  KpiChanges before = added_by(row.before), after = added_by(row.after);
  std::set<KpiChanges::key_type> keys;
  for (const auto* side : {&before, &after}) {
    for (const auto& [key, amount] : *side) keys.insert(key);
  }
  for (const auto& key : keys) {
    Difference kpi{Aspect::kpi, key.first, amount_json(before[key]), amount_json(after[key]),
                   decode_dimensions(key.second)};
    if (kpi.before != kpi.after) tell(row.key, kpi);
  }
}

// --- the feed, row: i64 time, sized tenant, sized call, JSON (activity.h)

struct StateEntry {
  std::string_view call;
  Json json;
};

StateEntry entry_of(const std::optional<std::string_view>& row) {
  if (!row) return {};
  ByteReader in(*row);
  int64_t time_ms = in.le<int64_t>();
  std::string_view tenant = in.sized();
  StateEntry out;
  out.call = in.sized();
  out.json = parse_json(in.bytes(in.left()));
  if (!out.json.is_object()) out.json = Json::object();
  out.json["time"] = rfc3339(time_ms);
  if (!tenant.empty()) out.json["tenant"] = tenant;
  return out;
}

void compare_activity(const RowDifference& row, const TellDifference& tell) {
  std::string id(row.key.substr(1));
  StateEntry before = entry_of(row.before), after = entry_of(row.after);
  std::string call(after.call.empty() ? before.call : after.call);
  Difference about{Aspect::activity, id};
  add_tenants(about, before.json, after.json);
  tell_each(tell, call, about, before.json, after.json);
}

// --- timers that are set, row: i64 due, sized key, sized name, sized data, ... (timers.h)

struct SetTimer {
  std::string name;
  std::string call, tenant;
  Json json;
};

SetTimer timer_of(const std::optional<std::string_view>& row) {
  if (!row) return {};
  ByteReader in(*row);
  int64_t due_ms = in.le<int64_t>();
  std::string key(in.sized()), timer(in.sized());
  Json data = parse_json(in.sized());
  SetTimer out{timer + " " + key, "", "", {{"due", rfc3339(due_ms)}}};
  if (data.is_object() && data.contains("timer")) {
    out.call = json_text(data["timer"], "call");
    out.tenant = json_text(data["timer"], "tenant");
  }
  if (data.is_object() && data.contains("data")) out.json["data"] = data["data"];
  return out;
}

void compare_timer(const RowDifference& row, const TellDifference& tell) {
  if (row.key.substr(1).starts_with(kEngineTimers)) return;  // follows from a task
  SetTimer before = timer_of(row.before), after = timer_of(row.after);
  const SetTimer& named = row.after ? after : before;
  if (before.json == after.json) return;
  Difference timer{Aspect::timer, named.name, before.json, after.json};
  for (const SetTimer* side : {&before, &after}) timer.add_tenant(side->tenant);
  tell(named.call, timer);
}

// --- tasks and actions

// What it is, without when that was noted.
Json wanted(const Json& whole, std::initializer_list<const char*> fields) {
  if (!whole.is_object()) return nullptr;
  Json out = Json::object();
  for (const char* field : fields) {
    if (whole.contains(field) && !whole[field].is_null()) out[field] = whole[field];
  }
  return out;
}

void add_calls(Difference& about, const Json& task) {
  for (const Json& attempt : task.is_object() ? task.value("history", Json::array()) : Json::array()) {
    const std::string call = json_text(attempt, "call_id");
    if (!call.empty() && std::ranges::find(about.calls, call) == about.calls.end()) about.calls.push_back(call);
  }
}

void compare_task(const RowDifference& row, const TellDifference& tell) {
  std::initializer_list<const char*> fields{"kind",   "channel", "to",     "contact_id", "due_at", "next_attempt_at",
                                            "status", "outcome", "window", "retry",      "body",   "variables"};
  const Json before = json_of(row.before), after = json_of(row.after);
  Difference about{Aspect::task, json_text(row.after ? after : before, "key")};
  add_tenants(about, before, after);
  for (const Json* side : {&before, &after}) add_calls(about, *side);
  tell_each(tell, "", about, wanted(before, fields), wanted(after, fields));
}

void compare_action(const RowDifference& row, const TellDifference& tell) {
  std::initializer_list<const char*> fields{"type", "source", "params", "next_attempt_at", "status", "task_id"};
  const Json before = json_of(row.before), after = json_of(row.after);
  const Json& named = row.after ? after : before;
  Difference about{Aspect::action, fmt::format("{} {}", json_text(named, "type"), json_text(named, "id"))};
  add_tenants(about, before, after);
  tell_each(tell, json_text(named, "call_id"), about, wanted(before, fields), wanted(after, fields));
}

// --- people, agents and what rules remember: about no call

void compare_people(const RowDifference& row, const TellDifference& tell, Aspect aspect, const std::string& id) {
  const Json before = json_of(row.before), after = json_of(row.after);
  Difference about{aspect, id};
  if (aspect != Aspect::memory) add_tenants(about, before, after);  // there it is a word of the rule's own
  tell_each(tell, "", about, before, after);
}

void compare_contact(const RowDifference& row, const TellDifference& tell) {
  const Json named = json_of(row.after ? row.after : row.before);
  compare_people(row, tell, Aspect::contact, json_text(named, "id"));
}

void compare_agent(const RowDifference& row, const TellDifference& tell) {
  compare_people(row, tell, Aspect::agent, std::string(key_text(row.key)));
}

// Where rows are sealed the rule's word is a hash, told in hex.
void compare_memory(const RowDifference& row, const TellDifference& tell) {
  const std::string_view rest = row.key.substr(key_text_size(row.key));
  const bool is_text = simdjson::validate_utf8(rest.data(), rest.size());
  compare_people(row, tell, Aspect::memory,
                 fmt::format("{} {}", key_text(row.key), is_text ? std::string(rest) : to_hex(rest)));
}

constexpr std::array kComparisons{
    TableComparison{Table::calls, "", compare_call},         TableComparison{Table::shares, "", compare_shares},
    TableComparison{Table::activity, "i", compare_activity}, TableComparison{Table::timers, "k", compare_timer},
    TableComparison{Table::contacts, "c", compare_contact},  TableComparison{Table::agents, "", compare_agent},
    TableComparison{Table::memory, "", compare_memory},      TableComparison{Table::tasks, "t", compare_task},
    TableComparison{Table::actions, "a", compare_action},
};

// --- key figures

struct KpiKeyParts {
  std::string_view name;
  std::string_view tenant;
};

KpiKeyParts parts_of(std::string_view key) { return {key_text(key), key_text(key.substr(key_text_size(key)))}; }

void add_row(KpiChanges& changes, std::string_view name, const std::optional<std::string_view>& row, int64_t sign) {
  auto kpi = row ? KpiRow::decode(*row) : std::nullopt;
  if (!kpi) return;
  std::pair key{std::string(name), kpi->dimensions};
  if (changes.size() >= kKpiChangesMax && !changes.contains(key)) key.second.clear();
  KpiChange& change = changes[key];
  change.micros += sign * kpi->sum_micros;
  change.count += sign * kpi->count;
}

}  // namespace

std::span<const TableComparison> table_comparisons() { return kComparisons; }

Status compare_states(const TwoStates& states, const TellDifference& tell) {
  for (const TableComparison& one : table_comparisons()) {
    auto compared =
        walk_differences(states, one.table, one.prefix, [&](const RowDifference& row) { one.compare(row, tell); });
    if (!compared) return compared;
  }
  return {};
}

Result<KpiChanges> compare_kpis(const TwoStates& states, std::string_view tenant) {
  KpiChanges changes;
  auto compared = walk_differences(states, Table::kpis, "", [&](const RowDifference& row) {
    KpiKeyParts parts = parts_of(row.key);
    if (!tenant.empty() && parts.tenant != tenant) return;
    add_row(changes, parts.name, row.before, -1);
    add_row(changes, parts.name, row.after, 1);
  });
  if (!compared) return std::unexpected(compared.error());
  std::erase_if(changes, [](const auto& change) { return change.second.micros == 0 && change.second.count == 0; });
  return changes;
}

}  // namespace hookswitch
