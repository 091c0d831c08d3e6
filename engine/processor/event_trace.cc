#include "engine/processor/event_trace.h"

namespace hookswitch {

EventTrace trace_of(const Event& event, const Evaluation& evaluation) {
  return {.seq = event.seq,
          .index = event.index,
          .tenant = evaluation.tenancy.tenant,
          .call = evaluation.about_call ? evaluation.call.id() : std::string(),
          .failure = evaluation.failure.value_or(""),
          .runs = evaluation.runs,
          .effects = evaluation.effects};
}

Json to_json(const EventTrace& trace) {
  Json out{
      {"tenant", trace.tenant}, {"call", trace.call.empty() ? Json() : Json(trace.call)}, {"rules", Json::array()}};
  size_t at = 0;
  for (const RuleTrace& run : trace.runs) {
    Json effects = Json::array();
    for (; at < run.effects_end; ++at) effects.push_back(to_json(trace.effects[at]));
    out["rules"].push_back({{"rule", run.rule},
                            {"steps", run.steps},
                            {"memory_bytes", run.memory_bytes},
                            {"us", run.us},
                            {"effects", std::move(effects)}});
  }
  for (const Effect& effect : trace.effects) {
    if (const auto* reply = std::get_if<Reply>(&effect.wish)) out["reply"] = reply->reply;
  }
  if (trace.left_out > 0) out["effects_left_out"] = trace.left_out;
  if (!trace.failure.empty()) out["error"] = trace.failure;
  return out;
}

}  // namespace hookswitch
