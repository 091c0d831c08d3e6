// What the names in a Lua file stand for, as far as reading tells: which are declared, and which of them are ctx, event
// or a module under another name.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/workbench/lua_tokens.h"

namespace hookswitch {

class LuaNames {
 public:
  explicit LuaNames(const std::vector<LuaToken>& tokens);

  bool declared(const std::string& name) const { return declared_.contains(name); }
  /// "ctx", "event", "ctx.kpi" or "hookswitch.text": what the name stands for wherever it is used in the file; "" when
  /// that is not certain.
  std::string meaning(const std::string& name) const;
  /// Declared once, outside all functions.
  bool of_file(const std::string& name) const;
  /// Whether the token at `at` lies in a function.
  bool in_function(size_t at) const { return in_function_[at]; }

 private:
  struct Declared {
    int times = 0;
    int as_parameter = 0;
    bool assigned = false;  // again, after its declaration
    bool of_file = false;
  };

  void mark_functions();
  void note_assignment(size_t at);
  void declare_locals(size_t at);
  void declare_parameters(size_t at);
  void declare_loop(size_t at);
  void declare(size_t at, bool parameter);
  void learn_aliases();
  void learn_handler(size_t at);
  bool value_ends(size_t at) const;
  std::string value_of(size_t at) const;
  const LuaToken& token(size_t at) const;

  const std::vector<LuaToken>& tokens_;
  std::vector<bool> in_function_;
  std::vector<bool> in_table_;  // directly between the braces of { ... }
  std::map<std::string, Declared> declared_;
  std::map<std::string, std::string> aliases_;
  std::map<std::string, int> as_alias_;    // times a local was made to stand for that, and for nothing else
  std::map<std::string, int> as_handler_;  // times declared as a parameter of `handle`
};

}  // namespace hookswitch
