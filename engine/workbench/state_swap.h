// A state made anew takes the place of the old one, and a crash at any moment leaves a whole state in its place.
//
//   data/state            the state in force
//   data/state.rebuild    one that is being made; after the swap the old one, until it is removed
//   data/state.old        the old one, where the file system cannot exchange two directories in one step
//   .../rebuild.plan      in the directory of a state made anew: what it was made by. Removed when the swap is over.
#pragma once

#include <string>

#include "engine/base/error.h"

namespace hookswitch {

std::string state_dir(const std::string& data_dir);
std::string rebuild_dir(const std::string& data_dir);

/// The plan of the state that is being made, "" when there is none.
std::string read_plan(const std::string& data_dir);
/// Makes an empty data/state.rebuild with this plan in it; whatever was there is removed.
Status begin_plan(const std::string& data_dir, const std::string& plan);

/// Puts data/state.rebuild, which must be closed and durable, in the place of data/state, and removes the old one.
Status swap_state(const std::string& data_dir);

/// Moves data/state to this place, whose directory is made, before a swap that is not to remove it. After a crash there
/// is no state until the rebuild is asked for again.
Status set_aside_state(const std::string& data_dir, const std::string& place);

/// Ends a swap that a crash interrupted; to be called before a state is opened, by whoever holds data/LOCK. A rebuild
/// that had not come to its swap is left as it is: it can go on.
Status settle_state(const std::string& data_dir);

/// Removes a rebuild that was interrupted; for whoever holds data/LOCK.
Status drop_rebuild(const std::string& data_dir);

}  // namespace hookswitch
