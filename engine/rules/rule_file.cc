#include "engine/rules/rule_file.h"

#include <fmt/format.h>

#include "engine/rules/read_only.h"
#include "engine/rules/text_keys.h"

namespace hookswitch {
namespace {

constexpr lua_Integer kRulePriorityMax = 1'000'000;

RuleError error_in(const std::string& file, std::string reason) {
  RuleError error;
  error.file = file;
  error.reason = std::move(reason);
  return error;
}

/// Reads one rule, the table at `index`; gives the first thing wrong.
class RuleReader {
 public:
  RuleReader(lua_State* lua, int index, std::string file) : lua_(lua), index_(index) {
    rule_.info.file = std::move(file);
  }

  std::string read() {
    check_keys();
    read_name();
    read_on();
    read_priority();
    read_per();
    read_handler();
    return error_;
  }
  LoadedRule& rule() { return rule_; }

 private:
  void wrong(std::string what) {
    if (error_.empty()) error_ = std::move(what);
  }

  void check_keys() {
    static const std::vector<std::string_view> kKeys = {"name", "on", "handle", "priority", "per"};
    const TextKeys found = text_keys(lua_, index_);
    if (!found.only_texts()) wrong("a rule has list items, expected only name, on, handle, priority and per");
    for (std::string_view key : found.keys) {
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
        wrong(fmt::format("a rule has no field '{}'{}", key, suggestion(key, kKeys)));
      }
    }
  }

  int push(const char* name) {
    lua_pushstring(lua_, name);
    return lua_rawget(lua_, index_);
  }

  void read_name() {
    if (push("name") == LUA_TSTRING) rule_.info.name = lua_tostring(lua_, -1);
    if (rule_.info.name.empty()) wrong(fmt::format("name: found {}, expected text", luaL_typename(lua_, -1)));
    lua_pop(lua_, 1);
  }

  void read_on() {
    const int type = push("on");
    if (type == LUA_TSTRING) add_pattern();
    if (type == LUA_TTABLE) read_pattern_list();
    if (rule_.info.on.empty()) {
      wrong(fmt::format("on: found {}, expected an event type, a list of them, or a pattern such as 'call.*'",
                        luaL_typename(lua_, -1)));
    }
    lua_pop(lua_, 1);
  }

  void read_pattern_list() {
    const auto size = static_cast<lua_Integer>(lua_rawlen(lua_, -1));
    for (lua_Integer at = 1; at <= size; ++at) {
      if (lua_rawgeti(lua_, -1, at) == LUA_TSTRING) {
        add_pattern();
      } else {
        wrong(fmt::format("on: item {} is a {}, expected text", at, luaL_typename(lua_, -1)));
      }
      lua_pop(lua_, 1);
    }
  }

  void add_pattern() {
    const std::string pattern = lua_tostring(lua_, -1);
    if (pattern.empty()) wrong("on: found an empty text, expected an event type");
    rule_.info.on.push_back(pattern);
  }

  void read_priority() {
    if (push("priority") != LUA_TNIL) {
      int whole = 0;
      const lua_Integer priority = lua_tointegerx(lua_, -1, &whole);
      if (whole == 0 || lua_type(lua_, -1) != LUA_TNUMBER || priority < -kRulePriorityMax ||
          priority > kRulePriorityMax) {
        wrong(fmt::format("priority: expected a whole number between -{} and {}", kRulePriorityMax, kRulePriorityMax));
      }
      rule_.info.priority = static_cast<int>(priority);
    }
    lua_pop(lua_, 1);
  }

  void read_per() {
    const int type = push("per");
    rule_.info.per_call = type == LUA_TSTRING && std::string_view(lua_tostring(lua_, -1)) == "call";
    if (type != LUA_TNIL && !rule_.info.per_call) wrong("per: expected 'call', or leave it out");
    lua_pop(lua_, 1);
  }

  void read_handler() {
    if (push("handle") != LUA_TFUNCTION) {
      wrong(fmt::format("handle: found {}, expected a function(event, ctx)", luaL_typename(lua_, -1)));
    }
    if (error_.empty()) {
      rule_.handler = luaL_ref(lua_, LUA_REGISTRYINDEX);
    } else {
      lua_pop(lua_, 1);
    }
  }

  lua_State* lua_;
  int index_;
  LoadedRule rule_;
  std::string error_;
};

void read_one(lua_State* lua, int index, const std::string& file, std::vector<LoadedRule>& rules,
              std::vector<RuleError>& errors) {
  RuleReader reader(lua, index, file);
  if (std::string error = reader.read(); !error.empty()) {
    errors.push_back({.rule = reader.rule().info.name, .file = file, .reason = std::move(error)});
    return;
  }
  rules.push_back(std::move(reader.rule()));
}

void read_list(lua_State* lua, int index, const std::string& file, std::vector<LoadedRule>& rules,
               std::vector<RuleError>& errors) {
  const auto size = static_cast<lua_Integer>(lua_rawlen(lua, index));
  for (lua_Integer at = 1; at <= size; ++at) {
    if (lua_rawgeti(lua, index, at) == LUA_TTABLE) {
      read_one(lua, lua_gettop(lua), file, rules, errors);
    } else {
      errors.push_back(
          error_in(file, fmt::format("item {} of the list is a {}, expected a rule", at, luaL_typename(lua, -1))));
    }
    lua_pop(lua, 1);
  }
}

}  // namespace

void read_rules(lua_State* lua, const std::string& file, std::vector<LoadedRule>& rules,
                std::vector<RuleError>& errors) {
  const int index = lua_gettop(lua);
  if (!lua_istable(lua, index)) {
    errors.push_back(error_in(
        file, fmt::format("the file returns {}, expected a rule or a list of rules", luaL_typename(lua, index))));
  } else if (lua_rawlen(lua, index) > 0) {
    read_list(lua, index, file, rules, errors);
  } else {
    read_one(lua, index, file, rules, errors);
  }
  lua_settop(lua, index - 1);
}

bool covers(std::string_view pattern, std::string_view type) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == type;
  if (!type.starts_with(pattern.substr(0, star))) return false;
  type.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  if (pattern.empty()) return true;
  for (size_t skip = 0; skip <= type.size(); ++skip) {
    if (covers(pattern, type.substr(skip))) return true;
  }
  return false;
}

}  // namespace hookswitch
