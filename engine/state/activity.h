// The feed of what happened, newest first, for people to read.
//
// Table activity (text: put_key_text of keys.h; all times newest first, i64):
//   'i' id                      -> i64 time, sized tenant, sized call, then the entry's JSON (bytes.h)
//   't' time id                 -> ""   the feed of all tenants
//   'n' text(tenant) time id    -> ""   the feed of one
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/state/store.h"

namespace hookswitch {

struct Activity {
  std::string id;      // at most limits::kIndexedTextBytes
  std::string tenant;  // "" when unknown
  std::string call;    // our id of the call it is about, "" when about none
  int64_t time_ms = 0;
  std::string json = "{}";  // object text: kind, title, ... ; `id`, `tenant`, `call`, `time` in it are not looked at

  /// The entry as the API shows it.
  Json to_json() const;
  bool operator==(const Activity&) const = default;
};

/// Puts or replaces.
void put_activity(Writer& writer, const Activity& activity);
std::optional<Activity> find_activity(const Reader& reader, std::string_view id);
/// Whether it was there.
bool remove_activity(Writer& writer, std::string_view id);

struct ActivityPage {
  std::vector<Activity> rows;
  std::string next_cursor;  // "" when there is nothing further
};

/// `tenant` "": of all. Errors: `invalid` for a cursor that is not of this listing.
Result<ActivityPage> activity_page(const Reader& reader, std::string_view tenant, std::string_view cursor,
                                   size_t limit);

}  // namespace hookswitch
