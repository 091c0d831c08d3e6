#include "engine/workbench/lint_names.h"

#include <fmt/format.h>

#include "engine/base/nearest.h"
#include "engine/workbench/lua_names.h"

namespace hookswitch {
namespace {

using Kind = LuaToken::Kind;
using Names = Vocabulary::Names;

const LuaToken kNoToken;

std::string hint(const std::string& word, const Names& known) {
  return suggestion(word, std::vector<std::string>(known.begin(), known.end()));
}

class NameLint {
 public:
  NameLint(const std::string& file, const std::vector<LuaToken>& tokens, const Vocabulary& words,
           const std::set<std::string>& libraries, std::vector<LintFinding>& findings)
      : file_(file), tokens_(tokens), names_(tokens), words_(words), libraries_(libraries), findings_(findings) {}

  void run() {
    for (size_t at = 0; at < tokens_.size(); ++at) {
      if (token(at).kind == Kind::name && begins_expression(at)) look(at);
    }
  }

 private:
  const LuaToken& token(size_t at) const { return at < tokens_.size() ? tokens_[at] : kNoToken; }
  const LuaToken& before(size_t at) const { return at > 0 ? tokens_[at - 1] : kNoToken; }

  void add(size_t at, bool is_error, std::string message) {
    findings_.push_back({file_, token(at).line, is_error, std::move(message)});
  }
  void wrong(size_t at, std::string message) { add(at, true, std::move(message)); }

  /// Not a field, a label, an attribute or the key of a table's field.
  bool begins_expression(size_t at) const {
    const LuaToken& left = before(at);
    if (left.is(".") || left.is(":") || left.is("goto") || left.is("::")) return false;
    if (left.is("<") && token(at + 1).is(">")) return false;
    const bool in_list = left.is("{") || left.is(",") || left.is(";");
    return !(in_list && token(at + 1).is("="));
  }

  void look(size_t at) {
    const std::string& name = token(at).text;
    if (name == "require") return look_at_require(at);
    const std::string meaning = names_.meaning(name);
    if (meaning == "ctx") return look_at_ctx(at + 1);
    if (meaning == "event") return look_at_event(at + 1);
    if (meaning.starts_with("ctx.")) return look_at_member(at, meaning.substr(4));
    if (auto module = words_.modules.find(meaning); module != words_.modules.end()) {
      return look_at_field(at + 1, name, module->second, '.');
    }
    if (!names_.declared(name)) return look_at_global(at);
    if (names_.of_file(name) && names_.in_function(at) && (is_assigned(at) || is_list_changed(at))) {
      add(at, false,
          fmt::format(
              "{} is {} while events are handled, but a reload or restart forgets it and a replay does not know "
              "it: keep it in ctx.state",
              name, token(at + 1).is("=") ? "set" : "changed"));
    }
  }

  /// name = ..., name.field = ..., name[key].field = ...
  bool is_assigned(size_t at) const {
    for (++at; token(at).is(".") || token(at).is("["); ++at) at = token(at).is(".") ? at + 1 : closing(at);
    return token(at).is("=");
  }

  /// Where the '[' at `at` is closed.
  size_t closing(size_t at) const {
    int depth = 0;
    for (; at < tokens_.size(); ++at) {
      depth += token(at).is("[") ? 1 : token(at).is("]") ? -1 : 0;
      if (depth == 0) break;
    }
    return at;
  }

  /// table.insert(name, ...) and the like.
  bool is_list_changed(size_t at) const {
    if (at < 4 || !token(at - 1).is("(") || !token(at - 3).is(".") || !token(at - 4).is("table")) return false;
    const LuaToken& function = token(at - 2);
    return function.is("insert") || function.is("remove") || function.is("sort");
  }

  void look_at_require(size_t at) {
    const LuaToken& name = token(at + 1).is("(") ? token(at + 2) : token(at + 1);
    if (name.kind != Kind::text || words_.modules.contains(name.text) || libraries_.contains(name.text)) return;
    Names known = libraries_;
    for (const auto& [module, names] : words_.modules) known.insert(module);
    wrong(at, fmt::format("require: there is no module '{}'{}", name.text, hint(name.text, known)));
  }

  void look_at_global(size_t at) {
    const std::string& name = token(at).text;
    if (name == "_ENV") return;
    if (auto denied = words_.denied.find(name); denied != words_.denied.end()) {
      return wrong(at, fmt::format("{} is not available to rules: {}", name, denied->second));
    }
    if (words_.globals.contains(name)) return;
    wrong(at, fmt::format("there is no global '{}', expected a local, a parameter or a function of Lua{}", name,
                          hint(name, words_.globals)));
  }

