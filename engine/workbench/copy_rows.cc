#include "engine/workbench/copy_rows.h"

#include <string>
#include <utility>
#include <vector>

namespace hookswitch {
namespace {

constexpr size_t kRowsPerWrite = 1'024;

}  // namespace

Status copy_rows(const Reader& from, Store& to, Table table, std::string_view prefix) {
  std::vector<std::pair<std::string, std::string>> rows;
  Status copied;
  auto write = [&] {
    copied = to.write([&](Writer& writer) {
      for (const auto& [key, value] : rows) writer.put(table, key, value);
      return writer.status();
    });
    rows.clear();
  };
  from.scan_prefix(table, prefix, [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
    if (rows.size() == kRowsPerWrite) write();
    return copied.has_value();
  });
  if (copied) write();
  return copied ? from.status() : copied;
}

}  // namespace hookswitch
