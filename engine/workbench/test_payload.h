// What a rule test delivers: recorded bodies, JSON from a table, or fields of a form.
#pragma once

#include <lua.hpp>
#include <string>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace hookswitch {

struct Payload {
  std::string body;
  bool form = false;  // application/x-www-form-urlencoded, else JSON
  const char* content_type() const;
};

/// A file below `folder`. It is a form when its name ends with ".form".
Result<Payload> read_payload(const std::string& folder, const std::string& name);

/// The argument at `index`: a file's name, a table, or a table that t.form made.
Payload payload_of(lua_State* lua, int index, const char* function, const std::string& folder);

/// Fields of a form body as text; the last of equal names stands.
Json form_fields(const std::string& body);

/// Gives the table on top the mark of a form.
void mark_form(lua_State* lua);

}  // namespace hookswitch
