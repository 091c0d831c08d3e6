#include "engine/workbench/moment.h"

#include <string>

#include "engine/base/time_text.h"
#include "engine/config/units.h"

namespace hookswitch {

Result<int64_t> parse_moment(std::string_view text, int64_t now_ms, std::string_view what) {
  constexpr std::string_view kAgo = " ago";
  if (text == "now") return now_ms;
  if (text.ends_with(kAgo)) {
    if (auto before = parse_duration_ms(text.substr(0, text.size() - kAgo.size()))) return now_ms - *before;
  }
  if (auto moment = parse_rfc3339(text)) return *moment;
  if (auto midnight = parse_rfc3339(std::string(text) + "T00:00:00Z")) return *midnight;
  return fail(Code::invalid,
              "{}: found \"{}\", expected RFC 3339, a date, or a time ago such as \"2h ago\" or \"7d ago\"", what,
              text);
}

}  // namespace hookswitch
