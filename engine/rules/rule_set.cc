#include "engine/rules/rule_set.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <unordered_map>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/rules/api.h"
#include "engine/rules/held_by.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/metatables.h"
#include "engine/rules/rule_context.h"
#include "engine/rules/rule_file.h"
#include "engine/rules/rule_source.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

constexpr size_t kMuch = 4;                 // a quarter of the memory of a run is much to keep between events
constexpr size_t kMuchWhenMissed = 64;      // and much less, when a run found too little
constexpr size_t kTypesRemembered = 1'024;  // event types whose rules are looked up once

/// A Lua state with all files loaded, and what is bound to it.
struct LoadedState {
  LoadedState(const RuleLimits& limits, const RuleSource& source, LinesRun* lines);

  Sandbox sandbox;
  RuleContext context;
  std::vector<LoadedRule> rules;  // in the order they run
};

LoadedState::LoadedState(const RuleLimits& limits, const RuleSource& source, LinesRun* lines)
    : sandbox(limits), context(sandbox.lua()) {
  lua_State* lua = sandbox.lua();
  sandbox.context = &context;
  sandbox.watch_lines(lines);
  open_lua_json(lua);
  open_require(lua, source.library);
  open_event(lua);
  open_ctx(lua);
  sandbox.settle();
}

class LuaRuleSet final : public RuleSet {
 public:
  LuaRuleSet(RuleSource source, const RuleLimits& limits, LinesRun* lines)
      : source_(std::move(source)), limits_(limits), lines_(lines) {}

  std::vector<RuleError> load_files();
  const std::vector<RuleInfo>& rules() const override { return infos_; }
  const std::string& hash() const override { return source_.hash; }
  std::expected<void, RuleError> run(const Event& event, World& world,
                                     const std::function<void(const RuleRun&)>& on_run) override;

 private:
  std::unique_ptr<LoadedState> fresh_state(std::vector<RuleError>& errors) const;
  const std::vector<size_t>& handlers(const std::string& type);
  std::expected<void, RuleError> run_rules(World& world, const std::function<void(const RuleRun&)>& on_run);
  std::expected<void, RuleError> run_whole_call(std::span<const size_t> running, World& world,
                                                const std::function<void(const RuleRun&)>& on_run);
  std::expected<void, RuleError> run_rule(size_t at, const std::function<void(const RuleRun&)>& on_run);
  void forget_kept(std::expected<void, RuleError>& ran, size_t much);

  const RuleSource source_;
  const RuleLimits limits_;
  LinesRun* const lines_;
  std::unique_ptr<LoadedState> state_;
  SystemClock clock_;
  std::vector<RuleInfo> infos_;  // in the order of the state's rules
  std::unordered_map<std::string, std::vector<size_t>> by_type_;
  bool told_of_kept_ = false;
};

// A module is one table for all who require it: any of them may change what the others see there.
std::string version_of(const RuleSource& source, const std::string& file) {
  auto requires_modules = [](const std::string& text) { return text.find("require") != std::string::npos; };
  std::string text = source.rules.at(file);
  if (!requires_modules(text)) return sha256_hex(text);
  for (const auto& [module, library] : source.library) text += '\0' + module + '\0' + library;
  for (const auto& [other, its] : source.rules) {
    if (requires_modules(its)) text += '\0' + other + '\0' + its;
  }
  return sha256_hex(text);
}

void load_file(LoadedState& state, const std::string& file, const std::string& text, std::vector<RuleError>& errors) {
  if (auto compiled = state.sandbox.compile(text, file); !compiled) {
    errors.push_back(compiled.error());
    return;
  }
  if (auto ran = state.sandbox.call(0, 1); !ran) {
    errors.push_back(ran.error());
    return;
  }
  read_rules(state.sandbox.lua(), file, state.rules, errors);
}

/// A rule's name is whose memory it is and whose shares of a call are replaced: two rules cannot have the same.
void check_names(const std::vector<LoadedRule>& rules, std::vector<RuleError>& errors) {
  std::unordered_map<std::string, std::string> files;
  for (const LoadedRule& rule : rules) {
    auto [found, fresh] = files.emplace(rule.info.name, rule.info.file);
    if (fresh) continue;
    errors.push_back({.rule = rule.info.name,
                      .file = rule.info.file,
                      .reason = fmt::format("name: a rule of {} is called '{}' too, expected another name",
                                            found->second, rule.info.name)});
  }
}

void order(std::vector<LoadedRule>& rules) {
  std::stable_sort(rules.begin(), rules.end(), [](const LoadedRule& left, const LoadedRule& right) {
    if (left.info.per_call != right.info.per_call) return right.info.per_call;
    return left.info.priority > right.info.priority;  // files were read in order
  });
}

