#include "engine/processor/erased_rows.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/calling/contact_list.h"
#include "engine/calling/number.h"
#include "engine/processor/actions.h"
#include "engine/processor/campaigns.h"
#include "engine/processor/forget_call.h"
#include "engine/processor/link.h"
#include "engine/processor/tasks.h"
#include "engine/state/activity.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"
#include "engine/state/contacts.h"
#include "engine/state/lines.h"
#include "engine/state/suppressions.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

constexpr size_t kPlainSeenBytes = 16;  // state/seen.h: what is behind is an answer
constexpr const char* kReason = "erased";
constexpr const char* kPerson = "command";  // who asked, where no rule did
constexpr const char* kRefused = "asked not to be called";

// As dialling.cc reads it. A suppression forbids calls and messages alike: who refused one of them, and of whom nobody
// knows any more which, is left alone by both.
bool refuses_something(const Json& contact) {
  if (is_do_not_call(contact.value("do_not_call", Json()))) return true;
  const Json consents = contact.value("consent", Json());
  return consents.is_object() ? std::ranges::any_of(consents, is_refused_consent) : is_refused_consent(consents);
}

}  // namespace

void mask_call(Writer& writer, const Mentions& mentions, const std::string& id) {
  if (auto row = writer.get(Table::transcripts, id); row && mentions.in(*row))
    writer.put(Table::transcripts, id, mentions.masked(*row));
  auto row = writer.get(Table::calls, id);
  if (!row || !mentions.in(*row)) return;
  auto call = Call::decode(mentions.masked(*row));
  if (call && !put_call(writer, *call)) spdlog::warn("call {} cannot be written without the number", id);
}

void RowEraser::add_name(std::string_view name) {
  if (mentions_.add(name)) add_erasure_name(writer_, erasure_.id, name);
}

Status RowEraser::erase_call(const std::string& call_id) {
  std::vector<std::string> left{call_id};
  while (!left.empty()) {
    const std::string id = std::move(left.back());
    left.pop_back();
    const auto legs = external_ids_of(writer_, id, kLegId);
    if (auto erased = erase_one_call(id); !erased) return erased;
    for (const std::string& leg : legs) {
      if (auto own = resolve_call_id(writer_, leg)) left.push_back(std::move(*own));
    }
  }
  return {};
}

Status RowEraser::erase_one_call(const std::string& call_id) {
  auto call = get_call(writer_, call_id);
  if (!call) return std::unexpected(call.error());
  add_name(call_id);
  for (const std::string& id : former_ids_of(writer_, call_id)) add_name(id);
  for (const std::string& id : external_ids_of(writer_, call_id)) add_name(id);
  if (*call) {
    for (const auto& [kind, id] : (*call)->external_ids()) add_name(id);
  }
  auto gone = forget_call(writer_, call_id);
  if (!gone) return std::unexpected(gone.error());
  if (gone->activities > 0) erasure_.counts["activity"] += gone->activities;
  if (gone->transcript) count("transcripts");
  if (gone->recording) count("recordings");
  if (gone->call) count("calls");
  return {};
}

// The number goes, as it goes from the records that a rebuild makes the row of.
bool RowEraser::mask(Table table, const std::string& key, const std::string& value) {
  const std::string rest = mentions_.masked(value);
  if (mentions_.in(table, key, rest)) return false;
  const std::string call = call_of_others(table, key.substr(1));
  if (call.empty()) return false;
  writer_.put(table, key, rest);
  mask_call(writer_, mentions_, call);
  return true;
}

// On which the row hangs, if it goes to nobody who is to be forgotten; "" for any other. Their own calls are gone.
std::string RowEraser::call_of_others(Table table, const std::string& id) const {
  std::string of;
  if (table == Table::activity) {
    if (auto row = find_activity(writer_, id)) of = row->call;
  } else if (table == Table::actions) {
    auto action = find_action(writer_, id);
    if (action && !mentions_.in(json_text(action->params, "to"))) of = action->call;
  }
  auto call = of.empty() ? Result<std::optional<Call>>() : get_call(writer_, of);
  return call && *call ? of : "";
}

