// Telephone numbers in one spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookswitch {

/// "+573001234567" for "3001234567", "573001234567" and "+57 300 123 4567" in CO. nullopt when it cannot be a number;
/// without a country only numbers with a country code can be read. Remembers recent answers.
std::optional<std::string> phone_e164(std::string_view number, std::string_view country);

/// Whether numbers can be read as those of this country: an ISO 3166 alpha-2 code in capitals.
bool is_phone_country(const std::string& country);

/// The digits that are dialled for it in its own country, with the prefix that goes before it there and without.
std::vector<std::string> national_digits(std::string_view e164);

struct PhoneFacts {
  std::string country;        // ISO 3166 alpha-2, "" when unknown
  bool valid = false;         // not only possible by its length, but in use
  std::string international;  // "+57 300 1234567"
};
std::optional<PhoneFacts> phone_facts(std::string_view number, std::string_view country);

}  // namespace hookswitch
