#include "engine/workbench/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <lua.hpp>
#include <memory>
#include <string_view>

namespace hookswitch {
namespace {

// Reads what lua_dump of Lua 5.4 wrote, for its line numbers: Lua itself tells the lines of a function only when the
// function is there, and one that was never made is just what coverage has to find.
class Bytecode {
 public:
  explicit Bytecode(std::string_view bytes) : bytes_(bytes) {}

  std::set<int> lines() {
    take(kHeaderBytes + 1);  // and the number of upvalues of the main function
    function();
    return std::move(lines_);
  }

 private:
  // Signature, version, format, check bytes, three sizes, a whole number and a float to compare.
  static constexpr size_t kHeaderBytes = 4 + 1 + 1 + 6 + 3 + sizeof(lua_Integer) + sizeof(lua_Number);
  static constexpr size_t kInstructionBytes = 4;
  static constexpr int kAbsolute = -0x80;  // a line that is written in full, further behind

  enum Constant : uint8_t { kInteger = 0x03, kFloat = 0x13, kShortText = 0x04, kLongText = 0x14 };

  std::string_view take(size_t count) {
    std::string_view out = bytes_.substr(0, std::min(count, bytes_.size()));
    bytes_.remove_prefix(out.size());
    return out;
  }

  uint8_t byte() {
    std::string_view one = take(1);
    return one.empty() ? uint8_t{0x80} : static_cast<uint8_t>(one[0]);
  }

  size_t number() {
    size_t value = 0;
    for (;;) {
      uint8_t next = byte();
      value = (value << 7) | (next & 0x7f);
      if ((next & 0x80) != 0) return value;
    }
  }

  void text() {
    if (size_t size = number(); size > 1) take(size - 1);
  }

  void constants() {
    for (size_t left = number(); left > 0; --left) {
      uint8_t kind = byte();
      if (kind == kInteger || kind == kFloat) take(8);
      if (kind == kShortText || kind == kLongText) text();
    }
  }

  void function() {
    text();  // source
    int line = static_cast<int>(number());
    number();  // its last line
    take(2);   // parameters, whether it takes more
    byte();    // registers
    take(number() * kInstructionBytes);
    constants();
    take(number() * 3);  // upvalues
    for (size_t left = number(); left > 0; --left) function();
    line_numbers(line);
    for (size_t left = number(); left > 0; --left) {  // local variables
      text();
      number();
      number();
    }
    for (size_t left = number(); left > 0; --left) text();  // names of upvalues
  }

  // The last instruction is the return that stands for `end`; the first of a main function prepares its arguments.
  void line_numbers(int line) {
    std::string_view steps = take(number());
    std::vector<int> absolute;
    for (size_t left = number(); left > 0; --left) {
      number();  // which instruction
      absolute.push_back(static_cast<int>(number()));
    }
    auto next = absolute.begin();
    const bool main = line == 0;
    for (size_t at = 0; at < steps.size(); ++at) {
      int step = static_cast<signed char>(steps[at]);
      line = step == kAbsolute && next != absolute.end() ? *next++ : line + step;
      if (at + 1 < steps.size() && !(main && at == 0)) lines_.insert(line);
    }
  }

  std::string_view bytes_;
  std::set<int> lines_;
};

int append(lua_State*, const void* bytes, size_t size, void* out) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return 0;
}

}  // namespace

Result<std::set<int>> executable_lines(const std::string& text, const std::string& file) {
  std::unique_ptr<lua_State, decltype(&lua_close)> lua(luaL_newstate(), lua_close);
  if (!lua) return fail(Code::unavailable, "compile {}: no memory for a Lua state", file);
  if (luaL_loadbufferx(lua.get(), text.data(), text.size(), ("@" + file).c_str(), "t") != LUA_OK) {
    return fail(Code::invalid, "compile {}: {}", file, lua_tostring(lua.get(), -1));
  }
  std::string bytecode;
  lua_dump(lua.get(), append, &bytecode, 0);
  return Bytecode(bytecode).lines();
}

FileCoverage file_coverage(const std::string& file, const std::set<int>& executable, const std::set<int>& run) {
  FileCoverage out{file, executable.size(), 0, {}};
  bool joins = false;
  for (int line : executable) {
    bool ran = run.contains(line);
    out.run += ran ? 1 : 0;
    if (!ran && joins) out.missed.back().second = line;
    if (!ran && !joins) out.missed.emplace_back(line, line);
    joins = !ran;
  }
  return out;
}

std::string line_ranges(const std::vector<std::pair<int, int>>& ranges) {
  std::string out;
  for (const auto& [first, last] : ranges) {
    if (!out.empty()) out += ", ";
    out += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return out;
}

}  // namespace hookswitch
