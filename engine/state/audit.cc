#include "engine/state/audit.h"

#include "engine/base/bytes.h"
#include "engine/base/time_text.h"

namespace hookswitch {
namespace {

constexpr int kForgottenAtOnce = 2;  // more than one comes with each row, so that a lowered bound is reached

std::string audit_key(uint64_t seq) {
  std::string key;
  put_be64(key, seq);
  return key;
}

bool fits(const std::string& wanted, const std::string& found) { return wanted.empty() || wanted == found; }

bool fits_command(std::string_view wanted, std::string_view found) {
  if (!wanted.ends_with('*')) return wanted.empty() || wanted == found;
  return found.starts_with(wanted.substr(0, wanted.size() - 1));
}

void forget_oldest(Writer& writer) {
  std::string oldest;
  writer.scan(Table::audit, "", Direction::forward, [&](std::string_view key, std::string_view) {
    oldest = key;
    return false;
  });
  if (!oldest.empty()) writer.del(Table::audit, oldest);
}

}  // namespace

Json AuditRow::to_json() const {
  return {{"seq", seq},
          {"time", rfc3339(time_ms)},
          {"by", by},
          {"from", text_or_null(from)},
          {"command", command},
          {"target", text_or_null(target)},
          {"tenant", text_or_null(tenant)},
          {"status", status},
          {"done", status < 400}};
}

void put_audit(Writer& writer, const AuditRow& row, uint64_t kept) {
  put_json(writer, Table::audit, audit_key(row.seq), row.to_json());
  for (int i = 0; i < kForgottenAtOnce && writer.count(Table::audit) > kept; ++i) forget_oldest(writer);
}

Result<JsonPage> audit_page(const Reader& reader, const AuditFilter& filter, std::string_view cursor, size_t limit) {
  JsonListing listing{Table::audit, "", Direction::backward, "audit", {}};
  for (const std::string& part : {filter.by, filter.command, filter.target, filter.tenant})
    put_sized(listing.scope, part);
  put_be64(listing.scope, static_cast<uint64_t>(filter.from_ms));
  put_be64(listing.scope, static_cast<uint64_t>(filter.to_ms));
  listing.wanted = [&](const Json& row) {
    int64_t time_ms = parse_rfc3339(json_text(row, "time")).value_or(0);
    return time_ms >= filter.from_ms && time_ms < filter.to_ms && fits(filter.by, json_text(row, "by")) &&
           fits(filter.target, json_text(row, "target")) && fits(filter.tenant, json_text(row, "tenant")) &&
           fits_command(filter.command, json_text(row, "command"));
  };
  return json_page(reader, listing, cursor, limit);
}

}  // namespace hookswitch
