#include "engine/workbench/replay_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/time_text.h"

namespace hookswitch {
namespace {

// For JSON 2 equals 2.0, for who reads it as a text it does not.
bool is_same_text(const Effect& one, const Effect& other) { return dump(to_json(one)) == dump(to_json(other)); }

}  // namespace

Result<std::unique_ptr<ReplaySide>> ReplaySide::open(const std::string& dir, const Parts& parts, RuleSet& rules) {
  auto store = Store::open({.dir = dir, .scratch = true, .keys = parts.keys}, parts.clock);
  if (!store) return std::unexpected(store.error());
  std::unique_ptr<ReplaySide> side(new ReplaySide(rules, parts));
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
                              [to = side.get()](const RecordView& record, const Event& event, const Evaluation& said) {
                                to->hear(event, said);
                                to->note(record, event, said);
                              });
  return side;
}

Status ReplaySide::copy_to(const std::string& dir) const {
  std::error_code error;
  std::filesystem::create_directory(dir, error);
  if (error) return fail(Code::io, "make the directory {}: {}", dir, error.message());
  return store_->copy_to(dir);
}

Status ReplaySide::handle(const RecordView& record, const Result<std::vector<Event>>& events, Notes* notes) {
  heard_.clear();
  ran_.reset();
  notes_ = notes;
  auto done = stage_->handle(record, events, rules_, notes);
  notes_ = nullptr;
  return done;
}

// The other side asks its rules on the rows as they were before the record: once, and where nothing was written yet.
void ReplaySide::note(const RecordView& record, const Event& event, const Evaluation& evaluation) {
  if (notes_ == nullptr || same_rules_.handle(event.type)) return;
  if (ran_ || evaluation.failure || notes_->wrote()) return notes_->spoil();
  ran_ = Ran{event, record.time_ms, evaluation.effects, evaluation.whole_call_rules, evaluation.call};
}

// Rules that both sides have are not asked again, those that differ are.
bool ReplaySide::agrees(const Reader& reader, const Ran& ran) {
  const Precedent precedent{ran.effects, [this](const RuleInfo& rule) { return same_rules_.have(rule.name); }};
  const Evaluation here = evaluator_.evaluate(reader, ran.event, ran.arrived_ms, rules_, &precedent);
  auto say_the_same = [this](const Effect& one, const Effect& other) {
    return one == other && (same_rules_.have(one.rule) || is_same_text(one, other));
  };
  return !here.failure && std::ranges::equal(here.effects, ran.effects, say_the_same) &&
         here.whole_call_rules == ran.whole_call_rules && here.call == ran.call;
}

Result<bool> ReplaySide::repeat(const RecordView& record, const Notes& notes, const ReplaySide& other) {
  auto repeated = stage_->repeat(record, notes, rules_,
                                 [&](const Reader& reader) { return !other.ran_ || agrees(reader, *other.ran_); });
  if (repeated && *repeated) heard_ = other.heard_;
  return repeated;
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
  Heard heard{.seq = event.seq,
              .index = event.index,
              .type = event.type,
              .tenant = evaluation.tenancy.tenant,
              .died = evaluation.failure.has_value()};
  if (evaluation.about_call) heard.call = evaluation.call.id();
  if (fired) heard.timer = fmt::format("{} {} at {}", event.type.substr(6), event.subject, rfc3339(event.time_ms));
  if (replied) heard.reply = *evaluation.reply;
  heard_.push_back(std::move(heard));
}

}  // namespace hookswitch
