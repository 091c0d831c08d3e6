// The state's rows: can each be read, and does what one says of another hold?
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/log/log.h"
#include "engine/state/store.h"

namespace hookswitch {

struct RowFinding {
  Table table = Table::meta;
  std::string key;  // as it can be printed
  std::string what;
};

/// Whether the log still holds what the state has processed. Error: conflict, the log is older (put back by itself,
/// lost or emptied): numbers would be given a second time, and what they name would be passed over.
Status check_log_reaches(uint64_t position, uint64_t last_seq);

/// Whether the log still tells what the state has not processed. Error: conflict, the state was lost or put back by
/// itself: what it said of people is not in the log any more, and what was held back in it would be sent again. A state
/// that has processed nothing is a new one's only beside a log of which none ever processed anything.
Status check_state_reaches(uint64_t position, const LogStats& log);

/// Visits every row of every table once, memory stays flat. Returns how many rows. `last_seq`: of the log.
Result<uint64_t> check_rows(const Reader& reader, uint64_t last_seq,
                            const std::function<void(const RowFinding&)>& found);

}  // namespace hookswitch
