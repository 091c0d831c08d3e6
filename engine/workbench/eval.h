// Tries a few lines of Lua on an event: they see what a rule would see, and what they ask for is shown and not done.
#pragma once

#include <string>
#include <vector>

#include "engine/processor/directory.h"
#include "engine/providers/sources.h"
#include "engine/rules/modules.h"
#include "engine/rules/rule_context.h"
#include "engine/rules/rule_set.h"
#include "engine/rules/sandbox.h"
#include "engine/state/store.h"

namespace hookswitch {

/// A rule set of one rule without a file: the lines, with `event` and `ctx`, for every event. Its sandbox and budgets
/// are those of rules.
class Snippet final : public RuleSet {
 public:
  /// `rule` is whose memory ctx.state shows; `library` what "lib.x" is.
  Snippet(std::string rule, LibraryFiles library, const RuleLimits& limits);

  /// Takes an expression ("event.data.outcome, ctx.now") or statements ("local x = 1 return x").
  std::expected<void, RuleError> compile(const std::string& code);

  const std::vector<RuleInfo>& rules() const override { return infos_; }
  const std::string& hash() const override { return no_version_; }
  std::expected<void, RuleError> run(const Event& event, World& world,
                                     const std::function<void(const RuleRun&)>& on_run) override;

  /// What the lines returned in the last run.
  const Json& values() const { return values_; }
  /// What they wrote with ctx.log in it.
  const std::vector<std::string>& log() const { return log_; }

 private:
  static int call_and_collect(lua_State* lua);

  const LibraryFiles library_;
  Sandbox sandbox_;
  RuleContext context_;
  std::vector<RuleInfo> infos_;
  const std::string no_version_;
  int chunk_ = LUA_NOREF;
  Json values_ = Json::array();
  std::vector<std::string> log_;
};

/// {"values", "effects", "log", "reply", "error", "event", "call", "tenant", "steps", "memory_bytes", "us"}: the lines on this
/// event, with its call as it stands now. Error: what they give is larger than limits::kEvalAnswerBytes. [processor]
Result<Json> evaluate_snippet(const Reader& reader, const Directory& directory, const Sources& sources,
                              const Event& event, int64_t arrived_ms, Snippet& snippet);

/// The event that `wish` makes up: {"type", "data"?, "raw"?, "subject"?, "time"?}. Errors: invalid.
Result<Event> made_up_event(const Json& wish, const std::string& source, const std::string& provider, int64_t now_ms);

}  // namespace hookswitch
