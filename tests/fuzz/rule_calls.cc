// A rule made of the input, which calls everything that rules can call with odd values: numbers at their ends, texts
// that are none, tables with and without the fields that are asked for, and what earlier calls gave.
#include <fmt/format.h>

#include <array>

#include "engine/rules/vocabulary.h"
#include "tests/fuzz/rule_runs.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {
namespace {

constexpr size_t kStepsMax = 24;

constexpr const char* kBegin = R"(
local values = {}
local cycle = {}
cycle[1] = cycle
local function keep(value) if value ~= nil and #values < 200 then values[#values + 1] = value end end
local function try(f, ...) keep(select(2, pcall(f, ...))) end
local function deep(levels) local out = {} for _ = 1, levels do out = { out } end return out end
return {
  name = "r", on = "*", per = PER,
  handle = function(event, ctx)
    values = {
      true, 0, -1, 1.5, 1 << 53, math.maxinteger, math.mininteger, 1e308, -0.0, 0 / 0, 1 / 0, "", " ", "c1", "call_2",
      "known", "+13105551234", "90s", "2026-03-01T10:00:00Z", "America/New_York", "\255\0", ("x"):rep(300), "mon-fri",
      "%w+", "(a*)*", "[", {}, { 1, 2, 3 }, { a = 1 }, { [2] = 1 }, cycle, deep(200), require "hookswitch.json".null,
      function(...) return ... end, event, ctx, ctx.call, event.data, string, ctx.now, ctx.kpi, "any", "call",
      { days = "mon-fri", from = "09:00", to = "18:00" }, { attempts = 3, delays = { "15m" }, on = { "busy" } },
      setmetatable({}, { __index = function() return 1 end, __tostring = function() return 5 end }),
    }
)";

constexpr std::array kFields = {"key",     "name",      "at",       "after",  "data",  "to",         "from",   "body",
                                "kind",    "title",     "id",       "phones", "phone", "channel",    "window", "retry",
                                "due_at",  "source",    "type",     "params", "call",  "outcome",    "twiml",  "json",
                                "status",  "variables", "metadata", "tenant", "time",  "expires_at", "1",      "days",
                                "country", "zone",      "text",     "intent", "cost",  "method",     "headers"};

/// "ctx.kpi:add", "require 'hookswitch.text'.match", "string.rep" as something to be given to pcall.
std::vector<std::string> functions() {
  const Vocabulary words = vocabulary();
  std::vector<std::string> out;
  auto method = [&](const std::string& object, const std::string& name) {
    out.push_back(fmt::format("function(...) return {}:{}(...) end", object, name));
  };
  method("ctx.call", "update");
  for (const auto& [table, names] : words.ctx_tables) {
    for (const std::string& name : names) method("ctx." + table, name);
  }
  for (const std::string& name : words.ctx_functions) out.push_back("ctx." + name);
  for (const std::string& name : words.event_methods) method("event", name);
  for (const auto& [module, names] : words.modules) {
    for (const std::string& name : names) out.push_back(fmt::format("require '{}'['{}']", module, name));
  }
  for (const char* library : {"string", "table", "math", "utf8"}) {
    for (int i = 1; i <= 20; ++i) out.push_back(fmt::format("nth({}, {})", library, i));
  }
  for (const std::string& name : words.globals) {
    if (name != "_G" && name != "_VERSION") out.push_back(name);
  }
  return out;
}

std::string value(Input& in) { return fmt::format("values[{}]", in.byte()); }

std::string table(Input& in) {
  std::string out = "{ ";
  for (int left = in.byte() % 6; left >= 0; --left) {
    out += fmt::format("['{}'] = {}, ", kFields[in.byte() % kFields.size()], value(in));
  }
  return out + "}";
}

std::string call(Input& in, const std::vector<std::string>& all) {
  std::string out = fmt::format("try({}", all[in.number() % all.size()]);
  for (int left = in.byte() % 5; left > 0; --left) out += ", " + value(in);
  return out + ")";
}

std::string program(Input in) {
  static const std::vector<std::string> all = functions();
  std::string out = kBegin;
  out.replace(out.find("PER"), 3, in.byte() % 2 == 0 ? "nil" : "\"call\"");
  out.insert(0, R"(
local function nth(library, n)
  local names = {}
  for name in pairs(library) do names[#names + 1] = name end
  table.sort(names)
  return library[names[n] or names[1]]
end)");
  for (size_t steps = 0; !in.empty() && steps < kStepsMax; ++steps) {
    out += "    " + (in.byte() % 3 == 0 ? fmt::format("keep({})", table(in)) : call(in, all)) + "\n";
  }
  return out + "  end,\n}\n";
}

}  // namespace

void try_input(std::string_view input) {
  static const Event event = an_event("conversation.ended", R"({"from":"+13105551234","list":[1,null,{"a":[]}]})");
  check_twice(program(Input(input)), event);
}

}  // namespace hookswitch::fuzz
