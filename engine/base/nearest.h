// "did you mean": the known word that a mistyped one is closest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookswitch {

/// The one of `known` that is few enough edits away from `word`, else "". Case does not count.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// " (did you mean listen?)" or "".
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace hookswitch
