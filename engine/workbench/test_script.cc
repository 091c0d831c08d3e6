#include "engine/workbench/test_script.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/limits.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/read_only.h"

namespace hookswitch {
namespace {

const char kContextKey = 0;  // of the registry

std::string limit_reason(const RuleError& error) {
  switch (error.kind) {
    case RuleError::Kind::memory:
      return fmt::format("it needs more than the {} bytes of memory a test may use", limits::kRuleTestMemoryBytes);
    case RuleError::Kind::steps:
      return fmt::format("it runs longer than the {} steps, or {} ms, a test may use", limits::kRuleTestSteps,
                         limits::kRuleCpuMs);
    default:
      return error.reason;
  }
}

/// Upvalue 1: name. Upvalue 2: the known fields.
int missing_field(lua_State* lua) {
  lua_settop(lua, 2);
  const char* name = lua_tostring(lua, lua_upvalueindex(1));
  if (lua_type(lua, 2) != LUA_TSTRING) return 0;
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, lua_upvalueindex(2)) != LUA_TNIL) return 0;
  std::vector<std::string> names;
  lua_pushnil(lua);
  while (lua_next(lua, lua_upvalueindex(2)) != 0) {
    lua_pop(lua, 1);
    names.emplace_back(lua_tostring(lua, -1));
  }
  std::vector<std::string_view> known(names.begin(), names.end());
  std::string field = lua_tostring(lua, 2);
  raise(lua, fmt::format("{} has no field '{}'{}", name, field, suggestion(field, known)));
}

}  // namespace

TestScript::TestScript(std::string file, std::string shown_file, const LibraryFiles& library)
    : file_(std::move(file)),
      shown_file_(std::move(shown_file)),
      sandbox_({limits::kRuleTestMemoryBytes, limits::kRuleTestSteps}) {
  lua_State* lua = sandbox_.lua();
  lua_pushlightuserdata(lua, &context_);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kContextKey);
  context_.folder = std::filesystem::path(file_).parent_path().string();
  open_lua_json(lua);
  open_require(lua, library);
  push_test_module(lua);
  provide_module(lua, "hookswitch.test");
  sandbox_.settle();
}

TestContext& TestScript::context_of(lua_State* lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kContextKey);
  auto* context = static_cast<TestContext*>(lua_touserdata(lua, -1));
  lua_pop(lua, 1);
  return *context;
}

RuleTestResult TestScript::failed(const RuleError& error, RuleTestResult result) const {
  if (error.file == shown_file_ && error.line > 0) result.line = error.line;
  const bool elsewhere = !error.file.empty() && error.file != shown_file_;
  std::string place = elsewhere ? fmt::format("{}:{}: ", error.file, error.line) : "";
  result.failure.push_back(place + limit_reason(error));
  return result;
}

std::expected<void, RuleTestResult> TestScript::load() {
  RuleTestResult whole{.name = "the file", .file = shown_file_};
  std::ifstream in(file_, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  context_.text = text.str();
  if (!in || context_.text.size() > limits::kRuleTestFileBytes) {
    whole.failure = {fmt::format("read it: found {} bytes, expected a readable file of at most {}",
                                 context_.text.size(), limits::kRuleTestFileBytes)};
    return std::unexpected(std::move(whole));
  }
  if (auto compiled = sandbox_.compile(context_.text, shown_file_); !compiled) {
    return std::unexpected(failed(compiled.error(), std::move(whole)));
  }
  if (auto ran = sandbox_.call(0, 0); !ran) return std::unexpected(failed(ran.error(), std::move(whole)));
  sandbox_.settle();
  return {};
}

RuleTestResult TestScript::run(const NamedTest& test, RuleBench& bench) {
  RuleTestResult result{.name = test.name, .file = shown_file_, .line = test.line};
  lua_State* lua = sandbox_.lua();
  context_.bench = &bench;
  context_.failure.clear();
  context_.hints.clear();
  lua_rawgeti(lua, LUA_REGISTRYINDEX, test.function);
  push_test_engine(lua);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, test.parameter);
  auto ran = sandbox_.call(2, 0);
  context_.bench = nullptr;
  if (!context_.failure.empty()) {
    result.failure = context_.failure;
    result.line = context_.failure_line;
  } else if (!ran) {
    result = failed(ran.error(), std::move(result));
  }
  for (const DeadLetter& letter : bench.unseen_dead()) {
    result.failure.push_back(fmt::format("event {} became a dead letter, and the test did not look at it: {}",
                                         letter.event_type.empty() ? letter.id() : letter.event_type, letter.reason));
  }
  return result;
}

RuleBench& bench_of(lua_State* lua) {
  RuleBench* bench = TestScript::context_of(lua).bench;
  if (bench == nullptr) raise(lua, "engine is there only while its test runs");
  return *bench;
}

void push_known(lua_State* lua, const Json& value, const char* name, const std::vector<std::string_view>& known) {
  push_json(lua, value);
  if (!value.is_object()) return;
  lua_createtable(lua, 0, 1);
  lua_pushstring(lua, name);
  lua_createtable(lua, 0, static_cast<int>(known.size()));
  for (std::string_view field : known) {
    lua_pushlstring(lua, field.data(), field.size());
    lua_pushboolean(lua, 1);
    lua_rawset(lua, -3);
  }
  lua_pushcclosure(lua, guarded<missing_field>, 2);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
}

}  // namespace hookswitch
