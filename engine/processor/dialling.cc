#include "engine/processor/dialling.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/time_text.h"
#include "engine/calling/contact_list.h"
#include "engine/processor/batches.h"
#include "engine/processor/tasks.h"
#include "engine/state/campaigns.h"
#include "engine/state/contacts.h"
#include "engine/state/lines.h"
#include "engine/state/suppressions.h"
#include "engine/state/tasks.h"

namespace hookswitch {
namespace {

using Kind = DialVerdict::Kind;

constexpr int64_t kPausedMs = 30'000;  // then an attempt of a paused campaign looks again

bool is_dialled(const Action& action) { return action.type == "call" || action.type == "sms"; }

DialVerdict refuse(std::string code, std::string reason) {
  return {Kind::refuse, 0, std::move(code), std::move(reason)};
}

// Everything that is known of who is to be dialled.
struct Callee {
  DialNumber number;
  std::optional<Json> contact;
  std::optional<Task> task;
  Hours hours;
  CalleeClock clock;
};

// A contact says {"do_not_call": true} or {"consent": {"call": true, "sms": false}}.
Json consent_to(const Json& contact, const Action& action) {
  Json consents = contact.value("consent", Json());
  return consents.is_object() ? consents.value(action.type, Json()) : Json();
}

// A consent that is no object is about every type of action.
bool refuses_consent(const Json& contact, const Action& action) {
  Json consents = contact.value("consent", Json());
  return is_refused_consent(consents.is_object() ? consent_to(contact, action) : consents);
}

std::optional<DialVerdict> word_of(const Json& contact, const Action& action) {
  if (is_do_not_call(contact.value("do_not_call", Json())))
    return refuse("do_not_call", "the contact is not to be called");
  if (refuses_consent(contact, action)) {
    return refuse("no_consent", fmt::format("the contact does not consent to {}", action.type));
  }
  return std::nullopt;
}

// Of what is no tenant's everybody's word counts.
bool counts(const Json& contact, const Action& action) {
  std::string whose = json_text(contact, "tenant");
  return whose.empty() || action.tenant.empty() || whose == action.tenant;
}

// Who is meant: by the id that was given, else by the number.
std::optional<Json> contact_of(const Reader& reader, const Action& action, const std::string& number) {
  auto named = find_contact(reader, json_text(action.params, "contact_id"));
  if (named && counts(*named, action)) return named;
  return find_contact_by_phone(reader, number, [&](const Json& one) { return counts(one, action); });
}

// The action's own word, or its task's, else the tenant's.
Hours hours_of(const Action& action, const Callee& callee, const CallingPolicy& policy) {
  Json said = action.params.value("window", Json());
  if (said.is_null() && callee.task) said = callee.task->window;
  auto hours = said.is_null() ? Result<Hours>(Hours{policy.window, ""}) : read_hours(said);
  return hours ? *hours : Hours{policy.window, ""};
}

// What says most about where somebody is, comes first.
CalleeClock clock_of(const Callee& callee, const Tenancy& tenancy) {
  if (!callee.hours.timezone.empty()) return {{callee.hours.timezone}, {}};
  std::string own = callee.contact ? json_text(*callee.contact, "timezone") : "";
  if (!own.empty() && local_time(0, own)) return {{own}, {}};
  return clock_of_number(callee.number, tenancy.country, tenancy.timezone);
}

Callee callee_of(const Reader& reader, const Action& action, const Directory& directory) {
  Tenancy tenancy = directory.tenancy(action.tenant);
  Callee callee;
  callee.number = dial_number(json_text(action.params, "to"), tenancy.country);
  callee.contact = contact_of(reader, action, callee.number.number);
  if (!action.task.empty()) callee.task = find_task(reader, action.task);
  callee.hours = hours_of(action, callee, directory.calling(action.tenant));
  callee.clock = clock_of(callee, tenancy);
  return callee;
}

std::optional<DialVerdict> check_number(const Action& action, const Callee& callee, const CallingPolicy& policy) {
  NumberKind kind = callee.number.kind;
  std::string given = json_text(action.params, "to").substr(0, 40);
  if (kind == NumberKind::invalid)
    return refuse("invalid_number", fmt::format("\"{}\" is no telephone number that exists", given));
  if (kind == NumberKind::ordinary || policy.allow.contains(kind)) return std::nullopt;
  return refuse(fmt::format("{}_number", name(kind)),
                fmt::format("{} is of the kind {}, which calling.allow does not name", given, name(kind)));
}

// A no counts before all: of who is meant, and of everybody else who has the number.
std::optional<DialVerdict> check_contacts(const Reader& reader, const Action& action, const Callee& callee) {
  if (auto no = callee.contact ? word_of(*callee.contact, action) : std::nullopt) return no;
  auto other = find_contact_by_phone(
      reader, callee.number.number, [&](const Json& one) { return counts(one, action) && word_of(one, action); });
  return other ? word_of(*other, action) : std::nullopt;
}

std::optional<DialVerdict> check_consent(const Action& action, const Callee& callee, const CallingPolicy& policy) {
  if (!policy.consent_required || (callee.contact && consent_to(*callee.contact, action) == true)) return std::nullopt;
  return refuse("no_consent", fmt::format("nobody has said that the contact consents to {}", action.type));
}

// What is no tenant's minds what was asked of any of them.
std::optional<Suppression> suppression_of(const Reader& reader, const Action& action, const std::string& number,
                                          int64_t now_ms) {
  if (!action.tenant.empty()) return find_suppression(reader, number, action.tenant, now_ms);
  for (Suppression& one : suppressions_of(reader, number)) {
    if (one.holds(now_ms)) return std::move(one);
  }
  return std::nullopt;
}

std::optional<DialVerdict> check_suppressed(const Reader& reader, const Action& action, const Callee& callee,
                                            int64_t now_ms) {
  auto suppressed = suppression_of(reader, action, callee.number.number, now_ms);
  if (!suppressed) return std::nullopt;
  return refuse("do_not_call", suppressed->reason.empty() ? "the number is on the do-not-call list"
                                                          : "do-not-call list: " + suppressed->reason);
}

Dial dial_of(const Action& action, const Callee& callee) {
  return {callee.number.number, action.tenant, action.type, action.id};
}

// The moment from which one more call to this person is not too many, those that are planned being made.
int64_t not_too_often(const Reader& reader, const Action& action, const Callee& callee, const CallingPolicy& policy,
                      int64_t now_ms, std::span<const int64_t> planned_ms) {
  const std::string& zone = callee.clock.zones.front();
  auto from = last_midnight(now_ms, zone), to = next_midnight(now_ms, zone);
  if (policy.per_person <= 0 || !from || !to) return now_ms;
  auto planned = std::ranges::count_if(planned_ms, [&](int64_t at_ms) { return *from <= at_ms && at_ms < *to; });
  return count_dials(reader, dial_of(action, callee), *from, *to) + planned < policy.per_person ? now_ms : *to;
}

// An attempt that its task no longer waits for is not made: the person was reached, or another attempt is to come.
std::optional<DialVerdict> check_task(const Action& action, const Callee& callee) {
  if (action.id.empty() || !callee.task) return std::nullopt;
  TaskStatus status = callee.task->status;
  bool wanted = status == TaskStatus::in_progress || status == TaskStatus::failed || status == TaskStatus::exhausted;
  if (wanted && callee.task->action == action.id) return std::nullopt;
  return refuse("task_over", fmt::format("its task is {}", name(status)));
}

// Two tasks may turn out to be one, as the calls in their keys do.
std::optional<DialVerdict> check_same_task(const Reader& reader, const Callee& callee) {
  auto before = callee.task ? same_task_before(reader, *callee.task) : std::nullopt;
  if (!before) return std::nullopt;
  return refuse("duplicate", fmt::format("it is the same as the task {}, which is {}", before->id,
                                         name(before->status)));
}

// An attempt that waits for its turn waits as long as its campaign is paused or has stopped.
std::optional<DialVerdict> check_campaign(const Reader& reader, const Action& action, const Callee& callee,
                                          int64_t now_ms) {
  if (action.id.empty() || !callee.task || callee.task->campaign.empty()) return std::nullopt;
  auto campaign = find_campaign(reader, callee.task->campaign);
  if (!campaign) return std::nullopt;
  if (campaign->status != CampaignStatus::paused && campaign->status != CampaignStatus::stopped) return std::nullopt;
  return DialVerdict{Kind::later, now_ms + kPausedMs, "campaign_paused",
                     fmt::format("the campaign is {}", name(campaign->status))};
}

DialVerdict when(const Reader& reader, const Action& action, const Callee& callee, const CallingPolicy& policy,
                 int64_t now_ms, std::span<const int64_t> planned_ms) {
  // Who asks for a call by hand has decided the hour, unless they say when.
  if (action.rule == "command" && action.task.empty() && !action.params.contains("window")) return {};
  int64_t from_ms = not_too_often(reader, action, callee, policy, now_ms, planned_ms);
  auto open_ms = next_allowed(from_ms, callee.clock, callee.hours.window, policy.holidays);
  if (!open_ms) return refuse("never_open", "the calling window: " + open_ms.error().message);
  int64_t expires_ms = callee.task ? callee.task->expires_ms : 0;
  if (expires_ms > 0 && *open_ms >= expires_ms)
    return refuse("expired", fmt::format("it was to be done before {}", rfc3339(expires_ms)));
  if (*open_ms <= now_ms) return {};
  if (from_ms > now_ms)
    return {Kind::later, *open_ms, "too_often", fmt::format("already dialled {} times today", policy.per_person)};
  return {Kind::later, *open_ms, "outside_hours", fmt::format("outside the calling window in {}", text(callee.clock))};
}

void note_number(Writer& writer, const Action& action, int64_t at_ms, int64_t now_ms, const Directory& directory) {
  DialNumber number = dial_number(json_text(action.params, "to"), directory.tenancy(action.tenant).country);
  if (!number.number.empty()) note_dial(writer, {number.number, action.tenant, action.type, action.id}, at_ms, now_ms);
}

void spell_to(Json& params, std::string_view country) {
  DialNumber number = dial_number(json_text(params, "to"), country);
  if (number.kind != NumberKind::invalid) params["to"] = number.number;
}

}  // namespace

DialVerdict may_dial(const Reader& reader, const Action& action, int64_t now_ms, const Directory& directory,
                     std::span<const int64_t> planned_ms) {
  if (is_batch(action)) return may_dial_batch(reader, action, now_ms, directory);
  if (!is_dialled(action)) return {};
  const CallingPolicy& policy = directory.calling(action.tenant);
  Callee callee = callee_of(reader, action, directory);
  if (auto verdict = check_task(action, callee)) return *verdict;
  if (auto verdict = check_same_task(reader, callee)) return *verdict;
  if (auto verdict = check_number(action, callee, policy)) return *verdict;
  if (auto verdict = check_suppressed(reader, action, callee, now_ms)) return *verdict;
  if (auto verdict = check_contacts(reader, action, callee)) return *verdict;
  if (auto verdict = check_consent(action, callee, policy)) return *verdict;
  if (auto verdict = check_campaign(reader, action, callee, now_ms)) return *verdict;
  return when(reader, action, callee, policy, now_ms, planned_ms);
}

CalleeClock callee_clock(const Reader& reader, const Action& action, const Directory& directory) {
  return callee_of(reader, action, directory).clock;
}

void spell_callees(Action& action, std::string_view country) {
  spell_to(action.params, country);
  auto recipients = action.params.find("recipients");
  if (!is_batch(action) || recipients == action.params.end()) return;
  for (Json& recipient : *recipients) spell_to(recipient, country);
}

void note_dialled(Writer& writer, const Action& action, int64_t now_ms, const Directory& directory) {
  if (is_batch(action)) {
    const int64_t at_ms = batch_begins_ms(action, now_ms);
    for (const Action& call : calls_of_batch(action)) note_number(writer, call, at_ms, now_ms, directory);
  }
  if (is_dialled(action)) note_number(writer, action, now_ms, now_ms, directory);
  if (action.type == "call") hold_line(writer, action, now_ms, now_ms + directory.calling(action.tenant).deadline_ms);
}

}  // namespace hookswitch
