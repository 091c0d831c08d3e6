// engine:tenant, source, sinks, put_contact, put_agent, set_memory, at, advance, deliver, event, redrive: what a test
// gives and what happens in it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "engine/base/limits.h"
#include "engine/base/nearest.h"
#include "engine/base/time_text.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/workbench/lint.h"
#include "engine/workbench/test_engine.h"
#include "engine/workbench/test_payload.h"
#include "engine/workbench/test_script.h"

namespace hookswitch {
namespace {

void must(const Arguments& arguments, const Status& status) {
  if (!status) arguments.refuse(status.error().message);
}

template <class T>
T must(const Arguments& arguments, Result<T> result) {
  if (!result) arguments.refuse(result.error().message);
  return std::move(*result);
}

/// The table argument, only with fields that are known.
Json fields_of(lua_State* lua, const Arguments& arguments, const char* function,
               std::initializer_list<std::string_view> known) {
  arguments.table(1, "fields");
  Fields checked(lua, arguments.index(1), function, known);
  return arguments.json(1, "fields");
}

int tenant(lua_State* lua) {
  constexpr const char* kName = "engine:tenant";
  const auto arguments = Arguments::method(lua, kName);
  if (lua_type(lua, arguments.index(1)) == LUA_TSTRING) {
    must(arguments, bench_of(lua).add_tenant(std::string(arguments.text(1, "id"))));
    return 0;
  }
  Json tenant = fields_of(lua, arguments, kName, {"id", "name", "timezone", "country", "numbers", "agents", "sources"});
  if (!tenant.contains("id")) arguments.refuse("id: found nothing, expected text");
  must(arguments, bench_of(lua).add_tenant(tenant));
  return 0;
}

int source(lua_State* lua) {
  constexpr const char* kName = "engine:source";
  const auto arguments = Arguments::method(lua, kName);
  must(arguments,
       bench_of(lua).add_source(fields_of(lua, arguments, kName, {"name", "provider", "settings", "tenant"})));
  return 0;
}

int sinks(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:sinks");
  arguments.table(1, "names");
  std::set<std::string, std::less<>> names;
  const Json list = arguments.json(1, "names");
  for (const Json& name : list) {
    if (!name.is_string()) arguments.refuse("expected a list of sinks' names, such as { \"call_log\" }");
    names.insert(name.get<std::string>());
  }
  bench_of(lua).set_sinks(std::move(names));
  return 0;
}

/// Lua has one empty table: as phones it is an empty list.
Json row_of(const Arguments& arguments, const char* what) {
  Json row = arguments.json(1, what);
  if (row.is_object() && row.contains("phones") && row["phones"].empty()) row["phones"] = Json::array();
  return row;
}

int put_contact(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:put_contact");
  must(arguments, bench_of(lua).put_contact(row_of(arguments, "contact")));
  return 0;
}

int put_agent(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:put_agent");
  must(arguments, bench_of(lua).put_agent(row_of(arguments, "agent")));
  return 0;
}

int set_memory(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:set_memory");
  must(arguments, bench_of(lua).set_memory(std::string(arguments.text(1, "rule")),
                                           std::string(arguments.text(2, "key")), arguments.json(3, "value")));
  return 0;
}

/// "2h", "1d12h", "90s", "250ms".
std::optional<int64_t> duration_ms(std::string_view text) {
  int64_t total = 0;
  while (!text.empty()) {
    int64_t count = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (code != std::errc{} || count < 0 || count > limits::kRuleTestAdvanceMs) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    std::string_view unit = text.substr(0, text.find_first_of("0123456789"));
    text.remove_prefix(unit.size());
    const int64_t unit_ms = unit == "ms"  ? 1
                            : unit == "s" ? 1'000
                            : unit == "m" ? 60'000
                            : unit == "h" ? 3'600'000
                            : unit == "d" ? 86'400'000
                                          : 0;
    if (unit_ms == 0 || count > limits::kRuleTestAdvanceMs / unit_ms) return std::nullopt;
    total += count * unit_ms;
  }
  return total;
}

int advance(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:advance");
  const bool text = lua_type(lua, arguments.index(1)) == LUA_TSTRING;
  auto by = text ? duration_ms(arguments.text(1, "by")) : std::optional(arguments.integer(1, "by"));
  if (!by || *by < 0 || *by > limits::kRuleTestAdvanceMs) {
    arguments.refuse("expected milliseconds or a duration such as \"90s\", \"5m\", \"2h\", \"1d\", at most 400d");
  }
  RuleBench& bench = bench_of(lua);
  push_outcome(lua, must(arguments, bench.at(bench.now_ms() + *by)));
  return 1;
}

int at(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:at");
  push_outcome(lua, must(arguments, bench_of(lua).at(time_argument(lua, arguments.index(1), "engine:at"))));
  return 1;
}

int now(lua_State* lua) {
  lua_pushinteger(lua, bench_of(lua).now_ms());
  return 1;
}

Headers headers_of(const Json& options) {
  Headers out;
  const Json headers = options.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    if (value.is_string()) out.emplace_back(name, value.get<std::string>());
  }
  if (options.contains("query")) out.emplace_back(":query", options.value("query", ""));
  return out;
}

int deliver(lua_State* lua) {
  constexpr const char* kName = "engine:deliver";
  const auto arguments = Arguments::method(lua, kName);
  const std::string path(arguments.text(1, "source"));
  Payload payload = payload_of(lua, arguments.index(2), kName, TestScript::context_of(lua).folder);
  Json options = Json::object();
  if (arguments.has(3)) {
    Fields checked(lua, arguments.index(3), kName, {"headers", "query"});
    options = arguments.json(3, "options");
  }
  push_outcome(lua, must(arguments, bench_of(lua).deliver(path, payload.content_type(), std::move(payload.body),
                                                          headers_of(options))));
  return 1;
}

// Those of the engine's types that begin like this one, up to the dot: what stands behind it.
std::vector<std::string> words_of_family(const std::string& family) {
  std::vector<std::string> words;
  for (const std::string& one : event_types()) {
    if (!family.empty() && one.starts_with(family)) words.push_back(one.substr(family.size()));
  }
  return words;
}

/// A type that only looks like one of the engine's would run no rule, and the test would look at nothing. Who says
/// whose event it is may mean another word of a family, one that only that plugin makes.
void check_type(const Arguments& arguments, const std::string& type, bool says_whose) {
  const auto& known = event_types();
  if (std::ranges::find(known, type) != known.end()) return;
  const std::string family = type.substr(0, type.find('.') + 1);
  const auto words = words_of_family(family);
  const bool mistyped = words.empty() ? !nearest(type, known).empty()
                                      : !nearest(type.substr(family.size()), words).empty();
  if (!mistyped && (words.empty() || says_whose)) return;
  arguments.refuse(fmt::format("type: found \"{}\", expected an event type that the engine makes{}{}", type,
                               suggestion(type, known), says_whose ? "" : ", or its provider"));
}

int event(lua_State* lua) {
  constexpr const char* kName = "engine:event";
  const auto arguments = Arguments::method(lua, kName);
  Json event = fields_of(lua, arguments, kName,
                         {"type", "source", "provider", "id", "subject", "time", "call", "data", "raw", "wants_reply"});
  for (const char* name : {"type", "source", "provider", "id", "subject", "call"}) {
    if (event.contains(name) && !event[name].is_string()) arguments.refuse(fmt::format("{}: expected text", name));
  }
  if (!event.contains("type")) arguments.refuse("type: found nothing, expected text such as \"conversation.ended\"");
  check_type(arguments, event["type"], event.contains("source") || event.contains("provider"));
  if (event.contains("data") && !event["data"].is_object()) {
    if (!event["data"].empty()) arguments.refuse("data: expected a table of named fields");
    event["data"] = Json::object();
  }
  if (event.contains("time")) {
    lua_getfield(lua, arguments.index(1), "time");
    event["time"] = time_argument(lua, -1, "engine:event: time");
  }
  push_outcome(lua, must(arguments, bench_of(lua).event(std::move(event))));
  return 1;
}

int redrive(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:redrive");
  push_known(lua, must(arguments, bench_of(lua).redrive()), "what engine:redrive gives",
             {"redriven", "failed", "left", "reasons"});
  return 1;
}

}  // namespace

int64_t time_argument(lua_State* lua, int index, const char* function) {
  int whole = 0;
  int64_t ms = lua_tointegerx(lua, index, &whole);
  if (lua_type(lua, index) == LUA_TNUMBER && whole != 0) return ms;
  auto parsed = lua_type(lua, index) == LUA_TSTRING ? parse_rfc3339(lua_tostring(lua, index)) : std::nullopt;
  if (parsed) return *parsed;
  raise(lua, fmt::format("{}: expected a time such as \"2026-03-29T09:30:00+03:00\", or milliseconds", function));
}

void add_given(lua_State* lua) {
  set_function<tenant>(lua, "tenant");
  set_function<source>(lua, "source");
  set_function<sinks>(lua, "sinks");
  set_function<put_contact>(lua, "put_contact");
  set_function<put_agent>(lua, "put_agent");
  set_function<set_memory>(lua, "set_memory");
  set_function<at>(lua, "at");
  set_function<advance>(lua, "advance");
  set_function<now>(lua, "now");
  set_function<deliver>(lua, "deliver");
  set_function<event>(lua, "event");
  set_function<redrive>(lua, "redrive");
}

}  // namespace hookswitch
