#include "engine/state/call.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/base/check.h"
#include "engine/state/call_duration.h"

namespace hookswitch {
namespace {

constexpr uint8_t kWholeCallAuthority = 2;

const CallFieldInfo& info_of(CallField field) { return call_fields()[static_cast<size_t>(field)]; }

// Which alternative of FieldValue a field of this type holds.
size_t alternative(FieldType type) {
  switch (type) {
    case FieldType::text:
      return 1;
    case FieldType::integer:
    case FieldType::time_ms:
      return 2;
    case FieldType::number:
      return 3;
    case FieldType::boolean:
      return 4;
  }
  return 0;
}

// A whole number given for a `number` field becomes a double, so that 5 and 5.0 are one value.
FieldValue checked(const CallFieldInfo& info, FieldValue value) {
  if (info.type == FieldType::number && std::holds_alternative<int64_t>(value)) {
    value = static_cast<double>(std::get<int64_t>(value));
  }
  ENSURE(value.index() == 0 || value.index() == alternative(info.type), "call field {} given another type ({})",
         info.name, value.index());
  if (auto* number = std::get_if<double>(&value)) *number += 0.0;  // minus nought equals nought, so it is nought
  return value;
}

// Infinities have no order that JSON could show, an unknown status has no rank, and no call takes less than no time:
// none of them is a word about a call.
bool meaningless(const CallFieldInfo& info, const FieldValue& value) {
  auto* secs = info.field == CallField::duration_secs ? std::get_if<double>(&value) : nullptr;
  if (secs != nullptr && !is_duration(*secs)) return true;
  if (auto* number = std::get_if<double>(&value)) return !std::isfinite(*number);
  if (info.merge != Merge::forward) return info.merge != Merge::newest && value.index() == 0;
  auto* status = std::get_if<std::string>(&value);
  return status == nullptr || !status_rank(*status);
}

int rank_of(const FieldValue& value) {
  auto* status = std::get_if<std::string>(&value);
  return status == nullptr ? -1 : status_rank(*status).value_or(-1);
}

struct Word {
  const FieldValue& value;
  const Stamp& stamp;
};

// Whether `b` stands over `a` when the value decides within an authority. An unknown value never stands.
bool stands_by_value(const Word& a, const Word& b, bool smaller_wins) {
  if (a.value.index() == 0 || b.value.index() == 0) return a.value.index() == 0 && b.value.index() != 0;
  if (a.stamp.authority != b.stamp.authority) return a.stamp.authority < b.stamp.authority;
  if (a.value != b.value) return (b.value < a.value) == smaller_wins;
  return a.stamp < b.stamp;
}

// One total order per policy: taking the greatest of any set of words is commutative, associative and idempotent.
bool stands_over(Merge policy, const Word& a, const Word& b) {
  switch (policy) {
    case Merge::fixed:
      return false;
    case Merge::newest:
      return a.stamp != b.stamp ? a.stamp < b.stamp : a.value < b.value;
    case Merge::earliest:
      return stands_by_value(a, b, true);
    case Merge::latest:
      return stands_by_value(a, b, false);
    case Merge::forward:
      return rank_of(a.value) != rank_of(b.value) ? rank_of(a.value) < rank_of(b.value) : a.stamp < b.stamp;
  }
  return false;
}

bool merge_entry(Call::Map& map, std::string_view key, std::string json, const Stamp& stamp) {
  auto found = map.find(key);
  if (found == map.end()) {
    bool shown = json != "null";
    map.emplace(std::string(key), Call::Entry{std::move(json), stamp});
    return shown;
  }
  Call::Entry& old = found->second;
  bool newer = old.stamp != stamp ? old.stamp < stamp : old.json < json;
  if (!newer) return false;
  bool changed = old.json != json;
  old = {std::move(json), stamp};
  return changed;
}

}  // namespace

std::string_view Call::text(CallField field) const {
  auto* value = std::get_if<std::string>(&get(field));
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

std::optional<int64_t> Call::integer(CallField field) const {
  auto* value = std::get_if<int64_t>(&get(field));
  return value == nullptr ? std::nullopt : std::optional(*value);
}

const std::string& Call::id() const {
  static const std::string kNone;
  auto* value = std::get_if<std::string>(&told(CallField::id));
  return value == nullptr ? kNone : *value;
}

const FieldValue& Call::standing(CallField field) const {
  const FieldValue* value = &told(field);
  Stamp stamp = stamps_[static_cast<size_t>(field)];
  Stamp next{kWholeCallAuthority, std::numeric_limits<int64_t>::max(), 0};
  for (const Said& said : said_) {
    auto word = said.fields.find(field);
    ++next.tie;
    if (word == said.fields.end()) continue;
    if (!stands_over(info_of(field).merge, {*value, stamp}, {word->second, next})) continue;
    value = &word->second;
    stamp = next;
  }
  return *value;
}

void Call::set(CallField field, FieldValue value, Stamp stamp) {
  auto at = static_cast<size_t>(field);
  values_[at] = checked(info_of(field), std::move(value));
  stamps_[at] = stamp;
}

bool Call::merge(CallField field, FieldValue value, const Stamp& stamp) {
  const CallFieldInfo& info = info_of(field);
  value = checked(info, std::move(value));
  auto at = static_cast<size_t>(field);
  if (meaningless(info, value)) return false;
  if (!stands_over(info.merge, {values_[at], stamps_[at]}, {value, stamp})) return false;
  bool changed = values_[at] != value;
  values_[at] = std::move(value);
  stamps_[at] = stamp;
  return changed;
}

void Call::rejuvenate(const Stamp& event) {
  auto lift = [&](Stamp& stamp) {
    const bool same_event = (stamp.tie & ~Stamp::kWriteBits) == (event.tie & ~Stamp::kWriteBits);
    if (same_event && stamp.tie != event.tie) stamp = std::max(stamp, {event.authority, event.time_ms, stamp.tie});
  };
  std::ranges::for_each(stamps_, lift);
  for (Map* map : {&variables_, &metadata_}) {
    for (auto& [key, entry] : *map) lift(entry.stamp);
  }
}

bool Call::merge_variable(std::string_view key, std::string json, const Stamp& stamp) {
  return merge_entry(variables_, key, std::move(json), stamp);
}

bool Call::merge_metadata(std::string_view key, std::string json, const Stamp& stamp) {
  return merge_entry(metadata_, key, std::move(json), stamp);
}

bool Call::add_external_id(std::string_view kind, std::string_view value) {
  if (value.empty()) return false;
  auto [at, added] = external_ids_.try_emplace(std::string(kind), value);
  if (added) return true;
  if (at->second <= value) return false;
  at->second = value;
  return true;
}

void Call::absorb(const Call& other) {
  for (const CallFieldInfo& info : call_fields()) {
    auto at = static_cast<size_t>(info.field);
    merge(info.field, other.values_[at], other.stamps_[at]);
  }
  for (const auto& [key, entry] : other.variables_) merge_variable(key, entry.json, entry.stamp);
  for (const auto& [key, entry] : other.metadata_) merge_metadata(key, entry.json, entry.stamp);
  for (const auto& [kind, value] : other.external_ids_) add_external_id(kind, value);
  absorb_said(other.said_);
}

}  // namespace hookswitch