void RowEraser::erase(Table table, const std::string& key, const std::string& value) {
  if (mask(table, key, value)) return;
  const std::string rest = key.substr(1);
  switch (table) {
    case Table::contacts:
      return key[0] == 'c' ? erase_contact(json_text(parse_json(value), "id")) : void();
    case Table::tasks:
      return key[0] == 't' ? erase_task(rest) : void();
    case Table::actions:
      return key[0] == 'a' ? erase_action(rest) : void();
    case Table::activity:
      return key[0] == 'i' && remove_activity(writer_, rest) ? count("activity") : void();
    case Table::campaigns:
      return erase_campaign_row(key, value);
    case Table::timers: {
      ByteReader in(value);
      in.le<int64_t>();
      return key[0] == 'k' && cancel_timer(writer_, std::string(in.sized())) ? count("timers") : void();
    }
    case Table::suppressions:
      return erase_suppression(key);
    case Table::seen:
      return value.size() > kPlainSeenBytes ? writer_.put(table, key, value.substr(0, kPlainSeenBytes)) : void();
    case Table::audit: {
      Json row = parse_json(value);
      if (!row.is_object()) return;
      row["target"] = kReason;
      return writer_.put(table, key, dump(row));
    }
    case Table::commands:
      return key[0] == 'k' && writer_.del(table, key) ? count("answers") : void();
    default:
      if (writer_.del(table, key)) count(name(table));
  }
}

void RowEraser::erase_contact(const std::string& id) {
  add_name(id);
  const auto contact = find_contact(writer_, id);
  if (contact) {
    add_erasure_name(writer_, erasure_.id, contact_name(id));
    mentions_.add_contact(id);
  }
  const bool silent = contact && !erasure_.phone.empty() && !erasure_.suppressions && refuses_something(*contact);
  if (silent) keep_silent(*contact);
  if (remove_contact(writer_, id)) count("contacts");
}

// Their word that they are not to be called was in the contact's row; from now on it is on the do-not-call list.
void RowEraser::keep_silent(const Json& contact) {
  const std::string tenant = json_text(contact, "tenant");
  const std::string country = directory_.tenancy(tenant).country;
  for (const Json& phone : contact.value("phones", Json::array())) {
    const std::string said = phone.is_string() ? phone.get<std::string>() : "";
    const std::string number = mentions_.in(said) ? erasure_.phone : known_number(said, country);
    if (number.empty()) continue;  // nothing is dialled like this
    auto known = find_suppression(writer_, number, tenant, record_.time_ms);
    if (!known || known->until_ms != 0) put_suppression(writer_, {number, tenant, kRefused, 0, record_.time_ms});
    if (number != erasure_.phone) erasure_.silenced.push_back(number);
  }
}

// One that waits is taken back first, so that its campaign goes on without it.
void RowEraser::erase_task(const std::string& id) {
  auto task = find_task(writer_, id);
  if (!task) return;
  add_name(id);
  if (!is_final(task->status)) cancel_task(writer_, record_, *task, kReason);
  if (remove_task(writer_, id)) count("tasks");
}

// While its request is under way, or for as long as is asked what became of it, it may not be forgotten: the call may
// be ringing.
void RowEraser::erase_action(const std::string& id) {
  auto action = find_action(writer_, id);
  if (!action) return;
  add_name(id);
  const bool asked_for =
      action->status == ActionStatus::unknown && record_.time_ms - action->sent_ms < longest_doubt_ms();
  if (action->status == ActionStatus::sending || asked_for) {
    erasure_.busy = true;
    return;
  }
  if (!is_final(action->status)) cancel_action(writer_, record_, id, kReason);
  // Of nobody's call to a tenant's contact nothing else says that it is theirs.
  if (action->type == "call" && mentions_.is_contact(json_text(action->params, "contact_id"))) {
    if (auto erased = erase_call(action->call); !erased) spdlog::warn("erase a call: {}", erased.error().message);
  }
  release_line(writer_, id);
  if (action->rule == kPerson) add_name(record_name(action->made_seq));  // it need not name them
  if (remove_action(writer_, id)) count("actions");
}

// People keep their places in the list, for tasks are made by number.
void RowEraser::erase_campaign_row(const std::string& key, const std::string& value) {
  if (key[0] == 'p') {
    writer_.put(Table::campaigns, key, "{}");
    return count("campaign_entries");
  }
  if (key[0] != 'c') return;
  // It is of many people: only what its name and its words say of one of them goes.
  if (erasure_.tenant.empty()) return writer_.put(Table::campaigns, key, mentions_.masked(value));
  const Json row = parse_json(value);
  if (!row.is_object() || json_text(row, "tenant") != erasure_.tenant) return;
  add_name(json_text(row, "id"));
  if (remove_campaign(writer_, json_text(row, "id"))) count("campaigns");
}

void RowEraser::erase_suppression(const std::string& key) {
  const bool forgotten = key[0] == 'd' || erasure_.suppressions || !erasure_.tenant.empty();
  if (forgotten && writer_.del(Table::suppressions, key) && key[0] == 's') count("suppressions");
}

}  // namespace hookswitch
