// ctx.activity: entries of the feed.
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"

namespace hookswitch {
namespace {

void require_text(const Arguments& arguments, const Json& entry, const char* field) {
  auto found = entry.find(field);
  if (found == entry.end() || !found->is_string() || found->get_ref<const std::string&>().empty()) {
    arguments.refuse(std::string(field) + ": expected text");
  }
}

std::optional<int64_t> take_time(const Arguments& arguments, Json& entry) {
  auto found = entry.find("time");
  if (found == entry.end()) return std::nullopt;
  if (!found->is_number_integer()) arguments.refuse("time: expected milliseconds as a whole number");
  const auto time = found->get<int64_t>();
  entry.erase(found);
  return time;
}

int add_activity(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.activity:add");
  arguments.table(1, "entry");
  Json entry = arguments.json(1, "entry");
  if (!entry.is_object()) arguments.refuse("found a list, expected named fields");
  require_text(arguments, entry, "kind");
  require_text(arguments, entry, "title");
  const auto time = take_time(arguments, entry);
  ask(lua, ActivityAdd{std::move(entry), time});
  return 0;
}

}  // namespace

void push_api_activity(lua_State* lua) {
  lua_newtable(lua);
  set_function<add_activity>(lua, "add");
  make_read_only(lua, "ctx.activity");
}

}  // namespace hookswitch
