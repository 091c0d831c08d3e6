// Calls placed and ended by people, and what they decide about actions of the outbox.
#include <fmt/format.h>

#include "engine/calling/contact_list.h"
#include "engine/calling/number.h"
#include "engine/processor/actions.h"
#include "engine/processor/belonging.h"
#include "engine/processor/command.h"
#include "engine/processor/command_check.h"
#include "engine/processor/link.h"
#include "engine/state/calls.h"
#include "engine/state/contacts.h"

namespace hookswitch {
namespace {

constexpr const char* kByPerson = "canceled by a person";

// Whoever names an action's id in a conversation is believed, so that it must not be guessed: the salt is random.
std::string about(const CommandContext& context) {
  std::string who = fmt::format("command/{}/{}", context.record.seq, context.record.header(":by"));
  std::string_view salt = context.record.header(":salt");
  return salt.empty() ? who : fmt::format("{}/{}", who, salt);  // records of before have none
}

Answer accepted(const CommandContext& context, const std::string& id, int status = 202) {
  auto action = find_action(context.writer, id);
  return command_done(status, Json{{"action_id", id}, {"call_id", action->call}, {"action", action->to_json()}});
}

// The number as given, or the contact's first that is dialled.
std::string number_of(const CommandContext& context, const Json& body, const Json& params) {
  std::string to = json_text(params, "to");
  std::string id = json_text(params, "contact_id");
  if (!to.empty() || id.empty()) return to;
  auto contact = find_contact(context.writer, id);
  if (!contact || !command_may_see(body, json_text(*contact, "tenant"))) return "";
  return dialled_phone(*contact);
}

// Of nobody's wish the tenant whose the contact is: without it, whose call that was would be gone with the contact.
std::string tenant_of(const CommandContext& context, const Json& body, const Json& params) {
  std::string bound = json_text(body, "tenant");
  auto contact = bound.empty() ? find_contact(context.writer, json_text(params, "contact_id")) : std::nullopt;
  return contact ? json_text(*contact, "tenant") : bound;
}

// Of a number without a country code: the tenant's, or else that of the contact who is called.
std::string country_of(const CommandContext& context, const std::string& tenant, const Json& params) {
  bool of_contact = tenant.empty() && json_text(params, "to").empty();
  auto contact = of_contact ? find_contact(context.writer, json_text(params, "contact_id")) : std::nullopt;
  return context.directory.tenancy(contact ? json_text(*contact, "tenant") : tenant).country;
}

// What a call names must be its tenant's own, or nobody's.
Status check_named(const CommandContext& context, const Json& body, const std::string& source, Json params) {
  std::string id = json_text(params, "contact_id");
  auto contact = id.empty() ? std::nullopt : find_contact(context.writer, id);
  if (contact && !command_may_see(body, json_text(*contact, "tenant")))
    return fail(Code::denied, "contact_id: found \"{}\", which is not this tenant's", id.substr(0, 80));
  params["source"] = source;
  return check_belongings(context.writer, context.directory, json_text(body, "tenant"), params);
}

Answer create_call(const CommandContext& context, const Json& body) {
  std::string tenant = body.value("tenant", "");
  Action asked;
  asked.type = "call";
  asked.rule = "command";
  asked.params = body.value("params", Json::object());
  asked.tenant = tenant_of(context, body, asked.params);
  asked.next_ms = body.value("not_before", int64_t{0});
  auto source = checked_source(context, "call.create", body);
  if (!source) return command_problem(400, source.error().message);
  asked.source = *source;
  if (auto own = check_named(context, body, *source, asked.params); !own)
    return command_problem(400, "place a call: " + own.error().message);
  auto from = own_number(context.directory, tenant, json_text(asked.params, "from"));
  if (!from) return command_problem(400, "place a call: " + from.error().message);
  if (!from->empty()) asked.params["from"] = *from;
  std::string to = number_of(context, body, asked.params);
  DialNumber number = dial_number(to, country_of(context, tenant, asked.params));
  if (number.kind == NumberKind::invalid)
    return command_problem(400, fmt::format("place a call: to: found \"{}\", expected a telephone number", to));
  asked.params["to"] = number.number;
  auto made = make_action(context.writer, context.record, about(context), std::move(asked));
  if (!made) return command_problem(400, made.error().message);
  return accepted(context, *made);
}

// The action that places it, while no id of a provider's tells which call is to be hung up.
std::optional<Action> placing(const Reader& reader, const Call& call) {
  std::optional<Action> found;
  for (const auto& [kind, value] : call.external_ids()) {
    if (kind != kActionId) return std::nullopt;
    found = find_action(reader, value);
  }
  return found;
}

// What is not placed yet is not placed any more.
Answer end_unplaced(const CommandContext& context, const std::string& asked_for, const Action& action) {
  if (cancel_action(context.writer, context.record, action.id, kByPerson)) return accepted(context, action.id, 200);
  bool perhaps = action.status == ActionStatus::sending || action.status == ActionStatus::unknown;
  const char* why = perhaps ? "expected one that the provider has named; ask again when it is done"
                            : "so that it was not placed";
  return command_problem(
      409, fmt::format("end call {}: its action {} is {}, {}", asked_for, action.id, name(action.status), why));
}

Answer end_call(const CommandContext& context, const Json& body) {
  std::string asked_for = json_text(body, "id");
  auto id = resolve_call_id(context.writer, asked_for);
  auto call = id ? get_call(context.writer, *id) : Result<std::optional<Call>>();
  if (!call || !*call || !command_may_see(body, (*call)->text(CallField::tenant)))
    return command_problem(404, fmt::format("end call {}: found none", asked_for));
  std::string_view status = (*call)->text(CallField::status);
  if (is_final_status(status))
    return command_problem(409, fmt::format("end call {}: it is over already, with status {}", asked_for, status));
  auto action = placing(context.writer, **call);
  if (action && action->status != ActionStatus::done) return end_unplaced(context, asked_for, *action);
  Action asked;
  asked.type = "end_call";
  asked.tenant = (*call)->text(CallField::tenant);
  asked.rule = "command";
  asked.call = *id;
  Json ids = Json::object();
  for (const auto& [kind, value] : (*call)->external_ids()) ids[kind] = value;
  asked.params = Json{{"external_ids", std::move(ids)}};
  auto source = source_for(context.sources, asked.type, json_text(body, "source"), (*call)->text(CallField::source));
  if (!source) return command_problem(400, source.error().message);
  if (!may_use_source(context.directory, asked.tenant, *source))
    return command_problem(
        400, fmt::format("end call {}: found source \"{}\", which is not its tenant's", asked_for, *source));
  asked.source = *source;
  auto made = make_action(context.writer, context.record, about(context), std::move(asked));
  if (!made) return command_problem(400, made.error().message);
  return accepted(context, *made);
}

std::optional<Action> visible_action(const CommandContext& context, const Json& body) {
  auto action = find_action(context.writer, json_text(body, "id"));
  if (action && !command_may_see(body, action->tenant)) return std::nullopt;
  return action;
}

Answer retry(const CommandContext& context, const Json& body) {
  auto action = visible_action(context, body);
  if (!action) return command_problem(404, fmt::format("retry action {}: found none", json_text(body, "id")));
  if (is_forgotten(*action))
    return command_problem(409,
                           fmt::format("retry action {}: retention has forgotten what was to be sent", action->id));
  if (!retry_action(context.writer, context.record, action->id))
    return command_problem(409, fmt::format("retry action {}: it is {}, expected held, failed or refused", action->id,
                                            name(action->status)));
  return command_done(200, find_action(context.writer, action->id)->to_json());
}

Answer cancel_action(const CommandContext& context, const Json& body) {
  auto action = visible_action(context, body);
  if (!action) return command_problem(404, fmt::format("cancel action {}: found none", json_text(body, "id")));
  bool canceled = cancel_action(context.writer, context.record, action->id, kByPerson);
  // Without its source nobody can be asked what became of it.
  if (!canceled && !context.sources.find(action->source))
    canceled = give_up_unknown(context.writer, context.record, action->id, kByPerson);
  if (!canceled)
    return command_problem(409, fmt::format("cancel action {}: it is {}, expected waiting, held, or unknown of a "
                                            "source that is not configured",
                                            action->id, name(action->status)));
  return command_done(200, find_action(context.writer, action->id)->to_json());
}

}  // namespace

Commands acting_commands() {
  return {{"call.create", create_call},
          {"call.end", end_call},
          {"action.retry", retry},
          {"action.cancel", cancel_action}};
}

}  // namespace hookswitch
