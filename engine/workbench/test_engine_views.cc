// engine:call, calls, transcript, activity, timers, contacts, agents, memory, dead: what became of what happened.
#include <fmt/format.h>

#include "engine/base/limits.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/read_only.h"
#include "engine/state/activity.h"
#include "engine/state/agents.h"
#include "engine/state/calls.h"
#include "engine/state/calls_page.h"
#include "engine/state/contacts.h"
#include "engine/state/memory.h"
#include "engine/state/timers.h"
#include "engine/state/transcripts.h"
#include "engine/workbench/test_engine.h"
#include "engine/workbench/test_script.h"

namespace hookswitch {
namespace {

constexpr size_t kTimersShown = 10'000;

template <class T>
T must(lua_State* lua, Result<T> result) {
  if (!result) raise(lua, result.error().message);
  return std::move(*result);
}

std::vector<std::string_view> call_names() {
  std::vector<std::string_view> names{"variables", "metadata", "external_ids"};
  for (const CallFieldInfo& info : call_fields()) names.push_back(info.name);
  return names;
}

Json shown_call(const Call& call) {
  Json out = Json::object();
  for (const CallFieldInfo& info : call_fields()) {
    std::visit(
        [&](const auto& value) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) out[info.name] = value;
        },
        call.get(info.field));
  }
  auto map = [&](CallMap which) {
    Json object = Json::object();
    for (const auto& [key, json] : call.entries(which)) object[key] = parse_json(json);
    return object;
  };
  out["variables"] = map(CallMap::variables);
  out["metadata"] = map(CallMap::metadata);
  out["external_ids"] = Json::object();
  for (const auto& [kind, value] : call.external_ids()) out["external_ids"][kind] = value;
  return out;
}

int call(lua_State* lua) {
  const std::string id(Arguments::method(lua, "engine:call").text(1, "id"));
  auto reader = reader_of(lua);
  auto known = resolve_call_id(*reader, id);
  auto call = known ? must(lua, get_call(*reader, *known)) : std::nullopt;
  call ? push_call(lua, *call) : lua_pushnil(lua);
  return 1;
}

/// Newest first, as the list of calls has them.
int calls(lua_State* lua) {
  auto reader = reader_of(lua);
  lua_newtable(lua);
  mark_array(lua);
  std::string cursor;
  lua_Integer count = 0;
  do {
    auto page = must(lua, calls_page(*reader, {}, cursor, limits::kPageRows));
    for (const Call& one : page.rows) {
      push_call(lua, one);
      lua_rawseti(lua, -2, ++count);
    }
    cursor = page.next_cursor;
  } while (!cursor.empty());
  return 1;
}

int transcript(lua_State* lua) {
  const std::string id(Arguments::method(lua, "engine:transcript").text(1, "id"));
  auto reader = reader_of(lua);
  auto known = resolve_call_id(*reader, id);
  auto found = known ? find_transcript(*reader, *known) : std::nullopt;
  found ? push_json_text(lua, found->json) : lua_pushnil(lua);
  return 1;
}

/// {id, kind, title, time, call?, tenant?, ...}, newest first.
int activity(lua_State* lua) {
  auto reader = reader_of(lua);
  Json out = Json::array();
  std::string cursor;
  do {
    auto page = must(lua, activity_page(*reader, "", cursor, limits::kPageRows));
    for (const Activity& one : page.rows) {
      Json entry = parse_json(one.json);
      entry["id"] = one.id;
      entry["time"] = one.time_ms;
      if (!one.call.empty()) entry["call"] = one.call;
      if (!one.tenant.empty()) entry["tenant"] = one.tenant;
      out.push_back(std::move(entry));
    }
    cursor = page.next_cursor;
  } while (!cursor.empty());
  push_json(lua, out);
  return 1;
}

/// {key, name, at, data}, earliest first.
int timers(lua_State* lua) {
  auto reader = reader_of(lua);
  Json out = Json::array();
  for (const Timer& timer : due_timers(*reader, INT64_MAX, kTimersShown)) {
    if (timer.key.starts_with(kEngineTimers)) continue;
    out.push_back({{"key", timer.key}, {"name", timer.name}, {"at", timer.due_ms}, {"data", parse_json(timer.data)}});
  }
  push_json(lua, out);
  return 1;
}

using ListRows = Result<JsonPage> (*)(const Reader&, std::string_view, std::string_view, size_t);

int rows(lua_State* lua, ListRows list) {
  auto reader = reader_of(lua);
  Json out = Json::array();
  std::string cursor;
  do {
    auto page = must(lua, list(*reader, "", cursor, limits::kPageRows));
    for (Json& row : page.rows) out.push_back(std::move(row));
    cursor = page.next_cursor;
  } while (!cursor.empty());
  push_json(lua, out);
  return 1;
}

int contacts(lua_State* lua) { return rows(lua, contacts_page); }
int agents(lua_State* lua) { return rows(lua, agents_page); }

int memory(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:memory");
  const std::string rule(arguments.text(1, "rule"));
  const std::string key(arguments.text(2, "key"));
  auto reader = reader_of(lua);
  auto found = get_memory(*reader, rule, key);
  found ? push_json_text(lua, *found) : lua_pushnil(lua);
  return 1;
}

/// {id, reason, rule?, type?, source?}, oldest first.
int dead(lua_State* lua) {
  auto reader = reader_of(lua);
  Json out = Json::array();
  reader->scan(Table::dead, "", Direction::forward, [&](std::string_view, std::string_view row) {
    const DeadLetter letter = DeadLetter::from_json(parse_json(row));
    Json one{{"id", letter.id()}, {"reason", letter.reason}};
    if (!letter.culprit.empty()) one["rule"] = letter.culprit;
    if (!letter.event_type.empty()) one["type"] = letter.event_type;
    if (!letter.source.empty()) one["source"] = letter.source;
    out.push_back(std::move(one));
    return true;
  });
  bench_of(lua).saw_dead();
  push_json(lua, out);
  return 1;
}

}  // namespace

std::unique_ptr<Reader> reader_of(lua_State* lua) {
  auto reader = bench_of(lua).read();
  if (!reader) raise(lua, reader.error().message);
  return std::move(*reader);
}

void push_call(lua_State* lua, const Call& call) { push_known(lua, shown_call(call), "a call", call_names()); }

void add_views(lua_State* lua) {
  set_function<call>(lua, "call");
  set_function<calls>(lua, "calls");
  set_function<transcript>(lua, "transcript");
  set_function<activity>(lua, "activity");
  set_function<timers>(lua, "timers");
  set_function<contacts>(lua, "contacts");
  set_function<agents>(lua, "agents");
  set_function<memory>(lua, "memory");
  set_function<dead>(lua, "dead");
}

void push_test_engine(lua_State* lua) {
  lua_newtable(lua);
  add_given(lua);
  add_views(lua);
  add_kpis(lua);
  add_tasks(lua);
  make_read_only(lua, "engine");
}

}  // namespace hookswitch
