#include "engine/processor/evaluation.h"

#include "engine/processor/link.h"
#include "engine/processor/scope.h"
#include "engine/processor/tenant_evidence.h"
#include "engine/state/agents.h"

namespace hookswitch {
namespace {

constexpr size_t kUsualEffects = 16;

// What a timer remembers of the event that set it, or what a command is about; "" for events of providers.
std::string own_text(const Event& event, const EventData& data, const char* name) {
  if (!event.source.empty()) return {};
  auto known = data.object(Member::timer);
  if (!known) known = data.object(Member::about);
  std::string_view text;
  return known && (*known)[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

// An action that was refused for want of a source is one of no source, and its call has failed all the same.
bool tells_facts(const Event& event) { return !event.source.empty() || event.type == "action.failed"; }

void offer_tenant(Call& call, Evidence evidence, std::string_view tenant) {
  if (!tenant.empty()) call.merge(CallField::tenant, std::string(tenant), tenant_stamp(evidence, tenant));
}

void offer_tenants(const Reader& reader, const Directory& directory, const Event& event, const EventData& data,
                   Call& call) {
  std::string agent(data.text(Member::agent_id));
  if (!agent.empty()) {
    auto row = find_agent(reader, event.source, agent);
    if (row) offer_tenant(call, Evidence::agent_row, json_text(*row, "tenant"));
    offer_tenant(call, Evidence::agent, directory.by_agent(event.source, agent));
  }
  for (Member side : {Member::to, Member::from})
    offer_tenant(call, Evidence::number, directory.by_number(data.text(side)));
  offer_tenant(call, Evidence::source, directory.by_source(event.source));
}

void run_rules(const Event& event, RuleSet& rules, Scope& scope, const Precedent* precedent, Evaluation& out) {
  auto ran = rules.run(event, scope, [&](const RuleRun& run) {
    const bool followed = precedent != nullptr && precedent->holds(*run.rule);
    if (!followed) out.runs.push_back({run.rule->name, run.steps, run.memory_bytes, run.us, out.effects.size()});
    if (run.rule->per_call) out.whole_call_rules.push_back(run.rule->name);
  });
  if (ran) return;
  out.failure = ran.error().message();
  out.failed_rule = ran.error().rule;
}

}  // namespace

Evaluation Evaluator::evaluate(const Reader& reader, const Event& event, int64_t arrived_ms, RuleSet& rules,
                               const Precedent* precedent) {
  Evaluation out;
  out.effects.reserve(kUsualEffects);
  Result<simdjson::dom::object> root =
      event.parsed ? event.parsed->root().get_object().value_unsafe() : facts_.read(event.data);
  if (!root) {
    out.failure = root.error().message;
    return out;
  }
  const EventData data(*root);
  out.ids = told_ids(reader, data);
  auto linked = link(reader, directory_, event, data, out.ids, own_text(event, data, "call"));
  if (!linked) {
    out.failure = linked.error().message;
    return out;
  }
  out.about_call = linked->about_call;
  out.call = std::move(linked->call);
  out.call_is_new = linked->is_new;
  out.stored_mark = linked->stored_mark;
  out.absorbed = std::move(linked->absorbed);
  if (out.about_call && tells_facts(event)) {
    Stamp stamp = event_stamp(event);
    if (precedent != nullptr) out.call.rejuvenate(stamp);
    if (!event.source.empty()) out.call.merge(CallField::source, event.source, stamp);
    if (!event.source.empty()) out.call.merge(CallField::provider, event.provider, stamp);
    merge_facts(event, data, out.call);
    out.turns = transcript_of(data, event.data);
    if (out.turns) out.call.merge(CallField::transcript_turns, out.turns->count, stamp);
  }
  if (out.about_call) {
    out.call.merge(CallField::created_at, arrived_ms, {});
    out.call.merge(CallField::updated_at, arrived_ms, {});
  }
  find_tenant(reader, event, data, out);
  Scope scope(reader, event, directory_, out, precedent);
  run_rules(event, rules, scope, precedent, out);
  // A rule may have named another tenant: what is counted is counted there.
  if (out.about_call) out.tenancy = directory_.tenancy(out.call.text(CallField::tenant));
  return out;
}

void Evaluator::find_tenant(const Reader& reader, const Event& event, const EventData& data, Evaluation& out) {
  Call scratch;  // an event about no call finds its tenant the same way
  Call& call = out.about_call ? out.call : scratch;
  offer_tenant(scratch, Evidence::source, own_text(event, data, "tenant"));
  offer_tenants(reader, directory_, event, data, call);
  out.tenancy = directory_.tenancy(call.text(CallField::tenant));
}

std::string tenant_of_event(const Reader& reader, const Directory& directory, const Event& event,
                            const EventData& data) {
  Call scratch;
  offer_tenants(reader, directory, event, data, scratch);
  return std::string(scratch.text(CallField::tenant));
}

}  // namespace hookswitch
