// Percent signs and query strings: what is decoded and encoded again says the same.
#include "engine/http/url.h"

#include "engine/base/check.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {

void try_input(std::string_view input) {
  ENSURE(percent_decode(percent_encode(input)) == input, "encoded and decoded");
  for (Plus plus : {Plus::kept, Plus::blank}) {
    auto decoded = percent_decode(input, plus);
    if (decoded) ENSURE(percent_decode(percent_encode(*decoded), plus) == *decoded, "decoded twice");
  }
  auto pairs = parse_query(input);
  if (!pairs) return;
  std::string written;
  for (const auto& [name, value] : *pairs) written += percent_encode(name) + "=" + percent_encode(value) + "&";
  auto again = parse_query(written);
  ENSURE(again && *again == *pairs, "{} pairs of {}", pairs->size(), written);
}

}  // namespace hookswitch::fuzz
