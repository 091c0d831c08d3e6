#include "engine/processor/tenant_records.h"

#include <algorithm>

#include "engine/state/agents.h"

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
  if (!record.source.empty() && directory_.by_source(record.source) == tenant_) return true;
  if (record.kind != RecordKind::delivery && record.kind != RecordKind::import) return false;
  auto events = decoder_.decode(record);
  if (!events || events->empty()) return marks_.in(record, blobs_);
  return std::ranges::any_of(*events, [&](const Event& event) { return is_theirs(event); });
}

// An agent says more than a number, as in Evaluator.
bool TenantRecords::is_theirs(const Event& event) {
  auto root = facts_.read(event.data);
  if (!root) return false;
  const EventData data(*root);
  const std::string agent(data.text(Member::agent_id));
  auto known = agent.empty() ? std::nullopt : find_agent(reader_, event.source, agent);
  std::string owner = known ? json_text(*known, "tenant") : "";
  if (owner.empty() && !agent.empty()) owner = directory_.by_agent(event.source, agent);
  if (!owner.empty()) return owner == tenant_;
  return directory_.by_number(data.text(Member::to)) == tenant_ ||
         directory_.by_number(data.text(Member::from)) == tenant_;
}

}  // namespace hookswitch
