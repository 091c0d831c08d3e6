#include "engine/processor/trace_keeper.h"

namespace hookswitch {

void TraceKeeper::begin(Writer& writer, const RuleSet& rules) {
  rules_ = &rules;
  rows_.emplace(writer);
}

void TraceKeeper::add(const Event& event, const Evaluation& evaluation) {
  if (keep_ == 0) return;
  bytes_.clear();
  encode_trace(event, evaluation, rules_->rules(), bytes_);
  rows_->add(position_, bytes_);
}

void TraceKeeper::end(size_t rows) {
  rows_->finish(keep_, rows);
  rows_.reset();
}

}  // namespace hookswitch
