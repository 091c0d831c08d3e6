// A Lua state in which a rule can compute, but cannot reach out, keep memory, run away or depend on chance.
//
// Three budgets end a run for good, and pcall does not swallow them: memory (a counting allocator), steps (a hook every
// 1000 instructions, plus what C functions charge for the work the hook cannot see) and, as the last line of defence,
// CPU time. One instruction takes the longer the larger what it looks at, so the hook comes the more often the more
// memory lies in large blocks. Lua is the C++ build: its errors are exceptions, so destructors run; never catch (...)
// around a Lua call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <expected>
#include <lua.hpp>
#include <map>
#include <string>
#include <string_view>

#include "engine/rules/block_pool.h"
#include "engine/rules/patterns.h"
#include "engine/rules/rule_set.h"

namespace hookswitch {

struct RuleContext;

/// One Lua state and its budgets. Belongs to the thread that runs it.
class Sandbox {
 public:
  explicit Sandbox(const RuleLimits& limits);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  static Sandbox& of(lua_State* lua) { return **static_cast<Sandbox**>(lua_getextraspace(lua)); }
  lua_State* lua() const { return lua_; }

  /// Compiles Lua source (never bytecode) in an environment of its own and pushes the function. `file` names it.
  std::expected<void, RuleError> compile(std::string_view text, const std::string& file);
  /// Calls the function below the arguments with fresh budgets, as lua_call does. On an error the stack is as before
  /// the function was pushed. The error has no rule's name yet.
  std::expected<void, RuleError> call(int arguments, int results);
  /// What is alive now is the base over which every later run may allocate limits.memory_bytes.
  void settle();
  /// Whether runs left more than this behind since then. Collects garbage when it seems so.
  bool keeps_more_than(size_t bytes);
  size_t memory_limit() const { return memory_limit_; }

  /// Notes every line that runs from now on; null: no more. For coverage.
  void watch_lines(LinesRun* lines) { lines_ = lines; }

  /// Of the last call: instructions, counted in thousands where nothing large is kept, plus charges; most bytes over
  /// the start.
  uint64_t steps() const { return steps_; }
  uint64_t memory_bytes() const { return peak_ > start_ ? peak_ - start_ : 0; }

  // For C functions inside a run. Each may raise a Lua error.

  /// Pays for work that the instruction hook does not see: about one step for every 16 bytes or one item touched.
  void charge(uint64_t steps);
  /// Before work that is usually short but may cost up to `worst` steps: ends the run when no run could pay for that,
  /// and looks at the clock as often as if it were paid.
  void brace(uint64_t worst);
  /// Ends the run when `bytes` more (kept outside Lua for a moment) would break the memory limit.
  void make_room(size_t bytes);
  /// Counts `bytes` that are kept outside Lua from now on as the rule's, until let_go().
  void hold(size_t bytes);
  void let_go(size_t bytes) { used_ -= bytes; }
  /// An error of kind `denied`: the rule tried something that rules may not do.
  [[noreturn]] void deny(const std::string& reason);
  /// Ends the run with kind `gave_up`; no pcall stops it.
  [[noreturn]] void give_up(const std::string& reason);
  /// True when the run is over and only unwinds: pcall must raise again.
  bool stopped() const { return stop_ != Stop::none; }
  /// pcall saw Lua's own out-of-memory error.
  void note_out_of_memory() { stop(Stop::memory); }

  Patterns& patterns() { return patterns_; }

  /// What the current event and world are; null while files are loaded. Set by the rule set.
  RuleContext* context = nullptr;

 private:
  enum class Stop : uint8_t { none, memory, steps, time, gave_up };
  struct Position {
    std::string file;
    std::string shown;  // as Lua prints it in front of messages
    int line = 0;
  };

  static void* allocate(void* self, void* block, size_t old_size, size_t new_size);
  static void on_count(lua_State* lua, lua_Debug* info);
  static int on_error(lua_State* lua);
  void note_line(lua_Debug* info);
  bool admits(size_t more);
  bool has_room(size_t bytes) const;
  void account(size_t old_size, size_t new_size);
  void account_large(size_t old_size, size_t new_size);
  void set_interval();
  bool moment_passed();
  void begin();
  void finish();
  void stop(Stop why);
  void spend(uint64_t steps);
  void check_cpu(uint64_t work);
  void check_depth();
  [[noreturn]] void raise_stop();
  std::string stop_reason() const;
  Position position(int level) const;
  RuleError fault(int status);
  RuleError fault_of_message(std::string message) const;

  const size_t memory_limit_;
  const uint64_t step_limit_;
  const int64_t cpu_limit_ms_;
  lua_State* lua_ = nullptr;
  Patterns patterns_;

  LinesRun* lines_ = nullptr;

  bool running_ = false;
  Stop stop_ = Stop::none;
  uint64_t steps_ = 0;
  size_t used_ = 0;   // bytes held now, by Lua and for it
  size_t base_ = 0;   // of settle()
  size_t start_ = 0;  // at the start of the run
  size_t peak_ = 0;
  size_t large_ = 0;  // of used_, in large blocks: what one instruction can take long to walk
  int denials_ = 0;   // allocations refused in this run; each costs a full collection
  int64_t cpu_start_ms_ = 0;
  uint64_t interval_ = 0;   // instructions from one look to the next
  uint64_t unchecked_ = 0;  // steps since the clock was looked at
  int64_t moment_ms_ = 0;   // when it was looked at
  Position where_;          // of the last error or refusal
  std::string denied_;      // text of the last denial
  std::string gave_up_;     // reason of give_up
  BlockPool pool_;
};

/// Wraps every C function given to Lua: a C++ exception becomes a Lua error instead of an unknown one.
template <int (*fn)(lua_State*)>
int guarded(lua_State* lua) {
  try {
    return fn(lua);
  } catch (const std::exception& error) {
    return luaL_error(lua, "%s", error.what());
  }
}

/// Globals that rules may not use, each with what to use instead.
std::map<std::string, std::string> denied_globals();

/// Fills the table on top with what rules may use as globals: a careful choice of Lua's own libraries.
void open_base(lua_State* lua);    // type, pairs, next, pcall, tostring ...
void open_string(lua_State* lua);  // string, with patterns in linear time
void open_table(lua_State* lua);   // table
void open_math(lua_State* lua);    // math, utf8
void open_denied(lua_State* lua);  // io, os, debug, load ...: each says why not and what to use instead

}  // namespace hookswitch
