#include "engine/rules/table_sort.h"

#include <climits>
#include <cstdint>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

using Place = lua_Unsigned;

constexpr Place kSmall = 100;       // intervals of fewer items take their middle as pivot
constexpr Place kImbalanced = 128;  // so much less on one side of a pivot calls for another choice

/// Quicksort of argument 1 by argument 2, or by `<`. A comparator that gives no order ends in an error or in any order,
/// never outside the list.
class Sorter {
 public:
  explicit Sorter(lua_State* lua) : lua_(lua), by_function_(!lua_isnil(lua, 2)) {}

  void sort(Place lo, Place up, uint32_t seed) {
    while (lo < up) {
      order(up, lo);
      if (up - lo == 1) return;
      const Place middle = pivot(lo, up, seed);
      if (!order(middle, lo)) order(up, middle);
      if (up - lo == 2) return;
      const Place split = partition(lo, up, middle);
      const std::pair<Place, Place> below{lo, split - 1};
      const std::pair<Place, Place> above{split + 1, up};
      const bool below_is_less = split - lo < up - split;
      const auto& [less_lo, less_up] = below_is_less ? below : above;
      sort(less_lo, less_up, seed);
      const Place less = below_is_less ? split - lo : up - split;
      std::tie(lo, up) = below_is_less ? above : below;
      if (up > lo && (up - lo) / kImbalanced > less) seed = seed * 1'103'515'245 + 12'345;
    }
  }

 private:
  static Place pivot(Place lo, Place up, uint32_t seed) {
    if (up - lo < kSmall || seed == 0) return (lo + up) / 2;
    const Place quarter = (up - lo) / 4;
    return seed % (quarter * 2) + lo + quarter;
  }

  /// Whether the value at stack index `a` comes before that at `b`.
  bool less(int a, int b) {
    Sandbox::of(lua_).charge(1);
    if (!by_function_) return lua_compare(lua_, a, b, LUA_OPLT) != 0;
    lua_pushvalue(lua_, 2);
    lua_pushvalue(lua_, a - 1);
    lua_pushvalue(lua_, b - 2);
    lua_call(lua_, 2, 1);
    const bool out = lua_toboolean(lua_, -1) != 0;
    lua_pop(lua_, 1);
    return out;
  }

  void push(Place at) { lua_geti(lua_, 1, static_cast<lua_Integer>(at)); }
  void store(Place at) { lua_seti(lua_, 1, static_cast<lua_Integer>(at)); }

  /// Swaps the items when the one at `later`, further behind or to be so, comes before the one at `earlier`.
  bool order(Place later, Place earlier) {
    push(earlier);
    push(later);
    const bool swap = less(-1, -2);
    if (swap) {
      store(earlier);
      store(later);
    } else {
      lua_pop(lua_, 2);
    }
    return swap;
  }

  [[noreturn]] void no_order() {
    luaL_error(lua_, "invalid order function for sorting");
    std::abort();  // luaL_error does not return
  }

  /// Puts what comes before the pivot before it; gives its place then.
  Place partition(Place lo, Place up, Place middle) {
    push(middle);
    lua_pushvalue(lua_, -1);
    push(up - 1);
    store(middle);
    store(up - 1);  // the pivot waits there, and on the stack
    Place i = lo;
    Place j = up - 1;
    for (;;) {
      for (push(++i); less(-1, -2); push(++i)) {
        if (i == up - 1) no_order();
        lua_pop(lua_, 1);
      }
      for (push(--j); less(-3, -1); push(--j)) {
        if (j < i) no_order();
        lua_pop(lua_, 1);
      }
      if (j < i) break;
      store(i);
      store(j);
    }
    lua_pop(lua_, 1);
    store(up - 1);
    store(i);
    return i;
  }

  lua_State* lua_;
  bool by_function_;
};

}  // namespace

int table_sort(lua_State* lua) {
  const lua_Integer size = luaL_len(lua, 1);
  luaL_argcheck(lua, size < INT_MAX, 1, "array too big");
  if (!lua_isnoneornil(lua, 2)) luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_settop(lua, 2);
  if (size > 1) Sorter(lua).sort(1, static_cast<Place>(size), 0);
  return 0;
}

}  // namespace hookswitch
