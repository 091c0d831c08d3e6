#include "engine/processor/process_metrics.h"

namespace hookswitch {
namespace {

constexpr const char* kCauses[] = {"decode", "rule", "command", "result", "corrupt"};

Counter& dead_counter(Metrics& metrics, const std::string& cause) {
  return metrics.counter("hookswitch_dead_letters_total", "Records given up on, by cause.", {{"cause", cause}});
}

}  // namespace

ProcessMetrics::ProcessMetrics(Metrics& metrics)
    : metrics_(metrics),
      records_(metrics.counter("hookswitch_processed_records_total", "Records taken from the log and committed.")),
      duplicates_(metrics.counter("hookswitch_duplicate_events_total", "Events seen before, which changed nothing.")),
      batch_seconds_(metrics.histogram("hookswitch_batch_seconds", "Time of one processing transaction.")) {
  // What was never seen cannot be seen to grow.
  for (const char* cause : kCauses) dead_counter(metrics_, cause);
}

void ProcessMetrics::batch(size_t records, int64_t took_us) {
  records_.add(records);
  batch_seconds_.observe(static_cast<double>(took_us) / 1e6);
}

void ProcessMetrics::event(const std::string& type) {
  auto [found, made] = events_.try_emplace(type, nullptr);
  if (made)
    found->second = &metrics_.counter("hookswitch_events_total", "Events processed, by type.", {{"type", type}});
  found->second->add();
}

void ProcessMetrics::dead(const std::string& why) { dead_counter(metrics_, why).add(); }

void ProcessMetrics::rules(const Evaluation& evaluation) {
  for (const RuleTrace& run : evaluation.runs) {
    auto [found, made] = rules_.try_emplace(run.rule);
    if (made) {
      Labels labels{{"rule", run.rule}};
      found->second = {&metrics_.counter("hookswitch_rule_runs_total", "How often a rule ran.", labels),
                       &metrics_.counter("hookswitch_rule_steps_total", "Instructions a rule took.", labels),
                       &metrics_.counter("hookswitch_rule_microseconds_total", "Time a rule took.", labels)};
    }
    found->second.runs->add();
    found->second.steps->add(run.steps);
    found->second.micros->add(static_cast<uint64_t>(run.us));
  }
}

}  // namespace hookswitch