  /// At the '.' or ':' behind `ctx`.
  void look_at_ctx(size_t at) {
    if (!token(at).is(".") && !token(at).is(":")) return;
    const std::string& name = token(at + 1).text;
    if (!words_.ctx.contains(name)) {
      return wrong(at + 1, fmt::format("ctx has no '{}'{}", name, hint(name, words_.ctx)));
    }
    if (token(at).is(":")) return wrong(at, fmt::format("ctx:{}: found a colon, expected ctx.{}", name, name));
    if (token(at + 2).is("=")) return wrong(at, fmt::format("ctx.{} cannot be assigned", name));
    look_at_member(at + 1, name);
  }

  void look_at_event(size_t at) {
    if (words_.event_methods.contains(token(at + 1).text)) return look_at_field(at, "event", words_.event_methods, ':');
    Names known = words_.event;
    known.insert(words_.event_methods.begin(), words_.event_methods.end());
    look_at_field(at, "event", known, '.');
  }

  /// `at` is the name that stands for ctx.<member>.
  void look_at_member(size_t at, const std::string& member) {
    if (member == "call") return look_at_call(at + 1);
    auto table = words_.ctx_tables.find(member);
    if (table != words_.ctx_tables.end()) look_at_field(at + 1, "ctx." + member, table->second, ':');
  }

  void look_at_call(size_t at) {
    look_at_field(at, "ctx.call", words_.call, token(at + 1).is("update") ? ':' : '.');
    if (!token(at + 1).is("update")) return;
    const size_t table = token(at + 2).is("(") ? at + 3 : at + 2;
    if (token(table).is("{")) look_at_update(table + 1);
  }

  /// At the '.' or ':' behind `owner`. `expected` is how its functions are called.
  void look_at_field(size_t at, const std::string& owner, const Names& known, char expected) {
    if (!token(at).is(".") && !token(at).is(":")) return;
    const std::string& name = token(at + 1).text;
    if (!known.contains(name)) return wrong(at + 1, fmt::format("{} has no '{}'{}", owner, name, hint(name, known)));
    const LuaToken& next = token(at + 2);
    const bool called = next.is("(") || next.is("{") || next.kind == Kind::text;
    if (called && token(at).text[0] != expected) {
      wrong(at, fmt::format("{0}{1}{2}: found '{1}', expected {0}{3}{2}(...)", owner, token(at).text, name, expected));
    }
    if (next.is("=")) {
      const char* instead = owner == "ctx.call" ? ": use ctx.call:update{...}" : "";
      wrong(at, fmt::format("{}.{} cannot be assigned{}", owner, name, instead));
    }
  }

  /// The fields of the table that ctx.call:update is given, as far as they are written there.
  void look_at_update(size_t at) {
    for (int depth = 1; at < tokens_.size() && depth > 0; ++at) {
      if (token(at).is("{") || token(at).is("(") || token(at).is("function")) ++depth;
      if (token(at).is("}") || token(at).is(")") || token(at).is("end")) --depth;
      if (depth != 1 || !(before(at).is("{") || before(at).is(",") || before(at).is(";"))) continue;
      if (token(at).kind == Kind::name && token(at + 1).is("=")) look_at_updated(at);
      if (token(at).is("[") && token(at + 1).kind == Kind::text && token(at + 2).is("]")) look_at_updated(at + 1);
    }
  }

  void look_at_updated(size_t at) {
    const std::string& name = token(at).text;
    if (words_.settable.contains(name)) return;
    if (words_.call.contains(name) && name != "update") {
      return wrong(at, fmt::format("ctx.call:update: rules may not set '{}'", name));
    }
    wrong(at, fmt::format("ctx.call:update: a call has no '{}'{}", name, hint(name, words_.settable)));
  }

  const std::string& file_;
  const std::vector<LuaToken>& tokens_;
  const LuaNames names_;
  const Vocabulary& words_;
  const std::set<std::string>& libraries_;
  std::vector<LintFinding>& findings_;
};

}  // namespace

void lint_names(const std::string& file, const std::vector<LuaToken>& tokens, const Vocabulary& words,
                const std::set<std::string>& libraries, std::vector<LintFinding>& findings) {
  NameLint(file, tokens, words, libraries, findings).run();
}

}  // namespace hookswitch
