#include "engine/rules/sandbox.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/rules/read_only.h"

namespace hookswitch {
namespace {

constexpr uint64_t kHookSteps = 1000;
constexpr size_t kLargeBlock = 64 * 1024;
constexpr size_t kLargeMemory = 128 * 1024;  // in large blocks; with more the hook comes more often
// Copying is cheap, but not free: one instruction can concatenate megabytes.
constexpr size_t kCopiedBytesPerStep = 256;
constexpr int kDenialsMax = 32;        // near the limit every allocation costs a full collection

int64_t cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

/// Costs next to nothing, and stands still for some milliseconds.
int64_t coarse_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

/// Every file's environment: reads go to the shared globals, assignments are refused.
int refuse_assignment(lua_State* lua) {
  const char* name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
  return luaL_error(lua, "global '%s' cannot be assigned: assign to a local, or keep it in ctx.state", name);
}

void push_environment(lua_State* lua) {
  lua_newtable(lua);
  lua_createtable(lua, 0, 3);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, guarded<refuse_assignment>);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
}

/// The table behind all environments replaces Lua's own globals, which nobody can reach any more.
void open_globals(lua_State* lua) {
  lua_newtable(lua);
  open_base(lua);
  open_string(lua);
  open_table(lua);
  open_math(lua);
  open_denied(lua);
  lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushnil(lua);
  lua_setfield(lua, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

}  // namespace

Sandbox::Sandbox(const RuleLimits& limits)
    : memory_limit_(limits.memory_bytes != 0 ? limits.memory_bytes : limits::kRuleMemoryBytes),
      step_limit_(limits.steps != 0 ? limits.steps : limits::kRuleSteps),
      cpu_limit_ms_(limits.cpu_ms != 0 ? limits.cpu_ms : limits::kRuleCpuMs) {
  lua_ = lua_newstate(allocate, this);
  ENSURE(lua_ != nullptr, "no memory for a Lua state");
  *static_cast<Sandbox**>(lua_getextraspace(lua_)) = this;
  open_globals(lua_);
  lua_gc(lua_, LUA_GCGEN, 0, 0);
  settle();
}

Sandbox::~Sandbox() { lua_close(lua_); }

void Sandbox::settle() {
  lua_gc(lua_, LUA_GCCOLLECT);
  base_ = used_;
}

bool Sandbox::keeps_more_than(size_t bytes) {
  for (int round = 0; round < 2 && used_ > base_ + bytes; ++round) lua_gc(lua_, LUA_GCCOLLECT);  // 2: what has __gc
  return used_ > base_ + bytes;
}

std::expected<void, RuleError> Sandbox::compile(std::string_view text, const std::string& file) {
  const std::string chunk = "@" + file;
  if (int status = luaL_loadbufferx(lua_, text.data(), text.size(), chunk.c_str(), "t"); status != LUA_OK) {
    RuleError error = fault_of_message(lua_tostring(lua_, -1));
    if (error.file.empty()) error.file = file;
    lua_pop(lua_, 1);
    return std::unexpected(std::move(error));
  }
  push_environment(lua_);
  lua_setupvalue(lua_, -2, 1);
  return {};
}

std::expected<void, RuleError> Sandbox::call(int arguments, int results) {
  const int function = lua_gettop(lua_) - arguments;
  lua_pushcfunction(lua_, on_error);
  lua_insert(lua_, function);
  begin();
  const int status = lua_pcall(lua_, arguments, results, function);
  finish();
  lua_remove(lua_, function);
  if (status == LUA_OK && stop_ == Stop::none) return {};
  RuleError error = fault(status);
  lua_settop(lua_, function - 1);
  return std::unexpected(std::move(error));
}

void Sandbox::begin() {
  stop_ = Stop::none;
  steps_ = 0;
  denials_ = 0;
  start_ = peak_ = used_;
  where_ = {};
  cpu_start_ms_ = -1;
  unchecked_ = 0;
  moment_ms_ = 0;
  running_ = true;
  set_interval();
}

void Sandbox::set_interval() {
  interval_ = kHookSteps;
  for (size_t large = kLargeMemory; large < large_ && interval_ > 1; large *= 2) interval_ /= 2;
  interval_ = std::min(interval_, step_limit_ + 1);
  const int mask = LUA_MASKCOUNT | (lines_ != nullptr ? LUA_MASKLINE : 0);
  lua_sethook(lua_, on_count, mask, static_cast<int>(interval_));
}

void Sandbox::finish() {
  running_ = false;
  lua_sethook(lua_, nullptr, 0, 0);
}

void* Sandbox::allocate(void* self, void* block, size_t old_size, size_t new_size) {
  auto& sandbox = *static_cast<Sandbox*>(self);
  if (block == nullptr) old_size = 0;  // then Lua passes the kind of object instead
  if (new_size == 0) {
    sandbox.pool_.release(block, old_size);
    sandbox.used_ -= old_size;
    if (old_size >= kLargeBlock) sandbox.large_ -= old_size;
    return nullptr;
  }
  if (new_size > old_size && sandbox.running_ && !sandbox.admits(new_size - old_size)) return nullptr;
  void* moved = sandbox.pool_.resize(block, old_size, new_size);
  if (moved != nullptr) sandbox.account(old_size, new_size);
  return moved;
}

bool Sandbox::admits(size_t more) {
  if (used_ + more <= base_ + memory_limit_) return true;
  where_ = position(0);  // Lua's out-of-memory error calls no message handler
  if (++denials_ > kDenialsMax) stop(Stop::memory);
  return false;
}

void Sandbox::account(size_t old_size, size_t new_size) {
  used_ += new_size - old_size;
  peak_ = std::max(peak_, used_);
  if (std::max(old_size, new_size) >= kLargeBlock) account_large(old_size, new_size);
  if (!running_) return;
  steps_ += new_size / kCopiedBytesPerStep;
  if (steps_ > step_limit_) stop(Stop::steps);
}

/// Within a run the hook comes only more often: setting it anew forgets up to one interval.
void Sandbox::account_large(size_t old_size, size_t new_size) {
  if (old_size >= kLargeBlock) large_ -= old_size;
  if (new_size >= kLargeBlock) large_ += new_size;
  const bool too_seldom = large_ / kLargeMemory * interval_ >= 2 * kHookSteps && interval_ > 1;
  if (running_ && stop_ == Stop::none && too_seldom) set_interval();
}

void Sandbox::stop(Stop why) {
  if (stop_ != Stop::none) return;
  stop_ = why;
  lua_sethook(lua_, on_count, LUA_MASKCOUNT, 1);  // whatever still runs ends at its next instruction
}

void Sandbox::on_count(lua_State* lua, lua_Debug* info) {
  Sandbox& sandbox = of(lua);
  if (info->event == LUA_HOOKLINE) return sandbox.note_line(info);
  sandbox.spend(sandbox.interval_);
  sandbox.check_depth();
}

void Sandbox::note_line(lua_Debug* info) {
  lua_getinfo(lua_, "S", info);
  (*lines_)[info->source + (info->source[0] == '@')].insert(info->currentline);
}

void Sandbox::charge(uint64_t steps) {
  if (running_) spend(steps);
}

void Sandbox::spend(uint64_t steps) {
  if (stop_ != Stop::none) raise_stop();
  steps_ += std::min(steps, step_limit_ + 1);
  if (steps_ > step_limit_) stop(Stop::steps);
  check_cpu(steps);
  if (stop_ != Stop::none) raise_stop();
}

void Sandbox::brace(uint64_t worst) {
  if (!running_) return;
  if (worst > step_limit_) stop(Stop::steps);
  check_cpu(worst);
  if (stop_ != Stop::none) raise_stop();
}

void Sandbox::check_cpu(uint64_t work) {
  unchecked_ += work;
  if (unchecked_ < interval_) return;
  unchecked_ = 0;
  if (interval_ < kHookSteps && !moment_passed()) return;
  const int64_t now = cpu_ms();
  if (cpu_start_ms_ < 0) cpu_start_ms_ = now;
  if (now - cpu_start_ms_ > cpu_limit_ms_) stop(Stop::time);
}

/// Whether looking at the clock may give something new, where it is looked at often.
bool Sandbox::moment_passed() {
  const int64_t now = coarse_ms();
  const bool passed = now != moment_ms_;
  moment_ms_ = now;
  return passed;
}

void Sandbox::check_depth() {
  lua_Debug info;
  if (lua_getstack(lua_, static_cast<int>(limits::kRuleCallDepth), &info) == 0) return;
  luaL_error(lua_, "calls are nested deeper than %d: does a function call itself without end?",
             static_cast<int>(limits::kRuleCallDepth));
}

bool Sandbox::has_room(size_t bytes) const { return !running_ || used_ + bytes <= base_ + memory_limit_; }

void Sandbox::make_room(size_t bytes) {
  if (has_room(bytes)) return;
  if (bytes <= memory_limit_ && ++denials_ <= kDenialsMax) lua_gc(lua_, LUA_GCCOLLECT);
  if (has_room(bytes)) return;
  stop(Stop::memory);
  raise_stop();
}

void Sandbox::hold(size_t bytes) {
  make_room(bytes);
  used_ += bytes;
  peak_ = std::max(peak_, used_);
}

void Sandbox::deny(const std::string& reason) {
  luaL_where(lua_, 1);
  lua_pushlstring(lua_, reason.data(), reason.size());
  lua_concat(lua_, 2);
  denied_ = lua_tostring(lua_, -1);
  lua_error(lua_);
  std::abort();  // lua_error does not return
}

void Sandbox::give_up(const std::string& reason) {
  gave_up_ = reason;
  stop(Stop::gave_up);
  raise_stop();
}

void Sandbox::raise_stop() {
  luaL_error(lua_, "%s", stop_reason().c_str());
  std::abort();  // luaL_error does not return
}

std::string Sandbox::stop_reason() const {
  switch (stop_) {
    case Stop::memory:
      return fmt::format("it needs more than the {} bytes of memory a rule may use", memory_limit_);
    case Stop::steps:
      return fmt::format("it runs longer than the {} steps a rule may use", step_limit_);
    case Stop::time:
      return fmt::format("it takes more than the {} ms of processor time a rule may use", cpu_limit_ms_);
    default:
      return gave_up_;
  }
}

}  // namespace hookswitch
