// Trying lines of Lua in the running engine: one request at a time, on the processor's thread, between two batches.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "engine/base/limits.h"
#include "engine/base/nearest.h"
#include "engine/cli/engine.h"
#include "engine/processor/command_event.h"
#include "engine/rules/rule_source.h"
#include "engine/state/json_rows.h"
#include "engine/workbench/eval.h"

namespace hookswitch::cli {
namespace {

// A rule that there is not has no memory either, which would look like one that has remembered nothing yet.
Status check_rule(const Json& wish, const std::vector<RuleInfo>& rules) {
  const std::string name = wish.value("rule", "");
  std::vector<std::string> names;
  for (const RuleInfo& rule : rules) names.push_back(rule.name);
  if (name.empty() || std::ranges::find(names, name) != names.end()) return {};
  return fail(Code::not_found, "evaluate: rule: found no rule '{}' in force{}", name.substr(0, 80),
              suggestion(name, names));
}

// Only what a provider reports tells about a call. Without a source an event is one of the engine's own.
std::string usual_source(const std::vector<SourceConfig>& sources, const std::string& type) {
  const std::string beginning = type.substr(0, type.find('.'));
  for (const char* own : {"timer", "action", "command"}) {
    if (beginning == own) return "";
  }
  for (const SourceConfig& source : sources) {
    if (source.provider == beginning) return source.name;
  }
  return sources.empty() ? "" : sources.front().name;
}

}  // namespace

// The turn is given back when the task is gone, whether it ran or not.
void Engine::eval(const Json& wish, std::function<void(Result<Json>)> done) {
  if (evaluating_.exchange(true)) {
    return done(fail(Code::unavailable, "evaluate: found another evaluation under way, expected one at a time"));
  }
  std::shared_ptr<void> turn(nullptr, [this](void*) { evaluating_ = false; });
  processor_->post([this, wish, done = std::move(done), turn = std::move(turn)](const Reader& reader, RecordHandler&,
                                                                                RuleSet& rules) mutable {
    auto known = check_rule(wish, rules.rules());
    Result<Json> result = known ? eval_now(reader, wish) : Result<Json>(std::unexpected(known.error()));
    turn.reset();
    done(std::move(result));
  });
}

// Shared files of the rules are taken as they lie on the disk: what the author is writing.
Result<Json> Engine::eval_now(const Reader& reader, const Json& wish) {
  auto event = event_to_eval(wish);
  if (!event) return std::unexpected(event.error());
  auto source = read_rule_source(config_.rules.dir);
  if (!source) return std::unexpected(source.error());
  RuleLimits limits{config_.limits.rule_memory_bytes, config_.limits.rule_steps, limits::kEvalCpuMs};
  Snippet snippet(wish.value("rule", "eval"), std::move(source->library), limits);
  if (auto compiled = snippet.compile(wish.at("code")); !compiled) {
    return fail(Code::invalid, "evaluate: {}", compiled.error().message());
  }
  return evaluate_snippet(reader, directory_, sources_, *event, event->time_ms, snippet);
}

Result<Event> Engine::event_to_eval(const Json& wish) {
  if (wish.contains("event")) {
    std::string name = json_text(wish["event"], "source");
    if (name.empty()) name = usual_source(config_.sources, json_text(wish["event"], "type"));
    auto source = sources_.find(name);
    if (!name.empty() && !source) {
      return fail(Code::invalid, "make up an event: found no source \"{}\"", name.substr(0, 80));
    }
    return made_up_event(wish["event"], name, source ? std::string(source->provider()) : "", clock_.now_ms());
  }
  const auto seq = wish.at("seq").get<uint64_t>();
  const size_t index = wish.value("index", size_t{0});
  Result<std::vector<Event>> events = fail(Code::not_found, "evaluate: found no record {} in the log", seq);
  auto read = log_->read(seq, 1, [&](const RecordView& record) {
    if (record.seq != seq) return false;
    if (record.kind != RecordKind::command) {
      events = decoder_->decode(record);
    } else if (auto event = command_event(record, nullptr)) {
      events = std::vector{std::move(*event)};
    } else {
      events = fail(Code::invalid, "evaluate: record {} is the command {}, expected one that rules see", seq,
                    record.header(":name"));
    }
    return false;
  });
  if (!read) return std::unexpected(read.error());
  if (!events) return std::unexpected(events.error());
  if (index < events->size()) return std::move((*events)[index]);
  return fail(Code::not_found, "evaluate: record {} has {} events, found none with index {}", seq, events->size(),
              index);
}

}  // namespace hookswitch::cli
