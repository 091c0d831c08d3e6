// A JSON object whose fields become Lua values when they are looked at: most rules look at few of many.
#pragma once

#include <lua.hpp>
#include <optional>
#include <string_view>

#include "engine/base/parsed_object.h"
#include "engine/rules/json_parse.h"

namespace hookswitch {

/// Shown to rules as an empty table with a metatable (its face), which is replaced for every event: a face kept longer
/// than its event raises an error. One per state and purpose.
class LazyObject {
 public:
  /// `name` begins error messages, for example "event.data". A `child` is shown as the field `raw`.
  LazyObject(lua_State* lua, const char* name, LazyObject* child = nullptr);
  LazyObject(const LazyObject&) = delete;
  LazyObject& operator=(const LazyObject&) = delete;

  /// The text is used until end(); "" means that there is none. So is `parsed`, the same text, when it is there.
  void begin(std::string_view text, const ParsedObject* parsed = nullptr);
  void end();
  bool present() const { return !text_.empty(); }
  /// Pushes the face; for a text that is no object, the value itself.
  void push();
  /// Pushes the face without a look at the text, so without any error: a wrong text is told when a field is read.
  void push_face();
  /// The field as it is in the text, valid until end(); nothing is converted. A wrong text is an error of the rule.
  std::optional<simdjson::dom::element> field(std::string_view key);
  /// Pushes the table with every field converted.
  void push_all();

 private:
  static int on_index(lua_State* lua);
  void check_alive(int index) const;
  void parse();
  simdjson::dom::element root() const { return given_ != nullptr ? given_->root() : document_.root(); }
  void load(std::string_view key);
  void push_cache() const { lua_rawgeti(lua_, LUA_REGISTRYINDEX, cache_); }
  void make_metatable();

  lua_State* lua_;
  const char* name_;
  LazyObject* child_;
  std::string_view text_;
  const ParsedObject* given_ = nullptr;
  JsonDocument document_;
  bool parsed_ = false;
  bool complete_ = false;       // every field is in the cache
  const void* face_ = nullptr;  // identity of the face of this event
  int metatable_ = LUA_NOREF;
  int face_ref_ = LUA_NOREF;
  int cache_ = LUA_NOREF;

  friend void push_plain_table(lua_State* lua, int index);
};

/// Pushes the table at `index`, or, when it is the face of a lazy object, that object's fields.
void push_plain_table(lua_State* lua, int index);

}  // namespace hookswitch
