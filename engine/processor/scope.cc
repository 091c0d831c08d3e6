#include "engine/processor/scope.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "engine/base/limits.h"
#include "engine/calling/contact_list.h"
#include "engine/calling/task_wish.h"
#include "engine/processor/tasks.h"
#include "engine/processor/tenant_evidence.h"
#include "engine/rules/vocabulary.h"
#include "engine/state/actions.h"
#include "engine/state/agents.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"
#include "engine/state/contacts.h"
#include "engine/state/memory.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

// Tenants do not see each other; what belongs to nobody is seen by all. An event of nobody yet may be of any tenant's
// call, so it sees of people and calls only what is nobody's.
bool may_see(std::string_view who, std::string_view whose) { return whose.empty() || who == whose; }

// By its agent an event learns whose it is.
bool may_see_agent(std::string_view who, std::string_view whose) { return who.empty() || may_see(who, whose); }

Status check_memory(const MemoryPut& put) {
  if (put.json.size() <= limits::kRuleStateBytes) return {};
  return fail(Code::too_large, "keep \"{}\" in ctx.state: found {} bytes, expected at most {}", put.key,
              put.json.size(), limits::kRuleStateBytes);
}

// Lua has one empty table: as phones it is an empty list.
void list_phones(Json& row) {
  if (!row.is_object()) return;
  if (auto phones = row.find("phones"); phones != row.end() && phones->is_object() && phones->empty())
    *phones = Json::array();
}

// What the tables demand of a row, said to the rule that asks for it rather than when it is too late.
Status check_row(const char* what, const Json& row) {
  std::string id = row.is_object() && row.contains("id") && row["id"].is_string() ? row["id"].get<std::string>() : "";
  if (id.empty() || id.size() > limits::kIndexedTextBytes) {
    return fail(Code::invalid, "put a {}: found {}, expected a table with an `id` of 1 to {} bytes", what,
                dump(row).substr(0, 80), limits::kIndexedTextBytes);
  }
  Json phones = row.value("phones", Json::array());
  bool texts = phones.is_array() && std::ranges::all_of(phones, [](const Json& phone) { return phone.is_string(); });
  if (!texts)
    return fail(Code::invalid, "put the {} {}: found phones {}, expected a list of numbers as text", what, id,
                dump(phones));
  return {};
}

Status check_contact(const Json& row) {
  if (auto good = check_row("contact", row); !good) return good;
  if (auto good = check_callee(row); !good) return wrap(good.error(), "put the contact " + json_text(row, "id"));
  return {};
}

// What an event does not see it does not replace: the row would be taken from its tenant, with all that it says.
Status refuse_unseen(const char* what, const std::string& id, const std::string& tenant) {
  return fail(Code::conflict, "put the {} {}: found another tenant's under this id, expected {}", what, id,
              tenant.empty() ? "nobody's" : tenant + "'s or nobody's");
}

}  // namespace

std::optional<Call> Scope::find_call(std::string_view id) {
  auto known = resolve_call_id(reader_, id);
  if (!known) return std::nullopt;
  if (evaluation_.about_call && *known == evaluation_.call.id()) return evaluation_.call;
  auto call = get_call(reader_, *known);
  if (!call || !*call || !may_see(tenancy().tenant, (*call)->text(CallField::tenant))) return std::nullopt;
  return **call;
}

std::optional<Json> Scope::contact(std::string_view id) {
  if (auto found = contacts_.find(id); found != contacts_.end()) return found->second;
  auto known = hookswitch::find_contact(reader_, id);
  if (known && !may_see(tenancy().tenant, json_text(*known, "tenant"))) known.reset();
  return known;
}

std::optional<Json> Scope::find_contact(std::string_view phone) {
  for (const auto& [id, contact] : contacts_) {
    if (contact && has_phone(*contact, phone)) return contact;
  }
  auto known = find_contact_by_phone(reader_, phone, tenancy().tenant);
  return known ? contact(json_text(*known, "id")) : std::nullopt;
}

std::optional<Json> Scope::agent(std::string_view id) {
  if (auto found = agents_.find(id); found != agents_.end()) return found->second;
  auto known = hookswitch::find_agent(reader_, event_.source, id);
  if (known && !may_see_agent(tenancy().tenant, json_text(*known, "tenant"))) known.reset();
  return known;
}

std::optional<Json> Scope::find_agent(std::string_view phone) {
  for (const auto& [id, agent] : agents_) {
    if (agent && has_phone(*agent, phone)) return agent;
  }
  auto known = find_agent_by_phone(reader_, phone, tenancy().tenant);
  if (known && agents_.contains(json_text(*known, "id"))) known.reset();  // put anew without this number
  return known;
}

std::optional<std::string> Scope::memory(std::string_view rule, std::string_view key) {
  if (auto found = memory_.find({std::string(rule), std::string(key)}); found != memory_.end()) return found->second;
  auto json = get_memory(reader_, rule, key);
  return json ? std::optional<std::string>(*json) : std::nullopt;
}

