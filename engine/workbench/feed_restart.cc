#include "engine/workbench/feed_restart.h"

#include <string>

#include "engine/base/bytes.h"
#include "engine/state/changes.h"

namespace hookswitch {

Status restart_feed(Store& store, uint64_t last) {
  return store.write([&](Writer& writer) {
    const uint64_t newest = last_change(writer);
    trim_changes(writer, SIZE_MAX, 1);
    std::string key, before;
    put_be64(key, last);
    put_be64(before, newest);
    writer.append(Table::changes, key, "{}");
    if (newest != 0) writer.del(Table::changes, before);
    return writer.status();
  });
}

}  // namespace hookswitch
