// The end of a replay: two states become differences, grouped by call and counted.
#include <algorithm>
#include <cmath>

#include "engine/state/calls.h"
#include "engine/state/dead.h"
#include "engine/state/kpis.h"
#include "engine/workbench/passing_reader.h"
#include "engine/workbench/replay.h"

namespace hookswitch {
namespace {

std::optional<Call> call_in(const Reader& reader, std::string_view id) {
  auto call = get_call(reader, id);
  return call ? std::move(*call) : std::nullopt;
}

/// The present id of a call that may have been found to be another one since it was heard of.
std::string present_id(const TwoStates& states, const std::string& id) {
  for (const Reader* reader : {&states.after, &states.before}) {
    if (auto present = resolve_call_id(*reader, id)) return *present;
  }
  return id;
}

Json reason_in(const Reader& reader, DeadId id) {
  auto letter = find_dead(reader, id);
  return letter ? Json(letter->reason) : Json();
}

/// Fills in why the letter is dead now. False when that is the same under both rule sets. The sequence of a timer's is
/// made up, and nobody could look there.
bool settle_dead(const TwoStates& states, Difference& difference) {
  const size_t space = difference.name.find(' ');
  auto id = parse_dead_id(difference.name.substr(0, space));
  if (!id) return false;
  if (difference.name.find("timer ", space + 1) == space + 1) difference.name.erase(0, space + 1);
  difference.before = reason_in(states.before, *id);
  difference.after = reason_in(states.after, *id);
  return difference.before != difference.after;
}

uint64_t calls_of(const Reader& reader, const std::string& tenant) {
  if (tenant.empty()) return reader.count(Table::calls);
  uint64_t calls = 0;
  reader.scan_prefix(Table::call_index, call_index_prefix(CallTag::tenant, tenant),
                     [&](std::string_view, std::string_view) { return ++calls > 0; });
  return calls;
}

/// Which key figure the difference is about, as compare_kpis() has it.
KpiChanges::key_type kpi_of(const Difference& difference) {
  auto dimensions = encode_dimensions(difference.dimensions.get<Dimensions>());
  return {difference.name, dimensions.value_or("")};
}

}  // namespace

Status Replay::compare() {
  auto before = PassingReader::open(before_->store());
  auto after = before ? PassingReader::open(after_->store()) : std::move(before);
  if (!after) return std::unexpected(after.error());
  TwoStates states{**before, **after};
  if (auto found = find_only_call(states); !found) return found;
  Status told;
  uint64_t only_after = 0;
  auto compared = compare_states(states, [&](std::string_view call, const Difference& difference) {
    if (difference.aspect == Aspect::call && difference.before.is_null()) ++only_after;
    if (told) told = list_->add(call, difference);
  });
  if (!compared) return compared;
  if (!told) return told;
  count_calls(states, only_after);
  auto arranged =
      list_->arrange([&](const std::string& call, Difference& difference) { return place(states, call, difference); });
  return arranged ? sum_up(states) : arranged;
}

Status Replay::find_only_call(const TwoStates& states) {
  if (range_.call.empty()) return {};
  only_call_ = present_id(states, range_.call);
  if (call_in(states.after, only_call_) || call_in(states.before, only_call_)) return {};
  return fail(Code::not_found, "find the call {}: no record of the range is about it", range_.call);
}

void Replay::count_calls(const TwoStates& states, uint64_t only_after) {
  if (!only_call_.empty()) {
    summary_.calls = 1;
  } else if (range_.tenant.empty()) {
    summary_.calls = calls_of(states.before, "") + only_after;
  } else {
    // A call that has another tenant under the other rules is in one of the two only.
    summary_.calls = std::max(calls_of(states.before, range_.tenant), calls_of(states.after, range_.tenant));
  }
}

std::optional<CallPlace> Replay::place(const TwoStates& states, const std::string& id, Difference& difference) {
  if (difference.aspect == Aspect::dead && !settle_dead(states, difference)) return std::nullopt;
  CallPlace out;
  if (!id.empty()) out.id = present_id(states, id);
  const auto call_fits = of_call(states, out.id, difference);
  const auto tenant_fits = call_fits == false ? false : of_tenant(states, out.id, difference);
  if (call_fits == false || tenant_fits == false) return std::nullopt;
  if (!call_fits || !tenant_fits) {
    ++summary_.untold[difference.aspect];
    return std::nullopt;
  }
  if (out.id.empty()) return out;
  auto call = call_in(states.after, out.id);
  if (!call) call = call_in(states.before, out.id);
  if (call) out.time_ms = call_order_ms(*call);
  return out;
}

std::optional<bool> Replay::of_call(const TwoStates& states, const std::string& id,
                                    const Difference& difference) const {
  if (only_call_.empty()) return true;
  if (!id.empty()) return id == only_call_;
  bool named = std::ranges::any_of(difference.calls,
                                   [&](const std::string& call) { return present_id(states, call) == only_call_; });
  // A task may be about another call than those that it made.
  return named ? std::optional(true) : std::nullopt;
}

std::optional<bool> Replay::of_tenant(const TwoStates& states, const std::string& id,
                                      const Difference& difference) const {
  if (range_.tenant.empty()) return true;
  if (std::ranges::find(difference.tenants, range_.tenant) != difference.tenants.end()) return true;
  bool known = !difference.tenants.empty();
  if (id.empty()) return known ? std::optional(false) : std::nullopt;
  for (const Reader* reader : {&states.after, &states.before}) {
    auto call = call_in(*reader, id);
    if (call && call->text(CallField::tenant) == range_.tenant) return true;
    known = known || call;
  }
  return known ? std::optional(false) : std::nullopt;
}

Status Replay::sum_up(const TwoStates& states) {
  if (only_call_.empty()) {
    auto kpis = compare_kpis(states, range_.tenant);
    if (!kpis) return std::unexpected(kpis.error());
    summary_.kpis = std::move(*kpis);
  }
  return list_->each_call([this](const CallPlace& call, const std::vector<Difference>& differences) {
    if (call.id.empty()) {
      summary_.others_differ = true;
    } else {
      ++summary_.calls_differ;
    }
    if (only_call_.empty()) return true;
    for (const Difference& one : differences) {
      if (one.aspect != Aspect::kpi) continue;
      auto part = [&](const Json& side, const char* name) { return side.is_object() ? side.value(name, 0.0) : 0.0; };
      KpiChange& change = summary_.kpis[kpi_of(one)];
      change.micros += std::llround((part(one.after, "value") - part(one.before, "value")) * kMicros);
      change.count += std::llround(part(one.after, "count") - part(one.before, "count"));
    }
    return true;
  });
}

std::optional<Call> Replay::find_call(const std::string& id) const {
  for (const auto* side : {&after_, &before_}) {
    auto reader = (*side)->store().read();
    if (!reader) continue;
    if (auto call = call_in(**reader, id)) return call;
  }
  return std::nullopt;
}

}  // namespace hookswitch
