// The list of calls, newest first, page by page, with any combination of filters.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/calls.h"

namespace hookswitch {

/// "" or the default: not asked for. `other_phone` is nothing without `phone`.
struct CallFilter {
  std::string tenant, source, agent, status, disposition, intent, direction;
  std::string phone;                                      // in any writing; compared by its digits with call_phones()
  std::string other_phone;                                // another reading of it: one of both is to be there
  int64_t from_ms = std::numeric_limits<int64_t>::min();  // started at or after
  int64_t to_ms = std::numeric_limits<int64_t>::max();    // started before
  std::string q;  // part of caller_name, summary, from, to or an id; letters A-Z in either case
};

struct CallPage {
  std::vector<Call> rows;
  std::string next_cursor;  // "" when there is nothing further
};

/// Walks the index of the filter that promises the fewest rows and checks the others on each call. Looks at no more
/// than limits::kRowsExamined rows, so a page may come back short, even empty, and still have a next_cursor. A cursor
/// is the place of a call in the order, so a call that stays where it is is shown exactly once whatever is written
/// meanwhile. `limit` is brought into 1..limits::kPageRows. Errors: `invalid` for a cursor that is not of this listing.
Result<CallPage> calls_page(const Reader& reader, const CallFilter& filter, std::string_view cursor, size_t limit);

/// Visits the calls that pass, newest first, until `visit` returns false or `examined_max` rows were looked at. Returns
/// whether everything that passes was visited.
Result<bool> visit_calls(const Reader& reader, const CallFilter& filter, size_t examined_max,
                         const std::function<bool(const Call&)>& visit);

/// Whether the call passes all filters.
bool matches(const Call& call, const CallFilter& filter);

}  // namespace hookswitch
