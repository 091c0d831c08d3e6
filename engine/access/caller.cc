#include "engine/access/caller.h"

namespace hookswitch {

const char* name(Role role) {
  switch (role) {
    case Role::nobody:
      return "nobody";
    case Role::viewer:
      return "viewer";
    case Role::operate:
      return "operator";
    case Role::admin:
      return "admin";
  }
  return "nobody";
}

std::optional<Role> parse_role(std::string_view text) {
  for (Role role : {Role::viewer, Role::operate, Role::admin}) {
    if (text == name(role)) return role;
  }
  return std::nullopt;
}

}  // namespace hookswitch
