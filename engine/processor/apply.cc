#include "engine/processor/apply.h"

#include <algorithm>
#include <map>

#include "engine/base/hash.h"
#include "engine/calling/contact_list.h"
#include "engine/processor/actions.h"
#include "engine/processor/dialling.h"
#include "engine/processor/restored.h"
#include "engine/processor/tasks.h"
#include "engine/state/activity.h"
#include "engine/state/agents.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"
#include "engine/state/contacts.h"
#include "engine/state/kpis.h"
#include "engine/state/memory.h"
#include "engine/state/recordings.h"
#include "engine/state/seen.h"
#include "engine/state/timers.h"
#include "engine/state/transcripts.h"

namespace hookswitch {
namespace {

constexpr size_t kActivityIdDigits = 24;

std::string event_hash(const Event& event) { return hash128(event.source + '\0' + event.id); }

// Whole-call entries are named after the call, so that they can be replaced; others after the event.
std::string activity_id(const std::string& about, const std::string& rule, size_t n) {
  return "act_" + to_hex(hash128(about + '\0' + rule + '\0' + std::to_string(n))).substr(0, kActivityIdDigits);
}

// A feed entry of a whole call belongs to the time of the call, whichever delivery completed it.
int64_t activity_time(const ActivityAdd& add, const Event& event, const Evaluation& evaluation, bool per_call) {
  if (add.time_ms) return *add.time_ms;
  if (!per_call) return event.time_ms;
  auto ended = evaluation.call.integer(CallField::ended_at);
  return ended.value_or(evaluation.call.integer(CallField::started_at).value_or(event.time_ms));
}

// The hour a call counts in is the hour it began.
int64_t anchor_of(const Event& event, const Evaluation& evaluation) {
  if (!evaluation.about_call) return event.time_ms;
  return evaluation.call.integer(CallField::started_at).value_or(event.time_ms);
}

struct NewShare {
  Share share;
  std::vector<Activity> activities;
};

std::optional<KpiShare> kpi_share(const Wish& wish) {
  auto make = [](const auto& kpi, bool observed) -> std::optional<KpiShare> {
    auto dimensions = encode_dimensions(kpi.dimensions);
    if (!dimensions) return std::nullopt;  // the rule API has checked them
    return KpiShare{kpi.name, *dimensions, {kpi.micros, observed}};
  };
  if (const auto* add = std::get_if<KpiAdd>(&wish)) return make(*add, false);
  if (const auto* observe = std::get_if<KpiObserve>(&wish)) return make(*observe, true);
  return std::nullopt;
}

// The effects that count or tell, gathered by rule; whole-call rules that said nothing have an empty share.
std::map<std::string, NewShare> gather(const Event& event, const Evaluation& evaluation) {
  std::map<std::string, NewShare> out;
  auto share_of = [&](const std::string& rule, bool per_call) -> NewShare& {
    auto [found, made] = out.try_emplace(rule);
    if (made) {
      Share& share = found->second.share;
      share.rule = rule;
      if (!per_call) share.event = event_hash(event);
      share.tenant = evaluation.tenancy.tenant;
      share.anchor_ms = anchor_of(event, evaluation);
    }
    return found->second;
  };
  for (const std::string& rule : evaluation.whole_call_rules) share_of(rule, true);
  for (const Effect& effect : evaluation.effects) {
    if (auto kpi = kpi_share(effect.wish)) share_of(effect.rule, effect.per_call).share.kpis.push_back(std::move(*kpi));
    const auto* add = std::get_if<ActivityAdd>(&effect.wish);
    if (add == nullptr) continue;
    NewShare& share = share_of(effect.rule, effect.per_call);
    Activity activity;
    activity.id =
        activity_id(effect.per_call ? evaluation.call.id() : event_hash(event), effect.rule, share.activities.size());
    activity.tenant = evaluation.tenancy.tenant;
    if (evaluation.about_call) activity.call = evaluation.call.id();
    activity.time_ms = activity_time(*add, event, evaluation, effect.per_call);
    activity.json = dump(add->entry);
    share.share.activities.push_back(activity.id);
    share.activities.push_back(std::move(activity));
  }
  return out;
}

void put_activities(Writer& writer, const std::vector<Activity>& activities, Changed& changed) {
  for (const Activity& activity : activities) {
    if (find_activity(writer, activity.id) == activity) continue;
    put_activity(writer, activity);
    changed.activities.push_back(activity.id);
  }
}

void note_kpis(const Share& share, Changed& changed) {
  for (const KpiShare& kpi : share.kpis) {
    if (std::ranges::find(changed.kpis, kpi.name) == changed.kpis.end()) changed.kpis.push_back(kpi.name);
  }
}

// The entries of a share for a whole call become those of this one.
void rename_activities(Writer& writer, Share& share, const std::string& call_id) {
  for (size_t n = 0; n < share.activities.size(); ++n) {
    std::string& id = share.activities[n];
    auto entry = find_activity(writer, id);
    remove_activity(writer, id);
    id = activity_id(call_id, share.rule, n);
    if (!entry) continue;
    entry->id = id;
    put_activity(writer, *entry);
  }
}

// Rows that turned out to be this call bring what they contributed. What a rule said of one of them as a whole call
// stands, as its words do, until it runs again; said of this one too, it would count twice.
Status absorb_shares(Writer& writer, const std::vector<std::string>& absorbed, const std::string& call_id,
                     Shares& shares) {
  for (const std::string& id : absorbed) {
    auto theirs = load_shares(writer, id);
    if (!theirs) return std::unexpected(theirs.error());
    for (Share& share : *theirs) {
      const bool whole = share.event.empty();
      auto is_rival = [&](const Share& own) { return own.event.empty() && own.rule == share.rule; };
      if (whole && std::ranges::any_of(shares, is_rival)) {
        withdraw_share(writer, share);
        continue;
      }
      if (whole) rename_activities(writer, share, call_id);
      shares.push_back(std::move(share));
    }
    store_shares(writer, id, {});
  }
  return {};
}

bool is_task_wish(const Wish& wish) {
  return std::holds_alternative<TaskSchedule>(wish) || std::holds_alternative<TaskComplete>(wish) ||
         std::holds_alternative<TaskCancel>(wish) || std::holds_alternative<TaskRetry>(wish);
}

// An event about a call of the task speaks of the attempt that made that call: its action, or "".
std::string attempt_of(const Task& task, const Evaluation& evaluation) {
  std::string action;
  if (!evaluation.about_call || evaluation.call.text(CallField::task_id) != task.id) return action;
  for (const auto& [kind, value] : evaluation.call.external_ids()) {
    if (kind == "action") action = value;
  }
  return action;
}

// Who completes it, where that is said of its last attempt.
std::string completing_rule(const std::string& rule, const Task& task, const Evaluation& evaluation) {
  return !task.action.empty() && attempt_of(task, evaluation) == task.action ? rule : "";
}

// Sources that are configured until it is due do not change where it goes.
std::string source_of_task(const Sources& sources, const Directory& directory, const Json& wish,
                           std::string_view tenant) {
  std::string channel = json_text(wish, "channel");
  auto source = source_to_keep(sources, channel.empty() ? "call" : channel, json_text(wish, "source"),
                               directory.usual_source(tenant));
  return source.value_or("");
}

// What the timer's event will have as data: what the rule gave, and under `timer` whose it is.
std::string timer_data(const TimerSet& set, const Evaluation& evaluation) {
  Json data = set.data.is_object() ? set.data : Json::object();
  Json timer{{"key", set.key}};
  if (evaluation.about_call) timer["call"] = evaluation.call.id();
  if (!evaluation.tenancy.tenant.empty()) timer["tenant"] = evaluation.tenancy.tenant;
  data["timer"] = std::move(timer);
  return dump(data);
}

// A rule for whole calls says its timers again each time it runs: those that have fired for the call do not fire again,
// whatever time a later delivery gives them.
bool has_fired(const Reader& reader, const std::string& timer_key, const std::string& call_id) {
  auto ids_of = [&](std::string_view id) { return ids_of_call(reader, id); };
  const auto keys = key_spellings(timer_key, ids_of);
  return std::ranges::any_of(ids_of(call_id), [&](const std::string& id) {
    auto fired = [&](const std::string& key) { return find_seen(reader, fired_hash(key, id)).has_value(); };
    return std::ranges::any_of(keys, fired);
  });
}

// What a doubtful event sets for the time before the restore may have fired already, and is as doubtful.
void put_timer(Writer& writer, Timer timer, bool doubtful) {
  if (doubtful && may_have_come(writer, timer.due_ms)) mark_restored(timer);
  set_timer(writer, timer);
}

// As people are looked up, by the numbers of their own tenant's country.
Json spelled(Json row, const Directory& directory) {
  spell_phones(row, directory.tenancy(json_text(row, "tenant")).country);
  return row;
}

void hold(Action& action) {
  action.status = ActionStatus::held;
  action.code = kRestoredCode;
  action.reason = kRestoredReason;
}

}  // namespace

const LocalZone& Applier::zone(const std::string& name) {
  auto found = zones_.find(name);
  if (found == zones_.end()) {
    found = zones_.emplace(name, LocalZone::find(name).value_or(LocalZone::utc())).first;
  }
  return found->second;
}

Result<Changed> Applier::apply(Writer& writer, const RecordView& record, const Event& event,
                               const Evaluation& evaluation) {
  const bool doubtful = may_be_done(writer, record, event);
  auto actions = asked_actions(record, evaluation, doubtful);
  if (!actions) return std::unexpected(actions.error());
  Changed changed;
  if (evaluation.about_call) {
    if (auto put = put_call_rows(writer, event, evaluation, changed); !put) return std::unexpected(put.error());
  }
  if (auto put = put_shares(writer, event, evaluation, changed); !put) return std::unexpected(put.error());
  if (auto put = put_loose(writer, record, evaluation, std::move(*actions), doubtful); !put)
    return std::unexpected(put.error());
  return changed;
}

Status Applier::put_call_rows(Writer& writer, const Event& event, const Evaluation& evaluation, Changed& changed) {
  const std::string& id = evaluation.call.id();
  changed.call = id;
  for (const std::string& old : evaluation.absorbed) {
    if (auto renamed = rename_call(writer, old, id); !renamed) return renamed;
    move_transcript(writer, old, id);
    move_recording(writer, old, id);
  }
  if (auto put = put_call(writer, evaluation.call, evaluation.stored_mark); !put) return put;
  for (const auto& [kind, value] : evaluation.ids) {
    if (find_call_id(writer, kind, value) != id) link_call(writer, kind, value, id);
  }
  if (!directory_.by_source(event.source).empty()) note_call_source(writer, id, event.source);
  if (evaluation.turns) {
    changed.transcript = merge_transcript(writer, id, {event_stamp(event), evaluation.turns->json});
  }
  return {};
}

Status Applier::put_shares(Writer& writer, const Event& event, const Evaluation& evaluation, Changed& changed) {
  auto fresh = gather(event, evaluation);
  const LocalZone& local = zone(evaluation.tenancy.timezone);
  for (auto& [rule, one] : fresh) one.share.hour_ms = local.start_of(Period::hour, one.share.anchor_ms);
  if (!evaluation.about_call) {
    for (auto& [rule, one] : fresh) {
      add_share(writer, one.share);
      put_activities(writer, one.activities, changed);
      note_kpis(one.share, changed);
    }
    return {};
  }
  auto shares = load_shares(writer, evaluation.call.id());
  if (!shares) return std::unexpected(shares.error());
  if (auto absorbed = absorb_shares(writer, evaluation.absorbed, evaluation.call.id(), *shares); !absorbed) return absorbed;
  bool changes = !evaluation.absorbed.empty();
  changes |= move_shares(writer, *shares,
                         {evaluation.tenancy.tenant, evaluation.call.id(), anchor_of(event, evaluation), local});
  for (auto& [rule, one] : fresh) {
    bool unchanged = std::ranges::find(*shares, one.share) != shares->end();
    if (!unchanged) {
      if (one.share.event.empty()) changes |= withdraw_rule(writer, *shares, rule) > 0;
      note_kpis(one.share, changed);
      add_share(writer, one.share);
      const bool says = !one.share.kpis.empty() || !one.share.activities.empty();
      if (says) shares->push_back(one.share);
      changes |= says;
    }
    put_activities(writer, one.activities, changed);
  }
  if (changes) store_shares(writer, evaluation.call.id(), *shares);
  return {};
}

// Effects that stand for themselves. `actions` are those of the effects that ask for one, in order.
Status Applier::put_loose(Writer& writer, const RecordView& record, const Evaluation& evaluation,
                          std::vector<Action> actions, bool doubtful) {
  auto action = actions.begin();
  for (const Effect& effect : evaluation.effects) {
    Status done;
    if (const auto* set = std::get_if<TimerSet>(&effect.wish)) {
      if (effect.per_call && has_fired(writer, set->key, evaluation.call.id())) continue;
      put_timer(writer, {set->key, set->at_ms, set->name, timer_data(*set, evaluation), record.seq}, doubtful);
    } else if (const auto* cancel = std::get_if<TimerCancel>(&effect.wish)) {
      cancel_timer(writer, cancel->key);
    } else if (const auto* ask = std::get_if<ActionAsk>(&effect.wish)) {
      auto made = make_action(writer, record, ask->about, std::move(*action++));
      if (!made) done = std::unexpected(made.error());
    } else if (is_task_wish(effect.wish)) {
      put_task_wish(writer, record, effect, evaluation, doubtful);
    } else if (const auto* contact = std::get_if<ContactPut>(&effect.wish)) {
      done = put_contact(writer, spelled(contact->contact, directory_));
    } else if (const auto* agent = std::get_if<AgentPut>(&effect.wish)) {
      done = put_agent(writer, spelled(agent->agent, directory_));
    } else if (const auto* put = std::get_if<MemoryPut>(&effect.wish)) {
      done = put_memory(writer, effect.rule, put->key, put->json);
    } else if (const auto* drop = std::get_if<MemoryDelete>(&effect.wish)) {
      remove_memory(writer, effect.rule, drop->key);
    }
    if (!done) return done;
  }
  return {};
}

// A task of which nobody knows whether it was done already is made, and canceled; so is one that is moved to such a
// time.
void Applier::put_task_wish(Writer& writer, const RecordView& record, const Effect& effect,
                            const Evaluation& evaluation, bool doubtful) {
  const std::string& tenant = evaluation.tenancy.tenant;
  if (const auto* schedule = std::get_if<TaskSchedule>(&effect.wish)) {
    const auto before = find_task(writer, task_id_of(tenant, json_text(schedule->wish, "key")));
    TaskAsker asker{tenant, effect.rule, record.time_ms};
    if (!before) asker.source = source_of_task(sources_, directory_, schedule->wish, tenant);
    Task task = schedule_task(writer, schedule->wish, asker, directory_.calling(tenant));
    const bool moved = before && before->next_ms != task.next_ms && may_have_come(writer, task.next_ms);
    if (doubtful && (!before || moved)) cancel_task(writer, record, std::move(task), kRestoredReason);
  } else if (const auto* complete = std::get_if<TaskComplete>(&effect.wish)) {
    auto task = resolve_task(writer, tenant, complete->task);
    if (task) complete_task(writer, record, *task, complete->outcome, completing_rule(effect.rule, *task, evaluation));
  } else if (const auto* cancel = std::get_if<TaskCancel>(&effect.wish)) {
    auto task = resolve_task(writer, tenant, cancel->task);
    if (task) cancel_task(writer, record, *task, cancel->reason);
  } else if (const auto* again = std::get_if<TaskRetry>(&effect.wish)) {
    auto task = resolve_task(writer, tenant, again->task);
    if (!task) return;
    AttemptOutcome ended{.outcome = again->outcome, .at_ms = again->at_ms};
    ended.action = attempt_of(*task, evaluation);
    ended.rule = effect.rule;
    const bool moved = retry_task(writer, *task, ended, record.time_ms);
    if (moved && doubtful) cancel_task(writer, record, *find_task(writer, task->id), kRestoredReason);
  }
}

void Applier::check(const RecordView& record, Evaluation& evaluation) const {
  for (const Effect& effect : evaluation.effects) {
    if (evaluation.failure) return;
    if (!std::holds_alternative<ActionAsk>(effect.wish)) continue;
    auto action = asked_action(record, effect, evaluation);
    if (action) continue;
    evaluation.failure = action.error().message;
    evaluation.failed_rule = effect.rule;
  }
}

// What cannot be asked for is found before anything is written, so that an event is applied as a whole or not at all.
Result<std::vector<Action>> Applier::asked_actions(const RecordView& record, const Evaluation& evaluation,
                                                   bool doubtful) const {
  std::vector<Action> actions;
  for (const Effect& effect : evaluation.effects) {
    if (!std::holds_alternative<ActionAsk>(effect.wish)) continue;
    auto action = asked_action(record, effect, evaluation);
    if (!action) return std::unexpected(action.error());
    if (doubtful && action->type != "emit") hold(*action);
    actions.push_back(std::move(*action));
  }
  return actions;
}

// The source of the event, else that of its call. Where neither can do it and several others can, the action is made
// without one, and its claim says so: it waits or is refused by itself, and the event's other effects stand.
Status Applier::choose_source(Action& action, const std::string& wanted, const RecordView& record,
                              const Evaluation& evaluation) const {
  auto source = source_for(sources_, action.type, wanted, record.source);
  if (!source && !wanted.empty()) return std::unexpected(source.error());
  if (!source) source = source_for(sources_, action.type, "", evaluation.call.text(CallField::source));
  if (source) {
    action.source = *source;
  } else {
    action.code = kNoSourceCode;
    action.reason = source.error().message;
  }
  return {};
}

Result<Action> Applier::asked_action(const RecordView& record, const Effect& effect,
                                     const Evaluation& evaluation) const {
  const auto& ask = std::get<ActionAsk>(effect.wish);
  Action action;
  action.type = ask.type;
  if (ask.type == "emit") {
    action.max_attempts = limits::kSinkAttempts;
  } else if (auto chosen = choose_source(action, ask.source, record, evaluation); !chosen) {
    return wrap(chosen.error(), "rule " + effect.rule);
  }
  action.params = ask.params;
  spell_callees(action, evaluation.tenancy.country);
  action.tenant = evaluation.tenancy.tenant;
  if (evaluation.about_call) action.call = evaluation.call.id();
  action.rule = effect.rule;
  action.priority = static_cast<int>(ask.priority);
  action.next_ms = ask.at_ms;
  if (auto good = check_action(action); !good) return wrap(good.error(), "rule " + effect.rule);
  return action;
}

}  // namespace hookswitch
