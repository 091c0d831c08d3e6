// Rows of one store put into another as they are.
#pragma once

#include <string_view>

#include "engine/state/store.h"

namespace hookswitch {

/// Those whose keys begin with `prefix`, a thousand a transaction.
Status copy_rows(const Reader& from, Store& to, Table table, std::string_view prefix = "");

}  // namespace hookswitch
