// The zones of countries with several clocks: what a number tells of them, and their two ends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookswitch {

/// Of a number of the United States or Canada with a known area code: its zone, or where the area has two clocks, the
/// earlier and the later. Else none.
std::vector<std::string> zones_of_area(std::string_view e164);

/// Where it is earliest and where it is latest in a country with several clocks; none for any other.
std::vector<std::string> ends_of_country(std::string_view country);

}  // namespace hookswitch
