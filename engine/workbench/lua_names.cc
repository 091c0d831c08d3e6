#include "engine/workbench/lua_names.h"

namespace hookswitch {
namespace {

using Kind = LuaToken::Kind;

const LuaToken kNothing;

}  // namespace

LuaNames::LuaNames(const std::vector<LuaToken>& tokens) : tokens_(tokens) {
  mark_functions();
  for (size_t at = 0; at < tokens_.size(); ++at) {
    if (token(at).is("local")) declare_locals(at + 1);
    if (token(at).is("function")) declare_parameters(at + 1);
    if (token(at).is("for")) declare_loop(at + 1);
  }
  for (size_t at = 1; at < tokens_.size(); ++at) {
    if (token(at).is("=") && !in_table_[at]) note_assignment(at);
  }
  learn_aliases();
}

const LuaToken& LuaNames::token(size_t at) const { return at < tokens_.size() ? tokens_[at] : kNothing; }

void LuaNames::mark_functions() {
  std::vector<const LuaToken*> blocks;  // what opened those that are open
  size_t functions = 0;
  in_function_.reserve(tokens_.size());
  in_table_.reserve(tokens_.size());
  for (const LuaToken& token : tokens_) {
    const bool closes = token.is("end") || token.is("until") || token.is("}");
    if (closes && !blocks.empty()) {
      functions -= blocks.back()->is("function") ? 1 : 0;
      blocks.pop_back();
    }
    in_function_.push_back(functions > 0);
    in_table_.push_back(!blocks.empty() && blocks.back()->is("{"));
    if (token.is("function") || token.is("do") || token.is("if") || token.is("repeat") || token.is("{")) {
      blocks.push_back(&token);
      functions += token.is("function") ? 1 : 0;
    }
  }
}

/// a, b = ..., whose '=' is at `at`. Of `local a = ...` nothing is noted: that declares it.
void LuaNames::note_assignment(size_t at) {
  for (;; at -= 2) {
    const LuaToken& name = token(at - 1);
    const bool of_other = at >= 2 && (token(at - 2).is(".") || token(at - 2).is("local"));
    auto known = declared_.find(name.text);
    if (name.kind == Kind::name && !of_other && known != declared_.end()) known->second.assigned = true;
    if (at < 3 || !token(at - 2).is(",")) return;
  }
}

void LuaNames::declare(size_t at, bool parameter) {
  if (token(at).kind != Kind::name) return;
  Declared& declared = declared_[token(at).text];
  ++declared.times;
  declared.as_parameter += parameter ? 1 : 0;
  declared.of_file = declared.of_file || !in_function_[at];
}

/// local a <const>, b = ... and local function a
void LuaNames::declare_locals(size_t at) {
  if (token(at).is("function")) return declare(at + 1, false);
  for (;; ++at) {
    declare(at, false);
    if (token(at + 1).is("<")) at += 3;
    if (!token(at + 1).is(",")) return;
    ++at;
  }
}

/// function a.b:c(x, y), also without a name. A global function's name is a global.
void LuaNames::declare_parameters(size_t at) {
  while (at < tokens_.size() && !token(at).is("(")) {
    if (token(at).is(":")) ++declared_["self"].times;
    ++at;
  }
  for (++at; at < tokens_.size() && !token(at).is(")"); ++at) declare(at, true);
}

/// for i = ..., for k, v in ...
void LuaNames::declare_loop(size_t at) {
  for (; token(at).kind == Kind::name || token(at).is(","); ++at) declare(at, false);
}

/// handle = function(event, ctx), under whatever names.
void LuaNames::learn_handler(size_t at) {
  if (!token(at).is("handle") || !token(at + 1).is("=") || !token(at + 2).is("function")) return;
  const char* meanings[] = {"event", "ctx"};
  for (size_t place = 0; place < 2; ++place) {
    const LuaToken& parameter = token(at + 4 + 2 * place);
    if (parameter.kind != Kind::name) return;
    ++as_handler_[parameter.text];
    aliases_[parameter.text] = meanings[place];
  }
}

/// Whether the token at `at` no longer belongs to the value before it, as an operator, a call and an index do.
bool LuaNames::value_ends(size_t at) const {
  const LuaToken& after = token(at);
  if (after.kind == Kind::name || at >= tokens_.size()) return true;
  if (after.kind == Kind::keyword) return !after.is("and") && !after.is("or");
  return after.is(";") || after.is(",") || after.is("::");
}

/// What stands at `at` alone: a module that is required, or a table of ctx.
std::string LuaNames::value_of(size_t at) const {
  if (token(at).is("require")) {
    const bool brackets = token(at + 1).is("(");
    const LuaToken& name = token(brackets ? at + 2 : at + 1);
    return name.kind == Kind::text && value_ends(brackets ? at + 4 : at + 2) ? name.text : "";
  }
  if (token(at).kind != Kind::name || !token(at + 1).is(".") || meaning(token(at).text) != "ctx") return "";
  return value_ends(at + 3) ? "ctx." + token(at + 2).text : "";
}

void LuaNames::learn_aliases() {
  for (size_t at = 0; at < tokens_.size(); ++at) learn_handler(at);
  for (size_t at = 0; at < tokens_.size(); ++at) {
    if (!token(at).is("local") || !token(at + 2).is("=")) continue;
    const std::string value = value_of(at + 3);
    if (value.empty() || token(at + 1).kind != Kind::name) continue;
    const std::string& name = token(at + 1).text;
    std::string& known = aliases_[name];
    if (known.empty() || known == value) ++as_alias_[name];
    known = value;
  }
}

std::string LuaNames::meaning(const std::string& name) const {
  auto declared = declared_.find(name);
  if (declared == declared_.end() || declared->second.assigned) return "";
  const bool only_parameter = declared->second.times == declared->second.as_parameter;
  if (name == "ctx") return only_parameter ? "ctx" : "";  // helpers are handed it under its own name
  if (name == "event" && as_handler_.contains(name)) return only_parameter ? "event" : "";
  auto alias = aliases_.find(name);
  if (alias == aliases_.end()) return "";
  auto handler = as_handler_.find(name);
  if (handler == as_handler_.end()) handler = as_alias_.find(name);
  return declared->second.times == handler->second ? alias->second : "";
}

bool LuaNames::of_file(const std::string& name) const {
  auto declared = declared_.find(name);
  return declared != declared_.end() && declared->second.times == 1 && declared->second.of_file &&
         declared->second.as_parameter == 0;
}

}  // namespace hookswitch
