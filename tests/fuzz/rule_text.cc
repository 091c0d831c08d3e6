// Any text as a rule: it is refused or it runs, within its budgets, and always the same.
#include "tests/fuzz/rule_runs.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {

void try_input(std::string_view input) {
  static const Event event = an_event("conversation.ended", R"({"from":"+13105551234","list":[1,null,{"a":[]}]})");
  check_twice(std::string(input), event);
}

}  // namespace hookswitch::fuzz