std::optional<Json> Scope::timer(std::string_view key) {
  if (auto found = timers_.find(key); found != timers_.end()) return found->second;
  auto timer = find_timer(reader_, key);
  if (!timer) return std::nullopt;
  return Json{{"key", std::string(key)},
              {"at", timer->due_ms},
              {"name", timer->name},
              {"data", parse_json(timer->data).value("data", Json())}};
}

// By its id, so that it is the same by whichever name a rule calls it.
std::optional<Json> Scope::task(std::string_view key_or_id) {
  if (auto asked = tasks_.find(key_or_id); asked != tasks_.end()) return asked->second;
  auto known = resolve_task(reader_, tenancy().tenant, key_or_id);
  std::string id = known ? known->id : task_id_of(tenancy().tenant, key_or_id);
  if (auto found = tasks_.find(id); found != tasks_.end()) return found->second;
  if (!known) return std::nullopt;
  return known->seen_by_rules();
}

// An event that shows two rows to be one call knows them as one before they are.
std::vector<std::string> Scope::ids_of(std::string_view call_id) {
  if (!evaluation_.about_call) return ids_of_call(reader_, call_id);
  if (own_ids_.empty()) {
    own_ids_ = former_ids_of(reader_, evaluation_.call.id());
    for (const std::string& row : evaluation_.absorbed) {
      own_ids_.push_back(row);
      std::ranges::move(former_ids_of(reader_, row), std::back_inserter(own_ids_));
    }
    std::ranges::sort(own_ids_);
    std::erase(own_ids_, evaluation_.call.id());
    own_ids_.insert(own_ids_.begin(), evaluation_.call.id());
  }
  return std::ranges::find(own_ids_, call_id) == own_ids_.end() ? ids_of_call(reader_, call_id) : own_ids_;
}

std::vector<std::string> Scope::spellings(std::string_view key) {
  return key_spellings(key, [this](std::string_view call_id) { return ids_of(call_id); });
}

bool Scope::has_action(std::string_view id) { return find_action(reader_, id).has_value(); }

// Checked here, where the rule can still be told. What waits is changed, what does not exist is made, what is under way
// or has ended stays.
Status Scope::plan_task(TaskSchedule& schedule) {
  auto wish = read_task_wish(schedule.wish, tenancy().country);
  if (!wish) return wrap(wish.error(), "schedule a task");
  if (!wish->contains("key")) return fail(Code::invalid, "schedule a task: found no key, expected one");
  schedule.wish = std::move(*wish);
  std::string key = schedule.wish["key"].get<std::string>();
  Json seen = task(key).value_or(Json{{"id", task_id_of(tenancy().tenant, key)}, {"attempts", 0}});
  if (seen.value("status", "scheduled") != "scheduled") return {};
  seen.update(schedule.wish);
  seen["status"] = "scheduled";
  tasks_[seen["id"].get<std::string>()] = seen;
  return {};
}

Status Scope::plan_contact(Json& row) {
  const std::string id = json_text(row, "id");
  auto before = hookswitch::find_contact(reader_, id);
  if (before && !may_see(tenancy().tenant, json_text(*before, "tenant")))
    return refuse_unseen("contact", id, tenancy().tenant);
  claim(row);
  spell_phones(row, country_of(row));
  contacts_[id] = row;
  return {};
}

// One without a source serves every source, also where the new row would stand before it.
Status Scope::plan_agent(Json& row) {
  const std::string id = json_text(row, "id");
  if (!row.contains("source")) row["source"] = event_.source;
  auto before = hookswitch::find_agent(reader_, json_text(row, "source"), id);
  if (before && !may_see_agent(tenancy().tenant, json_text(*before, "tenant")))
    return refuse_unseen("agent", id, tenancy().tenant);
  claim(row);
  spell_phones(row, country_of(row));
  agents_[id] = row;
  return {};
}

void Scope::see_task(const std::string& key_or_id, const char* status) {
  auto seen = task(key_or_id);
  if (!seen) return;
  (*seen)["status"] = status;
  (*seen)["decided"] = true;
  tasks_[seen->value("id", "")] = *seen;
}

Status Scope::check(const Effect& effect) const {
  if (const auto* asked = std::get_if<ActionAsk>(&effect.wish); asked != nullptr && asked->type == "emit") {
    std::string sink = asked->params.value("sink", "");
    if (!has_sink(sink))
      return fail(Code::invalid, "emit to sink \"{}\": it is not configured; ctx.has_sink tells that beforehand", sink);
  }
  if (evaluation_.effects.size() >= limits::kEffectsPerEvent) {
    return fail(Code::too_large, "ask for an effect: found more than {} in one event", limits::kEffectsPerEvent);
  }
  if (const auto* put = std::get_if<MemoryPut>(&effect.wish)) return check_memory(*put);
  if (const auto* put = std::get_if<ContactPut>(&effect.wish)) return check_contact(put->contact);
  if (const auto* put = std::get_if<AgentPut>(&effect.wish)) return check_row("agent", put->agent);
  return {};
}

