// The rules of the running engine: what it begins with, what is kept of them, and what it says about them.
#include "engine/base/time_text.h"
#include "engine/cli/engine.h"
#include "engine/state/traces.h"

namespace hookswitch::cli {
namespace {

constexpr size_t kHistoryShown = 20;

Json shown(const RuleInfo& rule) {
  return {{"name", rule.name},
          {"file", rule.file},
          {"on", rule.on},
          {"priority", rule.priority},
          {"per", rule.per_call ? "call" : "event"}};
}

Json shown(const RuleError& error) {
  return {{"file", error.file.empty() ? Json() : Json(error.file)},
          {"line", error.line > 0 ? Json(error.line) : Json()},
          {"rule", error.rule.empty() ? Json() : Json(error.rule)},
          {"reason", error.reason}};
}

Json shown(const RuleVersion& version) {
  return {{"version", version.hash}, {"from_seq", version.from_seq}, {"time", rfc3339(version.time_ms)}};
}

template <class T>
Json list_of(const std::vector<T>& items) {
  Json out = Json::array();
  for (const T& item : items) out.push_back(shown(item));
  return out;
}

Json shown(const std::optional<RuleRefusal>& refused) {
  if (!refused) return nullptr;
  return {{"version", refused->version.empty() ? Json() : Json(refused->version)},
          {"time", rfc3339(refused->time_ms)},
          {"errors", list_of(refused->errors)}};
}

Json shown(const std::optional<RuleTestOutcome>& tests) {
  if (!tests) return nullptr;
  return {{"version", tests->version.empty() ? Json() : Json(tests->version)},
          {"passed", tests->passed},
          {"failed", tests->failed},
          {"failures", list_of(tests->failures)}};
}

std::vector<std::string> messages(const std::optional<RuleRefusal>& refused) {
  std::vector<std::string> out;
  if (!refused) return out;
  for (const RuleError& error : refused->errors) out.push_back(error.message());
  return out;
}

}  // namespace

Status Engine::load_rules() {
  rule_archive_ = std::make_unique<RuleArchive>(config_.data_dir + "/rules");
  rule_watch_ = std::make_unique<RuleWatch>(RuleWatch::Parts{
      .dir = config_.rules.dir,
      .limits = RuleLimits{config_.limits.rule_memory_bytes, config_.limits.rule_steps},
      .reload = config_.rules.reload,
      .tests = config_.rules.tests,
      .clock = clock_,
      .archive = *rule_archive_,
      .named = [this] { return traced_rules(); },
      .test = [this](const std::string& dir,
                     const std::function<bool()>& stopped) { return run_tests_apart(config_.file, dir, stopped); },
      .adopt = [this](std::unique_ptr<RuleSet> rules) { processor_->adopt(std::move(rules)); }});
  auto last = last_ruled();
  auto rules = rule_watch_->first(last ? last->hash : "");
  if (!rules) return wrap(rules.error(), "load the rules of " + config_.rules.dir);
  first_rules_ = std::move(*rules);
  return {};
}

std::optional<RuleVersion> Engine::last_ruled() const {
  auto reader = store_->read();
  if (!reader) return std::nullopt;
  auto newest = rule_versions(**reader, 1);
  return newest.empty() ? std::nullopt : std::optional(std::move(newest.front()));
}

// Those that handled an event whose trace is kept, and the one that rules.
std::set<std::string> Engine::traced_rules() const {
  std::set<std::string> out;
  auto reader = store_->read();
  if (!reader) return out;
  uint64_t first = first_traced(**reader);
  for (const RuleVersion& version : rule_versions(**reader, limits::kRuleVersionRows)) {
    out.insert(version.hash);
    if (version.from_seq <= first || first == 0) break;
  }
  return out;
}

Json Engine::rules_status() const {
  std::string version = processor_->status().rules_version;
  std::vector<RuleVersion> history;
  if (auto reader = store_->read()) history = rule_versions(**reader, kHistoryShown);
  RuleWatchReport report = rule_watch_->report();
  const bool decided = !history.empty() && history.front().hash == version;
  return {{"version", version},
          {"since", decided ? shown(history.front()) : Json()},
          {"rules", list_of(processor_->rules())},
          {"history", list_of(history)},
          {"refused", shown(report.refused)},
          {"errors", messages(report.refused)},
          {"refused_reloads", report.refusals},
          {"tests", shown(report.tests)}};
}

// For the status: the first mistake of refused rules, null when the files are in force.
Json Engine::rules_refused() const {
  auto errors = messages(rule_watch_->report().refused);
  return errors.empty() ? Json() : Json(errors.front());
}

}  // namespace hookswitch::cli
