// hookswitch.phone: e164, country, valid, format.
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/modules.h"
#include "engine/calling/phone.h"
#include "engine/rules/read_only.h"

namespace hookswitch {
namespace {

constexpr uint64_t kPhoneSteps = 500;  // reading a number costs about as much as this many instructions

int push_optional(lua_State* lua, const std::string* text) {
  text != nullptr && !text->empty() ? static_cast<void>(lua_pushlstring(lua, text->data(), text->size()))
                                    : lua_pushnil(lua);
  return 1;
}

int e164(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "phone.e164");
  Sandbox::of(lua).charge(kPhoneSteps);
  const auto number = phone_e164(arguments.text(1, "number"), arguments.text_or(2, "country", ""));
  return push_optional(lua, number ? &*number : nullptr);
}

std::optional<PhoneFacts> facts(lua_State* lua, const char* name) {
  const auto arguments = Arguments::function(lua, name);
  Sandbox::of(lua).charge(kPhoneSteps);
  return phone_facts(arguments.text(1, "number"), arguments.text_or(2, "country", ""));
}

int country(lua_State* lua) {
  const auto found = facts(lua, "phone.country");
  return push_optional(lua, found ? &found->country : nullptr);
}

int valid(lua_State* lua) {
  const auto found = facts(lua, "phone.valid");
  lua_pushboolean(lua, found && found->valid);
  return 1;
}

int format_phone(lua_State* lua) {
  const auto found = facts(lua, "phone.format");
  return push_optional(lua, found ? &found->international : nullptr);
}

}  // namespace

void push_module_phone(lua_State* lua) {
  lua_newtable(lua);
  set_function<e164>(lua, "e164");
  set_function<country>(lua, "country");
  set_function<valid>(lua, "valid");
  set_function<format_phone>(lua, "format");
  make_read_only(lua, "hookswitch.phone");
}

}  // namespace hookswitch
