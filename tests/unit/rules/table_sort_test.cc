// table.sort puts lists in order, in the same way every time.
#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

// Lists of every size, made in many ways: numbers with repeats, rising, falling, and rising to the middle.
const char* kMakeLists = R"(
  local function made(size, kind)
    local list, x = {}, 1
    for i = 1, size do
      x = (x * 1103515245 + 12345) % 2147483648
      local key = kind == 1 and x // 65536 % 50 or kind == 2 and i or kind == 3 and size - i or math.min(i, size - i)
      list[i] = { key = key, place = i }
    end
    return list
  end
)";

TEST_CASE("lists are sorted, whatever they were like") {
  CHECK(value_of(std::string(kMakeLists) + R"(
    for _, size in ipairs { 0, 1, 2, 3, 4, 7, 50, 101, 1000 } do
      for kind = 1, 4 do
        local list = made(size, kind)
        table.sort(list, function(a, b) return a.key < b.key end)
        local sum = 0
        for i, item in ipairs(list) do
          if i > 1 and item.key < list[i - 1].key then return { size, kind, i } end
          sum = sum + item.place
        end
        if sum ~= size * (size + 1) // 2 then return { size, kind, 'lost' } end
      end
    end
    return 'sorted')") == "sorted");
}

TEST_CASE("numbers and texts are sorted without a function, and both ways with one") {
  CHECK(value_of("local t = {3, 1.5, -2, 10} table.sort(t) return t") == Json::parse("[-2,1.5,3,10]"));
  CHECK(value_of("local t = {'b', 'a', 'ab', ''} table.sort(t) return t") == Json::parse(R"(["","a","ab","b"])"));
  CHECK(value_of("local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return t") ==
        Json::parse("[3,2,1]"));
}

TEST_CASE("what is equal keeps its order, and a list whose sorting fails is as it was") {
  CHECK(value_of(std::string(kMakeLists) + R"(
    local list = made(1000, 1)
    table.sort(list, function(a, b) return a.key < b.key end)
    for i = 2, #list do
      if list[i].key == list[i - 1].key and list[i].place < list[i - 1].place then return i end
    end
    return 'kept')") == "kept");
  CHECK(value_of("local t = {3, 'a', 1} pcall(table.sort, t) return t") == Json::parse(R"([3,"a",1])"));
}

TEST_CASE("what has no order cannot be sorted") {
  CHECK(error_of("table.sort({1, 'a'})").reason == "attempt to compare string with number");
  CHECK(error_of("table.sort({2, 1}, 5)").reason == "bad argument #2 to 'sort' (function expected, got number)");
  CHECK(value_of("local t = {} for i = 1, 500 do t[i] = i end table.sort(t, function() return true end) return #t") ==
        500);
}

TEST_CASE("a list of a class is a list") {
  CHECK(value_of("local Stack = {} Stack.__index = Stack function Stack:push(x) table.insert(self, x) end "
                 "local s = setmetatable({}, Stack) s:push('b') s:push('a') table.sort(s) "
                 "return table.concat(s, ',') .. table.remove(s) .. select('#', table.unpack(s))") == "a,bb1");
}

}  // namespace
}  // namespace hookswitch