bool Scope::follow(const RuleInfo& rule) {
  if (precedent_ == nullptr || !precedent_->holds(rule)) return false;
  for (const Effect& effect : precedent_->effects) {
    if (effect.rule == rule.name) std::ignore = add(effect);
  }
  return true;
}

Status Scope::add(Effect effect) {
  if (auto* put = std::get_if<ContactPut>(&effect.wish)) list_phones(put->contact);
  if (auto* put = std::get_if<AgentPut>(&effect.wish)) list_phones(put->agent);
  if (auto status = check(effect); !status) return status;
  if (const auto* update = std::get_if<CallUpdate>(&effect.wish)) {
    if (auto status = update_call(*update, effect.rule, effect.per_call); !status) return status;
  } else if (auto* contact = std::get_if<ContactPut>(&effect.wish)) {
    if (auto status = plan_contact(contact->contact); !status) return status;
  } else if (auto* agent = std::get_if<AgentPut>(&effect.wish)) {
    if (auto status = plan_agent(agent->agent); !status) return status;
  } else if (const auto* put = std::get_if<MemoryPut>(&effect.wish)) {
    memory_[{effect.rule, put->key}] = put->json;
  } else if (const auto* drop = std::get_if<MemoryDelete>(&effect.wish)) {
    memory_[{effect.rule, drop->key}] = std::nullopt;
  } else if (const auto* timer = std::get_if<TimerSet>(&effect.wish)) {
    timers_[timer->key] = Json{{"key", timer->key}, {"at", timer->at_ms}, {"name", timer->name}, {"data", timer->data}};
  } else if (const auto* cancel = std::get_if<TimerCancel>(&effect.wish)) {
    timers_[cancel->key] = std::nullopt;
  } else if (auto* schedule = std::get_if<TaskSchedule>(&effect.wish)) {
    if (auto status = plan_task(*schedule); !status) return status;
  } else if (const auto* complete = std::get_if<TaskComplete>(&effect.wish)) {
    see_task(complete->task, "completed");
  } else if (const auto* taken_back = std::get_if<TaskCancel>(&effect.wish)) {
    see_task(taken_back->task, "canceled");
  } else if (const auto* again = std::get_if<TaskRetry>(&effect.wish)) {
    see_task(again->task, "scheduled");
  } else if (const auto* reply = std::get_if<Reply>(&effect.wish)) {
    evaluation_.reply = reply->reply;
  }
  evaluation_.effects.push_back(std::move(effect));
  return {};
}

// A row belongs to the tenant of the event that made it, unless the rule says otherwise.
void Scope::claim(Json& row) const {
  if (!row.contains("tenant") && !tenancy().tenant.empty()) row["tenant"] = tenancy().tenant;
}

// Of numbers without a country code; of another tenant's the directory knows, when the row is written.
std::string Scope::country_of(const Json& row) const {
  return json_text(row, "tenant") == tenancy().tenant ? tenancy().country : "";
}

bool Scope::begin_whole_call() {
  said_before_ = evaluation_.call.take_said();
  renew_tenancy();
  return !said_before_.empty();
}

bool Scope::say_again(std::string_view rule) {
  auto said = std::ranges::find(said_before_, rule, &Said::rule);
  if (said == said_before_.end()) return false;
  evaluation_.call.say_again(std::move(*said));
  renew_tenancy();
  return true;
}

// What follows in this event is of the tenant that was named.
void Scope::renew_tenancy() {
  const std::string_view tenant = evaluation_.call.text(CallField::tenant);
  if (tenant != evaluation_.tenancy.tenant) evaluation_.tenancy = directory_.tenancy(tenant);
}

Status Scope::update_field(const std::string& name, const Json& value, const std::string& rule, bool per_call,
                           Stamp stamp) {
  Call& call = evaluation_.call;
  if (name != kLikelyTenant) return per_call ? call.say(rule, name, value) : call.update(name, value, stamp);
  if (!per_call) return call.update("tenant", value, likely_tenant_stamp(event_));
  return fail(Code::invalid, "update call: found {} in a rule with per = \"call\", expected tenant", kLikelyTenant);
}

Status Scope::update_call(const CallUpdate& update, const std::string& rule, bool per_call) {
  if (!evaluation_.about_call)
    return fail(Code::invalid, "update the call: the event {} is about no call", event_.type);
  const Stamp stamp = rule_stamp(event_, writes_++);
  for (const auto& [name, value] : update.fields.items()) {
    if (auto status = update_field(name, value, rule, per_call, stamp); !status) return status;
  }
  renew_tenancy();
  return {};
}

}  // namespace hookswitch
