#include "engine/workbench/replay_side.h"

#include <fmt/format.h>

#include "engine/base/time_text.h"

namespace hookswitch {

Result<std::unique_ptr<ReplaySide>> ReplaySide::open(const std::string& dir, const Parts& parts, RuleSet& rules) {
  auto store = Store::open({.dir = dir, .scratch = true, .keys = parts.keys}, parts.clock);
  if (!store) return std::unexpected(store.error());
  std::unique_ptr<ReplaySide> side(new ReplaySide(rules));
  side->store_ = std::move(*store);
  Stage::Parts stage_parts{.log = parts.log,
                           .decoder = parts.decoder,
                           .directory = parts.directory,
                           .store = *side->store_,
                           .metrics = side->process_metrics_,
                           .unread = parts.unread,
                           .remember_ms = parts.remember_ms};
  side->stage_ =
      std::make_unique<Stage>(stage_parts, Stage::Timers::fire,
                              [to = side.get()](const RecordView&, const Event& event, const Evaluation& evaluation) {
                                to->hear(event, evaluation);
                              });
  return side;
}

Status ReplaySide::handle(const RecordView& record, const Result<std::vector<Event>>& events) {
  heard_.clear();
  return stage_->handle(record, events, rules_);
}

Status ReplaySide::advance(int64_t now_ms) {
  heard_.clear();
  return stage_->advance(now_ms, rules_);
}

// Most events are not worth a word: their effects are in the state.
void ReplaySide::hear(const Event& event, const Evaluation& evaluation) {
  bool fired = event.source.empty() && event.type.starts_with("timer.");
  bool replied = event.wants_reply && evaluation.reply;
  if (!fired && !replied && !evaluation.failure) return;
  Heard heard{.seq = event.seq, .index = event.index, .type = event.type, .died = evaluation.failure.has_value()};
  if (evaluation.about_call) heard.call = evaluation.call.id();
  if (fired) heard.timer = fmt::format("{} {} at {}", event.type.substr(6), event.subject, rfc3339(event.time_ms));
  if (replied) heard.reply = *evaluation.reply;
  heard_.push_back(std::move(heard));
}

}  // namespace hookswitch
