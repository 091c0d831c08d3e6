// Rows that are one JSON text each, listed in key order: what the small tables have in common.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/state/store.h"

namespace hookswitch {

struct JsonPage {
  std::vector<Json> rows;
  std::string next_cursor;  // "" when there is nothing further
};

std::optional<Json> get_json(const Reader& reader, Table table, std::string_view key);
void put_json(Writer& writer, Table table, std::string_view key, const Json& value);

/// Which rows of a table to list: those whose keys begin with `prefix` and that `wanted` (when given) accepts.
struct JsonListing {
  Table table;
  std::string prefix;
  Direction direction = Direction::forward;
  std::string scope;  // what a cursor of this listing belongs to, filters included
  std::function<bool(const Json&)> wanted;
  std::function<std::optional<Json>(std::string_view)> row = {};  // for index tables: from an entry's value its row
};

/// The same listing of the rows alone whose field `tenant` is this; "": of all.
JsonListing of_tenant(JsonListing listing, std::string_view tenant);

/// Looks at no more than limits::kRowsExamined rows, so a page may come back short and still have a next_cursor.
/// A cursor says nothing of rows that the page does not show.
/// `limit` is brought into 1..limits::kPageRows. Errors: `invalid` for a cursor that is not of this listing.
Result<JsonPage> json_page(const Reader& reader, const JsonListing& listing, std::string_view cursor, size_t limit);

/// The text field `name` of an object, "" when it has none.
std::string json_text(const Json& object, const char* name);
/// The time of such a field, 0 when it has none.
int64_t time_of(const Json& object, const char* name);

/// What a row says of a text or time that is not there: null.
Json text_or_null(const std::string& text);
Json time_or_null(int64_t time_ms);

}  // namespace hookswitch
