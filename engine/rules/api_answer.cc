// ctx.reply, ctx.log and ctx.fail.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/base/limits.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/rule_context.h"

namespace hookswitch {
namespace {

constexpr int64_t kStatusMin = 200;
constexpr int64_t kStatusMax = 599;

void check_one_kind(const Fields& fields, const Json& reply) {
  const bool plain = reply.contains("body") || reply.contains("status") || reply.contains("content_type");
  const int kinds = reply.contains("twiml") + reply.contains("json") + plain;
  if (kinds != 1) fields.refuse("expected one of {twiml=...}, {json=...} and {status=..., body=..., content_type=...}");
}

/// Only what the reply names; fields of the wrong type are refused.
Json read_reply(lua_State* lua, const Fields& fields) {
  Json reply = Json::object();
  for (const char* name : {"twiml", "body", "content_type"}) {
    if (auto text = fields.text(name)) reply[name] = *text;
  }
  if (auto status = fields.integer("status")) reply["status"] = *status;
  if (fields.push("json") != LUA_TNIL) reply["json"] = fields.json("json");
  lua_pop(lua, 1);
  // Plugins cannot tell it from no answer.
  if (reply.contains("json") && reply["json"].is_null()) fields.refuse("json: found null, expected any other value");
  return reply;
}

int reply(lua_State* lua) {
  const Fields fields(lua, 1, "ctx.reply", {"twiml", "json", "status", "body", "content_type"});
  Json wish = read_reply(lua, fields);
  check_one_kind(fields, wish);
  const int64_t status = wish.value("status", kStatusMin);
  if (status < kStatusMin || status > kStatusMax) fields.refuse("status: expected 200 to 599");
  const size_t size = dump(wish).size();
  if (size > limits::kReplyBytes) {
    fields.refuse(fmt::format("{} bytes, expected at most {}", size, limits::kReplyBytes));
  }
  ask(lua, Reply{std::move(wish)});
  return 0;
}

std::string shortened(std::string text) {
  if (text.size() > limits::kRuleLogBytes) text = text.substr(0, limits::kRuleLogBytes) + "...";
  return text;
}

int log(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "ctx.log");
  std::string line(arguments.text(1, "message"));
  if (arguments.has(2)) line += " " + dump(arguments.json(2, "fields"));
  RuleContext& context = context_of(lua);
  if (++context.log_lines > limits::kRuleLogLines) return 0;
  line = shortened(std::move(line));
  if (context.said_lines) return context.said_lines->push_back(std::move(line)), 0;
  spdlog::info("rule {} event {}: {}", context.rule->name, context.event->seq, line);
  return 0;
}

int give_up(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "ctx.fail");
  Sandbox::of(lua).give_up(shortened(std::string(arguments.text(1, "reason"))));
}

}  // namespace

void push_api_reply(lua_State* lua) { lua_pushcfunction(lua, guarded<reply>); }
void push_api_log(lua_State* lua) { lua_pushcfunction(lua, guarded<log>); }
void push_api_fail(lua_State* lua) { lua_pushcfunction(lua, guarded<give_up>); }

}  // namespace hookswitch
