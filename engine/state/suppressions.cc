#include "engine/state/suppressions.h"

#include <limits>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/time_text.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

std::string phone_prefix(const Reader& reader, char tag, std::string_view phone) {
  std::string key(1, tag);
  put_key_text(key, reader.private_text(phone));
  return key;
}

std::string suppression_key(const Reader& reader, std::string_view phone, std::string_view tenant) {
  return phone_prefix(reader, 's', phone) + bounded_key(tenant);
}

std::string encode_dial(const Dial& dial) {
  std::string row;
  for (const std::string* part : {&dial.channel, &dial.tenant, &dial.action}) put_sized(row, *part);
  return row;
}

bool is_alike(std::string_view row, const Dial& dial) {
  ByteReader in(row);
  return in.sized() == dial.channel && in.sized() == dial.tenant && in.sized() != dial.action && in.ok();
}

int64_t time_of_dial(std::string_view key, const std::string& prefix) {
  return key.size() < prefix.size() + kTimeBytes ? 0 : get_ordered_i64(key.data() + prefix.size());
}

// A key of its own also for the second dial of one millisecond.
std::string free_dial_key(const Reader& reader, const std::string& prefix, int64_t at_ms) {
  std::string key = prefix;
  put_ordered_i64(key, at_ms);
  for (int n = 0;; ++n) {
    std::string tried = key + static_cast<char>(n >> 8) + static_cast<char>(n & 0xff);
    if (!reader.get(Table::suppressions, tried)) return tried;
  }
}

void forget_old_dials(Writer& writer, const std::string& prefix, int64_t before_ms) {
  std::vector<std::string> old;
  writer.scan_prefix(Table::suppressions, prefix, [&](std::string_view key, std::string_view) {
    if (time_of_dial(key, prefix) >= before_ms) return false;
    old.emplace_back(key);
    return true;
  });
  for (const std::string& key : old) writer.del(Table::suppressions, key);
}

}  // namespace

Json Suppression::to_json() const {
  return {{"phone", phone},
          {"tenant", tenant.empty() ? Json() : Json(tenant)},
          {"reason", reason.empty() ? Json() : Json(reason)},
          {"until", until_ms == 0 ? Json() : Json(rfc3339(until_ms))},
          {"created_at", rfc3339(created_ms)}};
}

Suppression Suppression::from_json(const Json& row) {
  return {json_text(row, "phone"), json_text(row, "tenant"), json_text(row, "reason"),
          parse_rfc3339(json_text(row, "until")).value_or(0), parse_rfc3339(json_text(row, "created_at")).value_or(0)};
}

void put_suppression(Writer& writer, const Suppression& suppression) {
  put_json(writer, Table::suppressions, suppression_key(writer, suppression.phone, suppression.tenant),
           suppression.to_json());
}

bool remove_suppression(Writer& writer, std::string_view phone, std::string_view tenant) {
  return writer.del(Table::suppressions, suppression_key(writer, phone, tenant));
}

std::optional<Suppression> find_suppression(const Reader& reader, std::string_view phone, std::string_view tenant,
                                            int64_t now_ms) {
  for (std::string_view whose : {std::string_view(), tenant}) {
    auto row = get_json(reader, Table::suppressions, suppression_key(reader, phone, whose));
    if (!row) continue;
    Suppression found = Suppression::from_json(*row);
    if (found.holds(now_ms)) return found;
  }
  return std::nullopt;
}

std::vector<Suppression> suppressions_of(const Reader& reader, std::string_view phone) {
  std::vector<Suppression> found;
  reader.scan_prefix(Table::suppressions, phone_prefix(reader, 's', phone),
                     [&](std::string_view, std::string_view row) {
                       found.push_back(Suppression::from_json(parse_json(row)));
                       return true;
                     });
  return found;
}

Result<JsonPage> suppressions_page(const Reader& reader, std::string_view tenant, std::string_view cursor,
                                   size_t limit) {
  JsonListing all{Table::suppressions, "s", Direction::forward, "suppressions", {}};
  return json_page(reader, of_tenant(std::move(all), tenant), cursor, limit);
}

void note_dial(Writer& writer, const Dial& dial, int64_t at_ms, int64_t now_ms) {
  std::string prefix = phone_prefix(writer, 'd', dial.phone);
  forget_old_dials(writer, prefix, now_ms - limits::kDialsKeptMs);
  std::string row = encode_dial(dial);
  bool known = false;
  writer.scan_prefix(Table::suppressions, prefix, [&](std::string_view, std::string_view value) {
    known = value == row;
    return !known;
  });
  if (!known) writer.put(Table::suppressions, free_dial_key(writer, prefix, at_ms), row);
}

void forget_dials(Writer& writer, std::string_view phone) {
  forget_old_dials(writer, phone_prefix(writer, 'd', phone), std::numeric_limits<int64_t>::max());
}

int count_dials(const Reader& reader, const Dial& dial, int64_t from_ms, int64_t to_ms) {
  std::string prefix = phone_prefix(reader, 'd', dial.phone);
  int count = 0;
  reader.scan_prefix(Table::suppressions, prefix, [&](std::string_view key, std::string_view value) {
    const int64_t at_ms = time_of_dial(key, prefix);
    if (at_ms >= from_ms && at_ms < to_ms && is_alike(value, dial)) ++count;
    return true;
  });
  return count;
}

}  // namespace hookswitch
