// Telephone numbers: what was brought into one spelling stays as it is.
#include "engine/calling/phone.h"
#include "engine/base/check.h"
#include "engine/calling/callee_clock.h"
#include "engine/calling/number.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {

// The first line is the country.
void try_input(std::string_view input) {
  Input in(input);
  std::string_view country = in.line(), text = in.rest();
  if (auto number = phone_e164(text, country)) {
    ENSURE(number->starts_with('+'), "{}", *number);
    ENSURE(phone_e164(*number, country) == number, "{} becomes {}", *number,
           phone_e164(*number, country).value_or("nothing"));
  }
  phone_facts(text, country);
  DialNumber dial = dial_number(text, country);
  ENSURE((dial.kind == NumberKind::invalid) == dial.number.empty(), "{} of kind {}", dial.number, name(dial.kind));
  ENSURE(parse_number_kind(name(dial.kind)) == dial.kind, "{}", name(dial.kind));
  zone_of_country(country);
  ENSURE(!clock_of_number(dial, std::string(country), "UTC").zones.empty(), "{} has no clock", dial.number);
}

}  // namespace hookswitch::fuzz
