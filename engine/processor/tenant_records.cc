#include "engine/processor/tenant_records.h"

#include <algorithm>

#include "engine/processor/belonging.h"
#include "engine/processor/evaluation.h"
#include "engine/processor/link.h"
#include "engine/state/actions.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"

namespace hookswitch {

TenantRecords::TenantRecords(const Reader& reader, const Directory& directory, const Decoder& decoder,
                             const Blobs& blobs, std::string tenant)
    : reader_(reader),
      directory_(directory),
      decoder_(decoder),
      blobs_(blobs),
      tenant_(std::move(tenant)),
      marks_("", "") {
  auto own = std::ranges::find(directory_.tenants(), tenant_, &Tenant::id);
  if (own == directory_.tenants().end()) return;
  for (const std::string& number : own->numbers) marks_.add_phone(number);
  for (const auto& [source, agent] : own->agents) marks_.add(agent);
}

bool TenantRecords::have(const RecordView& record) {
  if (record.kind == RecordKind::result) return owner_of_result(record) == tenant_;
  const bool from_theirs = !record.source.empty() && directory_.by_source(record.source) == tenant_;
  if (record.kind != RecordKind::delivery && record.kind != RecordKind::import) return from_theirs;
  auto events = decoder_.decode(record);
  if (!events || events->empty()) return from_theirs || marks_.in(record, blobs_);
  return std::ranges::any_of(*events, [&](const Event& event) { return owner_of(event) == tenant_; });
}

// A call says more than its event, for others may have told whose it is; unless it is one that the event's source may
// not speak about: then the event was refused, and is whose the source is. This tenant's own are not in the state any
// more.
std::string TenantRecords::owner_of(const Event& event) {
  auto root = facts_.read(event.data);
  if (!root) return std::string(directory_.by_source(event.source));
  const EventData data(*root);
  std::string owner;
  for (const auto& [kind, value] : told_ids(reader_, data)) {
    auto id = find_call_id(reader_, kind, value);
    auto call = id ? find_call(*id) : std::nullopt;
    if (!call) continue;
    if (!may_speak(reader_, directory_, event.source, data.text(Member::agent_id), *call))
      return std::string(directory_.by_source(event.source));
    if (owner.empty()) owner = call->text(CallField::tenant);
  }
  return owner.empty() ? tenant_of_event(reader_, directory_, event, data) : owner;
}

std::string TenantRecords::owner_of_result(const RecordView& record) const {
  std::string owner, call(record.header(":call"));
  if (auto action = find_action(reader_, record.header(":action"))) {
    owner = action->tenant;
    call = action->call;
  }
  if (owner.empty()) owner = owner_of_call(call);
  return owner.empty() ? std::string(directory_.by_source(record.source)) : owner;
}

std::optional<Call> TenantRecords::find_call(std::string_view id) const {
  auto known = id.empty() ? std::nullopt : resolve_call_id(reader_, id);
  auto call = known ? get_call(reader_, *known) : Result<std::optional<Call>>();
  return call ? std::move(*call) : std::nullopt;
}

std::string TenantRecords::owner_of_call(std::string_view id) const {
  auto call = find_call(id);
  return call ? std::string(call->text(CallField::tenant)) : "";
}

}  // namespace hookswitch
