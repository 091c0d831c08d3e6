#include "engine/workbench/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/base/nearest.h"
#include "engine/processor/command_event.h"
#include "engine/rules/rule_file.h"
#include "engine/workbench/lint_names.h"

namespace hookswitch {
namespace {

using Kind = LuaToken::Kind;
using Files = std::map<std::string, std::vector<LuaToken>>;

/// What the texts of all files say about timers and modules.
struct Mentions {
  std::set<std::string> timers;     // names that some rule sets
  bool computed_timers = false;     // some rule puts a name together
  std::set<std::string> libraries;  // modules that some file requires
  bool computed_libraries = false;
};

/// The `name` in the table of ctx.timer:set{...}, whose '{' is at `at`.
void note_timer(const std::vector<LuaToken>& tokens, size_t at, Mentions& out) {
  int depth = 0;
  for (; at + 2 < tokens.size(); ++at) {
    if (tokens[at].is("{")) ++depth;
    if (tokens[at].is("}") && --depth == 0) return;
    if (depth != 1 || !tokens[at].is("name") || !tokens[at + 1].is("=")) continue;
    const bool whole = tokens[at + 2].kind == Kind::text && !(at + 3 < tokens.size() && tokens[at + 3].is(".."));
    whole ? static_cast<void>(out.timers.insert(tokens[at + 2].text)) : static_cast<void>(out.computed_timers = true);
  }
}

void note_require(const std::vector<LuaToken>& tokens, size_t at, Mentions& out) {
  if (at < tokens.size() && tokens[at].is("(")) ++at;
  const bool text = at < tokens.size() && tokens[at].kind == Kind::text;
  text ? static_cast<void>(out.libraries.insert(tokens[at].text)) : static_cast<void>(out.computed_libraries = true);
}

Mentions mentions_of(const Files& files) {
  Mentions out;
  for (const auto& [file, tokens] : files) {
    for (size_t at = 0; at + 2 < tokens.size(); ++at) {
      if (tokens[at].is("require")) note_require(tokens, at + 1, out);
      if (!tokens[at].is(":") || !tokens[at + 1].is("set")) continue;
      const size_t table = tokens[at + 2].is("(") ? at + 3 : at + 2;
      const bool written = table < tokens.size() && tokens[table].is("{");
      written ? note_timer(tokens, table, out) : static_cast<void>(out.computed_timers = true);
    }
  }
  return out;
}

/// The patterns under `on`: does anything make such events?
class EventLint {
 public:
  EventLint(const Files& files, const Mentions& mentions, const std::vector<std::string>& providers,
            std::vector<LintFinding>& findings)
      : files_(files), mentions_(mentions), providers_(providers), findings_(findings) {}

  void look(const RuleInfo& rule) {
    size_t without = 0;
    for (const std::string& pattern : rule.on) {
      if (made(pattern)) {
        look_for_cover(rule, pattern);
      } else {
        ++without;
        pattern.find('*') == std::string::npos ? unknown_type(rule, pattern) : empty_pattern(rule, pattern);
      }
    }
    if (without < rule.on.size()) return;
    findings_.push_back({rule.file, line(rule, rule.name), false,
                         fmt::format("rule {} never runs: nothing makes its events", rule.name)});
  }

 private:
  int line(const RuleInfo& rule, const std::string& text) const {
    auto tokens = files_.find(rule.file);
    if (tokens == files_.end()) return 1;
    for (const LuaToken& token : tokens->second) {
      if (token.kind == Kind::text && token.text == text) return token.line;
    }
    return 1;
  }

  bool of_provider(const std::string& pattern) const {
    return std::any_of(providers_.begin(), providers_.end(),
                       [&](const std::string& provider) { return pattern.starts_with(provider + "."); });
  }

  bool made(const std::string& pattern) const {
    if (of_provider(pattern)) return true;
    if (mentions_.computed_timers && pattern.starts_with("timer.")) return true;
    const auto covered = [&](const std::string& type) { return covers(pattern, type); };
    return std::any_of(event_types().begin(), event_types().end(), covered) ||
           std::any_of(told_commands().begin(), told_commands().end(),
                       [&](const std::string& command) { return covered("command." + command); }) ||
           std::any_of(mentions_.timers.begin(), mentions_.timers.end(),
                       [&](const std::string& timer) { return covered("timer." + timer); });
  }

  void look_for_cover(const RuleInfo& rule, const std::string& pattern) {
    for (const std::string& other : rule.on) {
      if (&other == &pattern || !covers(other, pattern)) continue;
      if (other == pattern && &other > &pattern) continue;  // said once, at the second
      findings_.push_back(
          {rule.file, line(rule, pattern), false, fmt::format("on: '{}' is in '{}' already", pattern, other)});
      return;
    }
  }

  std::vector<std::string> known_types() const {
    std::vector<std::string> out = event_types();
    for (const std::string& timer : mentions_.timers) out.push_back("timer." + timer);
    for (const std::string& command : told_commands()) out.push_back("command." + command);
    return out;
  }

