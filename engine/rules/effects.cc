#include "engine/rules/effects.h"

#include <cmath>

#include "engine/state/kpis.h"

namespace hookswitch {
namespace {

constexpr std::string_view kByKey{"\0key\0", 5};

// As rules wrote it, whole numbers as such.
Json amount_of(int64_t micros) {
  const double amount = static_cast<double>(micros) / kMicros;
  if (std::trunc(amount) == amount) return static_cast<int64_t>(amount);
  return amount;
}

Json shown(const CallUpdate& wish) { return {{"effect", "call_update"}, {"fields", wish.fields}}; }

Json shown(const KpiAdd& wish) {
  return {{"effect", "kpi_add"}, {"name", wish.name}, {"amount", amount_of(wish.micros)}, {"dimensions", wish.dimensions}};
}

Json shown(const KpiObserve& wish) {
  return {{"effect", "kpi_observe"},
          {"name", wish.name},
          {"amount", amount_of(wish.micros)},
          {"dimensions", wish.dimensions}};
}

Json shown(const ActivityAdd& wish) {
  Json out = {{"effect", "activity_add"}, {"entry", wish.entry}};
  if (wish.time_ms) out["time"] = *wish.time_ms;
  return out;
}

Json shown(const TimerSet& wish) {
  return {{"effect", "timer_set"}, {"key", wish.key}, {"at", wish.at_ms}, {"name", wish.name}, {"data", wish.data}};
}

Json shown(const ActionAsk& wish) {
  Json out{{"effect", "action"}, {"type", wish.type}, {"params", wish.params}};
  if (auto key = key_of(wish)) out["key"] = *key;
  if (!wish.source.empty()) out["source"] = wish.source;
  if (wish.at_ms != 0) out["at"] = wish.at_ms;
  if (wish.priority != 0) out["priority"] = wish.priority;
  return out;
}

Json shown(const TimerCancel& wish) { return {{"effect", "timer_cancel"}, {"key", wish.key}}; }
Json shown(const ContactPut& wish) { return {{"effect", "contact_put"}, {"contact", wish.contact}}; }
Json shown(const AgentPut& wish) { return {{"effect", "agent_put"}, {"agent", wish.agent}}; }

Json shown(const MemoryPut& wish) {
  return {{"effect", "memory_put"}, {"key", wish.key}, {"value", parse_json(wish.json)}};
}

Json shown(const MemoryDelete& wish) { return {{"effect", "memory_delete"}, {"key", wish.key}}; }
Json shown(const TaskSchedule& wish) { return {{"effect", "task_schedule"}, {"task", wish.wish}}; }

Json shown(const TaskComplete& wish) {
  return {{"effect", "task_complete"}, {"task", wish.task}, {"outcome", wish.outcome}};
}

Json shown(const TaskCancel& wish) { return {{"effect", "task_cancel"}, {"task", wish.task}, {"reason", wish.reason}}; }

Json shown(const TaskRetry& wish) {
  Json out = {{"effect", "task_retry"}, {"task", wish.task}, {"outcome", wish.outcome}};
  if (wish.at_ms) out["at"] = *wish.at_ms;
  return out;
}

Json shown(const Reply& wish) { return {{"effect", "reply"}, {"reply", wish.reply}}; }

}  // namespace

std::string about_key(std::string_view type, std::string_view tenant, std::string_view key) {
  return std::string(type).append(kByKey).append(tenant).append(1, '\0').append(key);
}

std::optional<std::string_view> key_of(const ActionAsk& wish) {
  std::string_view left(wish.about);
  const std::string front = wish.type + std::string(kByKey);
  if (!left.starts_with(front)) return std::nullopt;
  const size_t tenant_end = left.find('\0', front.size());
  return tenant_end == left.npos ? std::nullopt : std::optional(left.substr(tenant_end + 1));
}

Json to_json(const Effect& effect) {
  Json out = std::visit([](const auto& wish) { return shown(wish); }, effect.wish);
  out["rule"] = effect.rule;
  if (effect.per_call) out["per_call"] = true;
  return out;
}

}  // namespace hookswitch
