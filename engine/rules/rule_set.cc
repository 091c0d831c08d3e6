#include "engine/rules/rule_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "engine/base/clock.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/metatables.h"
#include "engine/rules/rule_context.h"
#include "engine/rules/rule_file.h"
#include "engine/rules/rule_source.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

constexpr size_t kTypesRemembered = 1'024;  // event types whose rules are looked up once

class LuaRuleSet final : public RuleSet {
 public:
  LuaRuleSet(RuleSource source, const RuleLimits& limits, LinesRun* lines);

  std::vector<RuleError> load_files();
  const std::vector<RuleInfo>& rules() const override { return infos_; }
  const std::string& hash() const override { return source_.hash; }
  std::expected<void, RuleError> run(const Event& event, World& world,
                                     const std::function<void(const RuleRun&)>& on_run) override;

 private:
  void load_file(const std::string& file, const std::string& text, std::vector<RuleError>& errors);
  void check_names(std::vector<RuleError>& errors) const;
  void order();
  const std::vector<size_t>& handlers(const std::string& type);
  std::expected<void, RuleError> run_rules(const World& world, const std::function<void(const RuleRun&)>& on_run);
  std::expected<void, RuleError> run_rule(size_t at, const std::function<void(const RuleRun&)>& on_run);

  const RuleSource source_;
  Sandbox sandbox_;
  RuleContext context_;
  SystemClock clock_;
  std::vector<LoadedRule> loaded_;
  std::vector<RuleInfo> infos_;  // in the order of loaded_
  std::unordered_map<std::string, std::vector<size_t>> by_type_;
};

LuaRuleSet::LuaRuleSet(RuleSource source, const RuleLimits& limits, LinesRun* lines)
    : source_(std::move(source)), sandbox_(limits), context_(sandbox_.lua()) {
  lua_State* lua = sandbox_.lua();
  sandbox_.context = &context_;
  sandbox_.watch_lines(lines);
  open_lua_json(lua);
  open_require(lua, source_.library);
  open_event(lua);
  open_ctx(lua);
  sandbox_.settle();
}

std::vector<RuleError> LuaRuleSet::load_files() {
  std::vector<RuleError> errors;
  for (const auto& [file, text] : source_.rules) load_file(file, text, errors);
  check_names(errors);
  order();
  renew_metatables(sandbox_.lua());
  sandbox_.settle();
  return errors;
}

void LuaRuleSet::load_file(const std::string& file, const std::string& text, std::vector<RuleError>& errors) {
  if (auto compiled = sandbox_.compile(text, file); !compiled) {
    errors.push_back(compiled.error());
    return;
  }
  if (auto ran = sandbox_.call(0, 1); !ran) {
    errors.push_back(ran.error());
    return;
  }
  read_rules(sandbox_.lua(), file, loaded_, errors);
}

/// A rule's name is whose memory it is and whose shares of a call are replaced: two rules cannot have the same.
void LuaRuleSet::check_names(std::vector<RuleError>& errors) const {
  std::unordered_map<std::string, std::string> files;
  for (const LoadedRule& rule : loaded_) {
    auto [found, fresh] = files.emplace(rule.info.name, rule.info.file);
    if (fresh) continue;
    errors.push_back({.rule = rule.info.name,
                      .file = rule.info.file,
                      .reason = fmt::format("name: a rule of {} is called '{}' too, expected another name",
                                            found->second, rule.info.name)});
  }
}

void LuaRuleSet::order() {
  std::stable_sort(loaded_.begin(), loaded_.end(), [](const LoadedRule& left, const LoadedRule& right) {
    if (left.info.per_call != right.info.per_call) return right.info.per_call;
    return left.info.priority > right.info.priority;  // files were read in order
  });
  for (const LoadedRule& rule : loaded_) infos_.push_back(rule.info);
}

const std::vector<size_t>& LuaRuleSet::handlers(const std::string& type) {
  if (auto found = by_type_.find(type); found != by_type_.end()) return found->second;
  if (by_type_.size() >= kTypesRemembered) by_type_.clear();
  std::vector<size_t>& out = by_type_[type];
  for (size_t at = 0; at < infos_.size(); ++at) {
    const auto& on = infos_[at].on;
    if (std::any_of(on.begin(), on.end(), [&](const std::string& glob) { return covers(glob, type); })) {
      out.push_back(at);
    }
  }
  return out;
}

std::expected<void, RuleError> LuaRuleSet::run(const Event& event, World& world,
                                               const std::function<void(const RuleRun&)>& on_run) {
  if (handlers(event.type).empty()) return {};
  context_.event = &event;
  context_.world = &world;
  context_.effects = context_.log_lines = 0;
  bind_event(sandbox_.lua());
  auto out = run_rules(world, on_run);
  context_.data.end();
  context_.raw.end();
  forget_said(sandbox_.lua(), context_.said);
  context_.event = nullptr;
  context_.world = nullptr;
  context_.rule = nullptr;
  return out;
}

std::expected<void, RuleError> LuaRuleSet::run_rules(const World& world,
                                                     const std::function<void(const RuleRun&)>& on_run) {
  for (size_t at : handlers(context_.event->type)) {
    if (infos_[at].per_call && world.call() == nullptr) continue;
    if (auto ran = run_rule(at, on_run); !ran) return ran;
  }
  return {};
}

std::expected<void, RuleError> LuaRuleSet::run_rule(size_t at, const std::function<void(const RuleRun&)>& on_run) {
  lua_State* lua = sandbox_.lua();
  context_.rule = &infos_[at];
  const int64_t start = on_run ? clock_.steady_us() : 0;
  lua_rawgeti(lua, LUA_REGISTRYINDEX, loaded_[at].handler);
  push_event(lua);
  push_ctx(lua);
  auto out = sandbox_.call(2, 0);
  if (on_run) on_run({&infos_[at], sandbox_.steps(), sandbox_.memory_bytes(), clock_.steady_us() - start});
  if (!out) {
    out.error().rule = infos_[at].name;
    if (out.error().file.empty()) out.error().file = infos_[at].file;
  }
  return out;
}

std::string joined(const std::vector<RuleError>& errors) {
  std::string out;
  for (const RuleError& error : errors) out += (out.empty() ? "" : "\n") + error.message();
  return out;
}

}  // namespace

std::string RuleError::message() const {
  std::string where = line > 0 ? fmt::format("{}:{}", file, line) : file;
  if (!rule.empty()) where = where.empty() ? fmt::format("rule {}", rule) : fmt::format("{}: rule {}", where, rule);
  return where.empty() ? reason : fmt::format("{}: {}", where, reason);
}

Result<std::unique_ptr<RuleSet>> RuleSet::load(const std::string& dir, const RuleLimits& limits,
                                               std::vector<RuleError>* errors, LinesRun* lines) {
  auto source = read_rule_source(dir);
  if (!source) return std::unexpected(source.error());
  return load(std::move(*source), limits, errors, lines);
}

Result<std::unique_ptr<RuleSet>> RuleSet::load(RuleSource source, const RuleLimits& limits,
                                               std::vector<RuleError>* errors, LinesRun* lines) {
  auto set = std::make_unique<LuaRuleSet>(std::move(source), limits, lines);
  std::vector<RuleError> found = set->load_files();
  if (errors != nullptr) *errors = found;
  if (!found.empty()) return fail(Code::invalid, "{}", joined(found));
  return set;
}

}  // namespace hookswitch
