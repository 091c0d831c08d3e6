#include "engine/processor/person_records.h"

#include <algorithm>
#include <array>

#include "engine/calling/number.h"
#include "engine/calling/phone.h"
#include "engine/processor/link.h"
#include "engine/state/agents.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"

namespace hookswitch {
namespace {

constexpr std::array<std::string_view, 5> kNumberMembers{"phone", "phones", "to", "from", "number"};

// What a command says of numbers, and of whose they are.
struct Asked {
  std::string tenant, source, agent_id;
  std::vector<std::string> numbers;
};

void take_text(std::string_view member, const std::string& text, Asked& asked) {
  auto take = [&](std::string_view name, std::string& into) {
    if (member == name && into.empty()) into = text;
  };
  take("tenant", asked.tenant);
  take("source", asked.source);
  take("agent_id", asked.agent_id);
  if (std::ranges::find(kNumberMembers, member) != kNumberMembers.end()) asked.numbers.push_back(text);
}

// What is in a list counts as if it had the list's name.
void read_asked(std::string_view member, const Json& value, Asked& asked) {
  if (value.is_string()) return take_text(member, value.get_ref<const std::string&>(), asked);
  if (!value.is_structured()) return;
  for (const auto& [name, inner] : value.items()) read_asked(value.is_array() ? member : name, inner, asked);
}

std::string owner_of_asked(const Reader& reader, const Directory& directory, const Asked& asked) {
  if (!asked.tenant.empty()) return asked.tenant;
  if (auto by_agent = directory.by_agent(asked.source, asked.agent_id); !by_agent.empty()) return std::string(by_agent);
  auto agent = asked.agent_id.empty() ? std::nullopt : find_agent(reader, asked.source, asked.agent_id);
  std::string owner = agent ? json_text(*agent, "tenant") : "";
  return owner.empty() ? std::string(directory.by_source(asked.source)) : owner;
}

}  // namespace

bool reads_as(const Directory& directory, std::string_view tenant, std::string_view text, const std::string& phone) {
  if (text.empty() || phone.empty()) return false;
  const std::string known = directory.tenancy(tenant).country;
  if (!known.empty()) return known_number(text, known) == phone;
  return std::ranges::any_of(directory.tenants(),
                             [&](const Tenant& one) { return known_number(text, one.country) == phone; });
}

PersonRecords::PersonRecords(const Reader& reader, const Directory& directory, const Decoder& decoder,
                             const Blobs& blobs, std::string phone)
    : reader_(reader),
      directory_(directory),
      decoder_(decoder),
      blobs_(blobs),
      phone_(std::move(phone)),
      digits_(phone_, ""),
      owners_(reader, directory, decoder, blobs, "") {
  for (const std::string& digits : national_digits(phone_)) digits_.add_phone(digits);
}

bool PersonRecords::have(const RecordView& record) {
  if (phone_.empty()) return false;
  return record.kind == RecordKind::command ? is_asked_in(record) : !events_of(record).empty();
}

std::vector<std::string> PersonRecords::call_ids_of(const RecordView& record) {
  std::vector<std::string> out;
  for (const Event& event : events_of(record)) {
    auto root = facts_.read(event.data);
    if (!root) continue;
    const auto ids = told_ids(reader_, EventData(*root));
    const auto is_others = [&](const auto& id) {
      auto call = find_call_id(reader_, id.first, id.second);
      return call && is_between_others(*call);
    };
    if (std::ranges::any_of(ids, is_others)) continue;
    for (const auto& [kind, value] : ids) out.push_back(value);
  }
  return out;
}

bool PersonRecords::is_asked_in(const RecordView& record) const {
  const Json body = parse_json(record.body);
  Asked asked;
  read_asked("", body, asked);
  if (asked.numbers.empty()) return false;
  const std::string owner = owner_of_asked(reader_, directory_, asked);
  return std::ranges::any_of(
      asked.numbers, [&](const std::string& number) { return reads_as(directory_, owner, number, phone_); });
}

// Those that are theirs.
std::vector<Event> PersonRecords::events_of(const RecordView& record) {
  const bool has_events = record.kind == RecordKind::delivery || record.kind == RecordKind::import;
  if (phone_.empty() || !has_events || !digits_.in(record, blobs_)) return {};
  auto events = decoder_.decode(record);
  if (!events) return {};
  std::erase_if(*events, [&](const Event& event) { return !is_of(event); });
  return std::move(*events);
}

bool PersonRecords::is_of(const Event& event) {
  auto root = facts_.read(event.data);
  if (!root) return false;
  const EventData data(*root);
  const std::string owner = owners_.owner_of(event);
  return reads_as(directory_, owner, data.text(Member::from), phone_) ||
         reads_as(directory_, owner, data.text(Member::to), phone_);
}

// A call of which only a recording was told is between nobody.
bool PersonRecords::is_between_others(std::string_view call_id) const {
  auto call = get_call(reader_, std::string(call_id));
  if (!call || !*call) return false;
  return !(*call)->text(CallField::from).empty() || !(*call)->text(CallField::to).empty();
}

}  // namespace hookswitch
