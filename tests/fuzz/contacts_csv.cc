// Lists of people: every row is good or told by its line, none is lost, and what was good is good again as JSON.
#include <algorithm>

#include "engine/base/check.h"
#include "engine/calling/contact_list.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {

// The first line is the country.
void try_input(std::string_view input) {
  Input in(input);
  std::string country(in.line().substr(0, 2));
  std::string_view text = in.rest();
  auto list = read_contacts_csv(text, country);
  if (!list) return;
  const auto lines = static_cast<size_t>(std::ranges::count(text, '\n')) + 1;
  ENSURE(list->good.size() + list->bad.size() <= lines, "{} rows of {} lines", list->good.size(), lines);
  for (const BadRow& row : list->bad)
    ENSURE(row.line >= 1 && row.line <= lines + 1, "line {}: {}", row.line, row.reason);
  Json items = list->good;
  auto again = read_contacts_json(Json::parse(dump(items)), country);
  ENSURE(again && again->bad.size() <= list->good.size(), "as JSON");
}

}  // namespace hookswitch::fuzz