  void unknown_type(const RuleInfo& rule, const std::string& type) {
    const std::string hint = suggestion(type, known_types());
    std::string message =
        type.starts_with("timer.")
            ? fmt::format("on: no rule sets a timer named '{}'{}", type.substr(6), hint)
            : fmt::format("on: found '{}', expected an event type that the engine or a loaded plugin makes{}", type,
                          hint);
    findings_.push_back({rule.file, line(rule, type), false, std::move(message)});
  }

  void empty_pattern(const RuleInfo& rule, const std::string& pattern) {
    std::vector<std::string> families = {"timer.*", "command.*"};
    for (const std::string& type : event_types()) families.push_back(type.substr(0, type.find('.')) + ".*");
    for (const std::string& provider : providers_) families.push_back(provider + ".*");
    findings_.push_back({rule.file, line(rule, pattern), true,
                         fmt::format("on: no event type matches '{}'{}", pattern, suggestion(pattern, families))});
  }

  const Files& files_;
  const Mentions& mentions_;
  const std::vector<std::string>& providers_;
  std::vector<LintFinding>& findings_;
};

void look_at_libraries(const RuleSource& source, const Mentions& mentions, std::vector<LintFinding>& findings) {
  if (mentions.computed_libraries) return;
  for (const auto& [module, text] : source.library) {
    if (mentions.libraries.contains(module)) continue;
    findings.push_back({library_path(module), 1, false, "no rule requires this file"});
  }
}

/// Sinks whose names are written in ctx.emit and ctx.has_sink.
void look_at_sinks(const std::string& file, const std::vector<LuaToken>& tokens, const std::vector<std::string>& sinks,
                   std::vector<LintFinding>& findings) {
  std::vector<LuaToken> emitted;
  std::set<std::string> known(sinks.begin(), sinks.end());
  for (size_t at = 0; at + 3 < tokens.size(); ++at) {
    const LuaToken& name = tokens[at + 1].is("(") ? tokens[at + 2] : tokens[at + 1];
    if (tokens[at].is("has_sink")) {
      if (name.kind != Kind::text) return;  // which ones are asked for is not written
      known.insert(name.text);
    }
    const bool of_ctx = at > 0 && tokens[at - 1].is(".") && tokens[at].is("emit");
    if (of_ctx && name.kind == Kind::text && tokens[at + 3].is(",")) emitted.push_back(name);
  }
  for (const LuaToken& sink : emitted) {
    if (known.contains(sink.text)) continue;
    findings.push_back({file, sink.line, false,
                        fmt::format("ctx.emit: the sink '{0}' is not configured{1}: without ctx.has_sink '{0}' before "
                                    "it, the event becomes a dead letter",
                                    sink.text, suggestion(sink.text, sinks))});
  }
}

Files tokens_of(const RuleSource& source) {
  Files out;
  for (const auto& [file, text] : source.rules) out[file] = lua_tokens(text);
  for (const auto& [module, text] : source.library) out[library_path(module)] = lua_tokens(text);
  return out;
}

}  // namespace

std::string LintFinding::text() const { return fmt::format("{}:{}: {}", file, line, message); }

std::vector<LintFinding> lint(const RuleSource& source, const std::vector<RuleInfo>& rules,
                              const std::vector<std::string>& providers, const std::vector<std::string>& sinks) {
  std::vector<LintFinding> findings;
  const Files files = tokens_of(source);
  const Mentions mentions = mentions_of(files);
  const Vocabulary words = vocabulary();
  std::set<std::string> libraries;
  for (const auto& [module, text] : source.library) libraries.insert(module);
  for (const auto& [file, tokens] : files) {
    lint_names(file, tokens, words, libraries, findings);
    look_at_sinks(file, tokens, sinks, findings);
  }
  EventLint events(files, mentions, providers, findings);
  for (const RuleInfo& rule : rules) events.look(rule);
  look_at_libraries(source, mentions, findings);
  std::stable_sort(findings.begin(), findings.end(), [](const LintFinding& left, const LintFinding& right) {
    return std::tie(left.file, left.line) < std::tie(right.file, right.line);
  });
  return findings;
}

int line_of_text(std::string_view source, std::string_view text) {
  for (const LuaToken& token : lua_tokens(source)) {
    if (token.text == text) return token.line;
  }
  return 1;
}

const std::vector<std::string>& event_types() {
  static const std::vector<std::string> kTypes = {
      "call.incoming",      "call.initiated",   "call.ringing",   "call.answered",         "call.ended",
      "call.failed",        "call.machine",     "call.recording", "conversation.starting", "conversation.ended",
      "conversation.audio", "message.received", "message.status", "import.conversation",   "action.done",
      "action.failed",      "action.unknown"};
  return kTypes;
}

}  // namespace hookswitch
