#include "engine/state/calls.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"

namespace hookswitch {
namespace {

std::unexpected<Error> unreadable(std::string_view id, const Error& error) {
  return fail(error.code, "read call {}: {}", id, error.message);
}

// Both sorted: removes what only the old call has, adds what only the new one has.
void put_differences(Writer& writer, const std::vector<std::string>& old_keys, const std::vector<std::string>& keys) {
  auto old_key = old_keys.begin();
  auto key = keys.begin();
  while (old_key != old_keys.end() || key != keys.end()) {
    bool old_only = key == keys.end() || (old_key != old_keys.end() && *old_key < *key);
    bool new_only = old_key == old_keys.end() || (key != keys.end() && *key < *old_key);
    if (old_only) writer.del(Table::call_index, *old_key);
    if (new_only) writer.put(Table::call_index, *key, {});
    if (!new_only) ++old_key;
    if (!old_only) ++key;
  }
}

void note_other_tenant(Writer& writer, const Call& before, const Call& now) {
  const std::string_view tenant = before.text(CallField::tenant);
  if (!tenant.empty() && tenant != now.text(CallField::tenant)) note_former_tenant(writer, now.id(), tenant);
}

uint64_t add_to_mark(uint64_t mark, const FieldValue& value) {
  if (auto* text = std::get_if<std::string>(&value)) return hash64(*text, mark + 1);
  if (auto* whole = std::get_if<int64_t>(&value)) return hash64({reinterpret_cast<const char*>(whole), 8}, mark + 2);
  return hash64({}, mark);  // unknown; other types are not filtered by
}

}  // namespace

uint64_t index_mark(const Call& call) {
  using enum CallField;
  constexpr std::array kIndexed{tenant,      source, agent_id, direction,  status,
                                disposition, intent, id,       started_at, created_at};
  uint64_t mark = 0;
  for (CallField field : kIndexed) mark = add_to_mark(mark, call.get(field));
  for (std::string_view phone : call_phones(call)) mark = hash64(phone, mark + 1);
  return mark;
}

Result<std::optional<Call>> get_call(const Reader& reader, std::string_view id) {
  auto row = reader.get(Table::calls, id);
  if (!row) return std::nullopt;
  auto call = Call::decode(*row);
  if (!call) return unreadable(id, call.error());
  return std::move(*call);
}

Status put_call(Writer& writer, const Call& call, std::optional<uint64_t> before) {
  const std::string& id = call.id();
  ENSURE(!id.empty() && id.size() <= limits::kIndexedTextBytes, "a call's id has {} bytes", id.size());
  if (before != index_mark(call)) {
    auto stored = get_call(writer, id);
    if (!stored) return std::unexpected(stored.error());
    auto old_keys = *stored ? call_index_keys(writer, **stored) : std::vector<std::string>();
    put_differences(writer, old_keys, call_index_keys(writer, call));
    if (*stored) note_other_tenant(writer, **stored, call);
  }
  writer.put(Table::calls, id, call.encode());
  return {};
}

Status rename_call(Writer& writer, std::string_view from, std::string_view to) {
  if (from == to) return {};
  auto old_call = get_call(writer, from);
  if (!old_call) return std::unexpected(old_call.error());
  auto before = get_call(writer, to);
  if (!before) return std::unexpected(before.error());
  std::string old_id(from);
  std::string new_id(to);
  if (*old_call) {
    Call whole = *before ? **before : Call();
    whole.set(CallField::id, new_id);
    whole.absorb(**old_call);
    if (auto put = put_call(writer, whole); !put) return put;
    note_other_tenant(writer, **old_call, whole);
  }
  move_call_links(writer, old_id, new_id);
  put_differences(writer, *old_call ? call_index_keys(writer, **old_call) : std::vector<std::string>(), {});
  writer.del(Table::calls, old_id);
  return {};
}

Result<bool> remove_call(Writer& writer, std::string_view id) {
  auto call = get_call(writer, id);
  if (!call) return std::unexpected(call.error());
  if (!*call) return false;
  std::string own_id(id);
  remove_call_links(writer, own_id);
  put_differences(writer, call_index_keys(writer, **call), {});
  return writer.del(Table::calls, own_id);
}

}  // namespace hookswitch
