// What processing counts: records, batches, duplicates, dead letters, time per rule.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "engine/base/metrics.h"
#include "engine/processor/evaluation.h"

namespace hookswitch {

class ProcessMetrics {  // [processor]
 public:
  explicit ProcessMetrics(Metrics& metrics);
  void batch(size_t records, int64_t took_us);
  void event(const std::string& type);
  void duplicate() { duplicates_.add(); }
  void dead(const std::string& why);  // "decode", "rule", "command", "corrupt"
  void rules(const Evaluation& evaluation);

 private:
  struct OfRule {
    Counter* runs;
    Counter* steps;
    Counter* micros;
  };

  Metrics& metrics_;
  Counter& records_;
  Counter& duplicates_;
  Histogram& batch_seconds_;
  std::unordered_map<std::string, Counter*> events_;
  std::unordered_map<std::string, OfRule> rules_;
};

}  // namespace hookswitch
