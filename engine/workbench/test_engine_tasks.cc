// engine:put_task, task, tasks, actions: people to be reached, and what would be sent for it. Nothing is: a test says
// with events what came of it.
#include "engine/base/limits.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/state/actions.h"
#include "engine/state/tasks.h"
#include "engine/workbench/test_engine.h"
#include "engine/workbench/test_script.h"

namespace hookswitch {
namespace {

template <class Page>
Json all_rows(lua_State* lua, const Page& page_from) {
  Json out = Json::array();
  std::string cursor;
  do {
    Result<JsonPage> page = page_from(cursor);
    if (!page) raise(lua, page.error().message);
    for (Json& row : page->rows) out.push_back(std::move(row));
    cursor = page->next_cursor;
  } while (!cursor.empty());
  return out;
}

/// As POST /tasks would make it; its id.
int put_task(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:put_task");
  auto made = bench_of(lua).put_task(arguments.json(1, "task"));
  if (!made) arguments.refuse(made.error().message);
  lua_pushlstring(lua, made->data(), made->size());
  return 1;
}

/// By its id, or by its tenant and key.
int task(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:task");
  const std::string_view asked = arguments.text(1, "id");
  auto reader = reader_of(lua);
  auto found = find_task(*reader, asked);
  if (!found) found = find_task(*reader, task_id_of(arguments.text_or(2, "tenant", ""), asked));
  found ? push_json(lua, found->seen_by_rules()) : lua_pushnil(lua);
  return 1;
}

/// Newest first.
int tasks(lua_State* lua) {
  auto reader = reader_of(lua);
  Json rows =
      all_rows(lua, [&](const std::string& cursor) { return task_page(*reader, {}, cursor, limits::kPageRows); });
  for (Json& row : rows) row = Task::from_json(row).seen_by_rules();
  push_json(lua, rows);
  return 1;
}

/// {id, type, source, params, status, call_id, task_id, ...}, newest first.
int actions(lua_State* lua) {
  auto reader = reader_of(lua);
  Json rows =
      all_rows(lua, [&](const std::string& cursor) { return action_page(*reader, {}, cursor, limits::kPageRows); });
  for (Json& row : rows) {
    for (auto field = row.begin(); field != row.end();) field = field->is_null() ? row.erase(field) : std::next(field);
  }
  push_json(lua, rows);
  return 1;
}

}  // namespace

void add_tasks(lua_State* lua) {
  set_function<put_task>(lua, "put_task");
  set_function<task>(lua, "task");
  set_function<tasks>(lua, "tasks");
  set_function<actions>(lua, "actions");
}

}  // namespace hookswitch
