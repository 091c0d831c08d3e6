#include "engine/state/store.h"

namespace hookswitch {

void Reader::scan_prefix(Table table, std::string_view prefix, RowVisitor visit) const {
  scan(table, prefix, Direction::forward,
       [&](std::string_view key, std::string_view value) { return key.starts_with(prefix) && visit(key, value); });
}

}  // namespace hookswitch