std::unique_ptr<LoadedState> LuaRuleSet::fresh_state(std::vector<RuleError>& errors) const {
  auto state = std::make_unique<LoadedState>(limits_, source_, lines_);
  for (const auto& [file, text] : source_.rules) load_file(*state, file, text, errors);
  check_names(state->rules, errors);
  order(state->rules);
  renew_metatables(state->sandbox.lua());
  state->sandbox.settle();
  return state;
}

std::vector<RuleError> LuaRuleSet::load_files() {
  std::vector<RuleError> errors;
  state_ = fresh_state(errors);
  for (const LoadedRule& rule : state_->rules) {
    infos_.push_back(rule.info);
    infos_.back().version = version_of(source_, rule.info.file);
  }
  return errors;
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
  RuleContext& context = state_->context;
  context.event = &event;
  context.world = &world;
  context.effects = context.log_lines = 0;
  bind_event(state_->sandbox.lua());
  auto out = run_rules(world, on_run);
  context.data.end();
  context.raw.end();
  forget_said(state_->sandbox.lua(), context.said);
  context.event = nullptr;
  context.world = nullptr;
  context.rule = nullptr;
  const bool no_memory = !out && out.error().kind == RuleError::Kind::memory;
  const size_t much = state_->sandbox.memory_limit() / (no_memory ? kMuchWhenMissed : kMuch);
  if (state_->sandbox.keeps_more_than(much)) forget_kept(out, much);
  return out;
}

/// What rules keep in variables from event to event leaves others without memory, and no replay knows it. The files are
/// loaded anew, and whose variables held most is named: it also stands for an event that found no memory.
void LuaRuleSet::forget_kept(std::expected<void, RuleError>& ran, size_t much) {
  std::vector<size_t> held;
  for (const LoadedRule& rule : state_->rules) held.push_back(held_by(state_->sandbox.lua(), rule.handler));
  if (held.empty()) return;
  const RuleInfo& most = infos_[static_cast<size_t>(std::ranges::max_element(held) - held.begin())];
  const std::string reason = fmt::format(
      "it keeps more than {} bytes in variables outside `handle`, expected what has to be remembered in ctx.state",
      much);
  if (!ran && ran.error().kind == RuleError::Kind::memory && ran.error().rule != most.name)
    ran = std::unexpected(RuleError{RuleError::Kind::memory, most.name, most.file, 0, reason});
  std::vector<RuleError> errors;
  auto fresh = fresh_state(errors);
  if (errors.empty()) state_ = std::move(fresh);
  if (std::exchange(told_of_kept_, true)) return;
  spdlog::warn("{}: rule {}: {}; all files are loaded anew, now and whenever that happens again", most.file, most.name,
               reason);
}

std::expected<void, RuleError> LuaRuleSet::run_rules(World& world, const std::function<void(const RuleRun&)>& on_run) {
  std::span<const size_t> running = handlers(state_->context.event->type);
  while (!running.empty() && !infos_[running.front()].per_call) {
    if (auto ran = run_rule(running.front(), on_run); !ran) return ran;
    running = running.subspan(1);
  }
  if (running.empty() || world.call() == nullptr) return {};
  return run_whole_call(running, world, on_run);
}

/// Each rule for whole calls in its turn: it runs, or what it said last is said again.
std::expected<void, RuleError> LuaRuleSet::run_whole_call(std::span<const size_t> running, World& world,
                                                          const std::function<void(const RuleRun&)>& on_run) {
  const bool spoken = world.begin_whole_call();
  if (spoken) forget_call_fields(state_->sandbox.lua());
  const auto first = std::ranges::find(infos_, true, &RuleInfo::per_call);
  for (auto at = static_cast<size_t>(first - infos_.begin()); at < infos_.size(); ++at) {
    if (!std::ranges::binary_search(running, at)) {
      if (spoken && world.say_again(infos_[at].name)) forget_call_fields(state_->sandbox.lua());
    } else if (auto ran = run_rule(at, on_run); !ran) {
      return ran;
    }
  }
  return {};
}

std::expected<void, RuleError> LuaRuleSet::run_rule(size_t at, const std::function<void(const RuleRun&)>& on_run) {
  Sandbox& sandbox = state_->sandbox;
  lua_State* lua = sandbox.lua();
  if (state_->context.world->follow(infos_[at])) {
    forget_call_fields(lua);
    if (on_run) on_run({&infos_[at]});
    return {};
  }
  state_->context.rule = &infos_[at];
  const int64_t start = on_run ? clock_.steady_us() : 0;
  lua_rawgeti(lua, LUA_REGISTRYINDEX, state_->rules[at].handler);
  push_event(lua);
  push_ctx(lua);
  auto out = sandbox.call(2, 0);
  if (on_run) on_run({&infos_[at], sandbox.steps(), sandbox.memory_bytes(), clock_.steady_us() - start});
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
