#include "engine/state/json_rows.h"

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/time_text.h"
#include "engine/state/cursor.h"

namespace hookswitch {
namespace {

// Where to begin: at a place seen before, or at the first (backward: the last) key with the prefix.
std::string begin_of(const JsonListing& listing, const std::string& after) {
  if (!after.empty()) return listing.prefix + after;
  return listing.direction == Direction::forward ? listing.prefix : listing.prefix + std::string(9, '\xff');
}

std::optional<Json> parse(std::string_view row) {
  Json value = parse_json(row);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Json> get_json(const Reader& reader, Table table, std::string_view key) {
  auto row = reader.get(table, key);
  return row ? parse(*row) : std::nullopt;
}

void put_json(Writer& writer, Table table, std::string_view key, const Json& value) {
  writer.put(table, key, dump(value));
}

Result<JsonPage> json_page(const Reader& reader, const JsonListing& listing, std::string_view cursor, size_t limit) {
  std::string after;
  if (!cursor.empty()) {
    auto place = decode_cursor(listing.scope, cursor);
    if (!place) return std::unexpected(place.error());
    after = std::move(*place);
  }
  limit = std::clamp<size_t>(limit, 1, limits::kPageRows);
  JsonPage page;
  std::string last;
  bool last_shown = false;
  size_t examined = 0;
  auto visit = [&](std::string_view key, std::string_view row) {
    if (!key.starts_with(listing.prefix)) return false;
    std::string_view place = key.substr(listing.prefix.size());
    if (!after.empty() && place == after) return true;
    if (page.rows.size() == limit || examined++ == limits::kRowsExamined) {
      page.next_cursor = last_shown ? encode_cursor(listing.scope, last) : encode_hidden_cursor(listing.scope, last);
      return false;
    }
    last = place;
    auto value = listing.row ? listing.row(row) : parse(row);
    last_shown = value && (!listing.wanted || listing.wanted(*value));
    if (last_shown) page.rows.push_back(std::move(*value));
    return true;
  };
  reader.scan(listing.table, begin_of(listing, after), listing.direction, visit);
  if (auto status = reader.status(); !status) return std::unexpected(status.error());
  return page;
}

JsonListing of_tenant(JsonListing listing, std::string_view tenant) {
  put_sized(listing.scope, tenant);
  if (!tenant.empty())
    listing.wanted = [whose = std::string(tenant)](const Json& row) { return json_text(row, "tenant") == whose; };
  return listing;
}

std::string json_text(const Json& object, const char* name) {
  if (!object.is_object()) return "";
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

int64_t time_of(const Json& object, const char* name) { return parse_rfc3339(json_text(object, name)).value_or(0); }

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json time_or_null(int64_t time_ms) { return time_ms == 0 ? Json() : Json(rfc3339(time_ms)); }

}  // namespace hookswitch
