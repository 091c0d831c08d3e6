#include "engine/processor/actions.h"

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/processor/dialling.h"
#include "engine/processor/link.h"
#include "engine/processor/tasks.h"
#include "engine/processor/tenant_evidence.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"
#include "engine/state/lines.h"

namespace hookswitch {
namespace {

constexpr int64_t kBackoffMs = 2'000;
constexpr int64_t kBackoffMaxMs = 300'000;
constexpr int kJitterPercent = 25;
constexpr int kUrgent = 100;  // the priority of what cannot wait for its turn among calls
constexpr int kSoon = 1;      // of a message, which needs no line, among calls that wait for one

bool places_call(const Action& action) { return action.type == "call"; }

// How many actions this record has made already: their order within it.
uint16_t made_by(const Reader& reader, uint64_t seq) {
  std::string prefix = "m";
  put_be64(prefix, seq);
  uint16_t n = 0;
  reader.scan_prefix(Table::actions, prefix, [&](std::string_view, std::string_view) { return ++n < UINT16_MAX; });
  return n;
}

void merge_text(Call& call, CallField field, const std::string& text) {
  if (!text.empty()) call.merge(field, text, {});
}

// The call that is known by this action's id already.
Result<std::optional<Call>> call_known_by(const Reader& reader, std::string_view action_id) {
  auto id = find_call_id(reader, kActionId, action_id);
  return id ? get_call(reader, *id) : Result<std::optional<Call>>();
}

// The call exists from the moment that somebody wants it, so that it has an id to be asked for. What was told of it
// before that stands.
Status put_placed_call(Writer& writer, const Action& action) {
  auto known = call_known_by(writer, action.id);
  if (!known) return std::unexpected(known.error());
  Call call = known->value_or(Call());
  if (call.id().empty()) call.set(CallField::id, action.call);
  call.add_external_id(kActionId, action.id);
  if (!action.tenant.empty())
    call.merge(CallField::tenant, action.tenant, tenant_stamp(Evidence::placed, action.tenant));
  merge_text(call, CallField::source, action.source);
  merge_text(call, CallField::agent_id, json_text(action.params, "agent_id"));
  merge_text(call, CallField::to, json_text(action.params, "to"));
  merge_text(call, CallField::from, json_text(action.params, "from"));
  merge_text(call, CallField::contact_id, json_text(action.params, "contact_id"));
  merge_text(call, CallField::task_id, action.task);
  call.merge(CallField::direction, std::string("outbound"), {});
  call.merge(CallField::created_at, action.made_ms, {});
  call.merge(CallField::updated_at, action.made_ms, {});
  Json variables = action.params.value("variables", Json::object());
  for (const auto& [key, value] : variables.items()) call.merge_variable(key, dump(value), {});
  Json metadata = action.params.value("metadata", Json::object());
  for (const auto& [key, value] : metadata.items()) call.merge_metadata(key, dump(value), {});
  if (auto put = put_call(writer, call); !put) return put;
  link_call(writer, kActionId, action.id, call.id());
  return {};
}

// Its call is known although it was never asked for here: an engine before a restore placed it, and a list told. A call
// of somebody else, which another engine with the same account placed, leaves no id for this one.
void report_before(Action& action, const Call& call) {
  Sides sides{call.text(CallField::direction), call.text(CallField::from), call.text(CallField::to)};
  action.code.clear();
  if (may_be_to(sides, json_text(action.params, "to"))) {
    action.status = ActionStatus::done;
    action.reason = "the provider reported about it before it was asked for";
  } else {
    action.status = ActionStatus::refused;
    action.code = kNotItsCallCode;
    action.reason = fmt::format("the provider reported a call to {} by its id before it was asked for", sides.to);
  }
}

// What the log claimed before anything asked for it was asked for by other rules then, and may have been sent. A sink
// knows what it has by its id.
void hold_claimed(Action& action) {
  action.status = ActionStatus::held;
  action.code = "claimed";
  action.reason = "it was claimed in the log before it was asked for: it may have been sent";
}

Action ended(Action action, ActionStatus status, int64_t now_ms, std::string code, std::string reason) {
  action.status = status;
  action.ended_ms = now_ms;
  action.code = std::move(code);
  action.reason = std::move(reason);
  return action;
}

bool can_do(const Sources& sources, std::string_view name, std::string_view type) {
  auto source = sources.find(name);
  auto types = source ? source->action_types() : std::vector<std::string>();
  return std::ranges::find(types, type) != types.end();
}

// Those that an action may go to where nobody names a source.
std::vector<std::string> able_sources(const Sources& sources, std::string_view type) {
  std::vector<std::string> able = sources.choices();
  std::erase_if(able, [&](const std::string& name) { return !can_do(sources, name, type); });
  return able;
}

void put_canceled(Writer& writer, const RecordView& record, Action action, const std::string& reason) {
  Action now = ended(std::move(action), ActionStatus::canceled, record.time_ms, "canceled", reason);
  put_action(writer, now);
  if (!now.task.empty()) task_attempt_changed(writer, now, record);
}

}  // namespace

Status check_action(const Action& asked) {
  if (asked.type.empty() || asked.type.size() > limits::kIndexedTextBytes)
    return fail(Code::invalid, "ask for an action: found type \"{}\", expected a name such as \"call\" or \"sms\"",
                asked.type.substr(0, 80));
  if (!asked.params.is_object())
    return fail(Code::invalid, "ask for the action {}: found params {}, expected an object", asked.type,
                asked.params.type_name());
  size_t bytes = dump(asked.params).size();
  if (bytes > limits::kActionParamsBytes)
    return fail(Code::too_large, "ask for the action {}: found {} bytes of params, expected at most {}", asked.type,
                bytes, limits::kActionParamsBytes);
  if ((asked.type == "call" || asked.type == "sms") && json_text(asked.params, "to").empty())
    return fail(Code::invalid, "ask for the action {}: found no params.to, expected a phone number", asked.type);
  for (const char* map : {"variables", "metadata"}) {
    auto found = asked.params.find(map);
    if (found == asked.params.end() || found->is_object()) continue;
    return fail(Code::invalid, "ask for the action {}: {}: found {}, expected an object", asked.type, map,
                found->type_name());
  }
  return {};
}

std::string call_of_action(std::string_view action_id) { return call_id_of({kActionId, std::string(action_id)}); }

int64_t backoff_ms(std::string_view id, int attempt) {
  int64_t wait = kBackoffMs;
  for (int i = 1; i < attempt && wait < kBackoffMaxMs; ++i) wait *= 2;
  wait = std::min(wait, kBackoffMaxMs);
  auto chance = static_cast<int64_t>(hash64(std::string(id) + "/" + std::to_string(attempt)) % 1'000);
  return wait + wait * kJitterPercent * chance / 100'000;
}

void tell(const Action& action, std::string hook_url, ToldAction& out) {
  out.params = dump(action.params);
  out.hook_url = std::move(hook_url);
  out.view = {action.id, action.type, out.params, out.hook_url, action.made_ms, action.sent_ms, action.attempt};
}

int64_t surely_now_ms(const Action& action, int64_t waited_ms, int64_t now_ms) {
  return std::min(now_ms, action.sent_ms + waited_ms);
}

Result<std::string> source_for(const Sources& sources, std::string_view type, std::string_view wanted,
                               std::string_view usual) {
  auto can = [&](std::string_view name) { return can_do(sources, name, type); };
  if (!wanted.empty()) {
    if (can(wanted)) return std::string(wanted);
    return fail(Code::invalid, "action {}: found source \"{}\", which {}", type, wanted,
                sources.find(wanted) ? "cannot do it" : "is not configured");
  }
  if (!usual.empty() && can(usual)) return std::string(usual);
  std::vector<std::string> able = able_sources(sources, type);
  if (able.size() == 1) return able.front();
  return fail(Code::invalid, "action {}: found no source named, and {} that can do it: {}", type, able.size(),
              fmt::join(able, ", "));
}

Result<std::string> source_when_due(const Sources& sources, std::string_view type, std::string_view wanted,
                                    std::string_view usual) {
  const bool away = wanted.empty() && !usual.empty() && !sources.find(usual);
  if (!away) return source_for(sources, type, wanted, usual);
  return fail(Code::unavailable, "action {}: found no source named, and the usual one, \"{}\", not loaded", type,
              usual);
}

Result<std::string> source_to_keep(const Sources& sources, std::string_view type, std::string_view wanted,
                                   std::string_view usual) {
  bool any = can_do(sources, wanted, type) || can_do(sources, usual, type) || !able_sources(sources, type).empty();
  auto source = any ? source_when_due(sources, type, wanted, usual) : Result<std::string>();
  return source || source.error().code != Code::unavailable ? source : Result<std::string>();
}

Result<std::string> make_action(Writer& writer, const RecordView& record, std::string_view about, Action asked) {
  if (auto checked = check_action(asked); !checked) return std::unexpected(checked.error());
  asked.id = action_id_of(about);
  if (find_action(writer, asked.id)) return asked.id;
  asked.made_seq = record.seq;
  asked.made_n = made_by(writer, record.seq);
  asked.made_ms = record.time_ms;
  asked.next_ms = std::max(asked.next_ms, record.time_ms);
  if (asked.type != "emit" && !is_final(asked.status) && was_claimed(writer, asked.id)) hold_claimed(asked);
  auto known = call_known_by(writer, asked.id);
  if (!known) return std::unexpected(known.error());
  if (find_call_id(writer, kActionId, asked.id)) report_before(asked, known->value_or(Call()));
  if (is_final(asked.status)) asked.ended_ms = record.time_ms;
  // Hanging up must not wait until everybody has been rung who was to be rung before.
  bool takes_turns = places_call(asked) || asked.type == "sms" || asked.type == "emit";
  if (!takes_turns && asked.priority == 0) asked.priority = kUrgent;
  if (asked.type == "sms" && asked.priority == 0) asked.priority = kSoon;
  if (places_call(asked) && asked.code != kNotItsCallCode) {
    asked.call = *known ? (*known)->id() : call_of_action(asked.id);
    if (auto put = put_placed_call(writer, asked); !put) return std::unexpected(put.error());
  }
  put_action(writer, asked);
  return asked.id;
}

Status remake_action(Writer& writer, const RecordView& record, Action asked) {
  if (asked.id.empty() || find_action(writer, asked.id)) return {};
  if (is_final(asked.status)) asked.next_ms = record.time_ms;
  asked.status = ActionStatus::waiting;
  asked.attempt = asked.looks = asked.pages = 0;
  asked.cursor.clear();
  asked.harmless = asked.overtaken = false;
  asked.put_off_ms = 0;
  asked.sent_ms = asked.ended_ms = 0;
  asked.code.clear();
  asked.reason.clear();
  asked.result = nullptr;
  if (places_call(asked)) {
    if (auto put = put_placed_call(writer, asked); !put) return put;
  }
  put_action(writer, asked);
  return {};
}

bool cancel_action(Writer& writer, const RecordView& record, std::string_view id, const std::string& reason) {
  auto action = find_action(writer, id);
  if (!action || (action->status != ActionStatus::waiting && action->status != ActionStatus::held)) return false;
  put_canceled(writer, record, std::move(*action), reason);
  return true;
}

bool give_up_unknown(Writer& writer, const RecordView& record, std::string_view id, const std::string& reason) {
  auto action = find_action(writer, id);
  if (!action || action->status != ActionStatus::unknown) return false;
  put_canceled(writer, record, std::move(*action), reason);
  release_line(writer, id);
  return true;
}

bool retry_action(Writer& writer, const RecordView& record, std::string_view id) {
  auto action = find_action(writer, id);
  if (!action || !is_final(action->status) || action->status == ActionStatus::done ||
      action->status == ActionStatus::canceled || is_forgotten(*action)) {
    return false;
  }
  action->status = ActionStatus::waiting;
  action->next_ms = record.time_ms;
  action->max_attempts = std::max(action->max_attempts, action->attempt + 1);
  action->looks = 0;
  action->put_off_ms = 0;
  action->cursor.clear();
  action->ended_ms = 0;
  put_action(writer, *action);
  return true;
}

}  // namespace hookswitch
