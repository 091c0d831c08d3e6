#include "engine/state/syncs.h"

#include <fmt/format.h>

#include <array>

#include "engine/base/bytes.h"
#include "engine/base/time_text.h"

namespace hookswitch {
namespace {

constexpr std::array kSyncStatuses{"waiting", "running", "done", "failed", "canceled"};

std::string sync_key(std::string_view id) { return "r" + std::string(id); }

std::string mark_key(std::string_view source, std::string_view resource) {
  return "m" + std::string(source) + '\0' + std::string(resource);
}

SyncStatus sync_status(const std::string& text) {
  for (size_t i = 0; i < kSyncStatuses.size(); ++i) {
    if (text == kSyncStatuses[i]) return static_cast<SyncStatus>(i);
  }
  return SyncStatus::failed;
}

Json row_of(const Sync& sync) {
  return {{"id", sync.id},           {"source", sync.source},         {"resource", sync.resource},
          {"filter", sync.filter},   {"from_ms", sync.from_ms},       {"to_ms", sync.to_ms},
          {"by", sync.by},           {"status", name(sync.status)},   {"cursor", sync.cursor},
          {"pages", sync.pages},     {"total", sync.total},           {"created", sync.created},
          {"updated", sync.updated}, {"skipped", sync.skipped},       {"failed", sync.failed},
          {"made_ms", sync.made_ms}, {"started_ms", sync.started_ms}, {"ended_ms", sync.ended_ms},
          {"reason", sync.reason}};
}

}  // namespace

const char* name(SyncStatus status) { return kSyncStatuses[static_cast<size_t>(status)]; }

Json Sync::to_json() const {
  return {{"id", id},
          {"source", source},
          {"resource", resource},
          {"filter", filter},
          {"from", time_or_null(from_ms)},
          {"to", time_or_null(to_ms)},
          {"by", by},
          {"status", name(status)},
          {"pages", pages},
          {"total", total},
          {"synced", created + updated},
          {"created", created},
          {"updated", updated},
          {"skipped", skipped},
          {"failed", failed},
          {"created_at", time_or_null(made_ms)},
          {"started_at", time_or_null(started_ms)},
          {"ended_at", time_or_null(ended_ms)},
          {"reason", reason.empty() ? Json() : Json(reason)}};
}

Sync Sync::from_json(const Json& row) {
  Sync sync;
  sync.id = row.value("id", "");
  sync.source = row.value("source", "");
  sync.resource = row.value("resource", "");
  sync.filter = row.value("filter", Json::object());
  sync.from_ms = row.value("from_ms", int64_t{0});
  sync.to_ms = row.value("to_ms", int64_t{0});
  sync.by = row.value("by", "");
  sync.status = sync_status(row.value("status", ""));
  sync.cursor = row.value("cursor", "");
  sync.pages = row.value("pages", uint64_t{0});
  sync.total = row.value("total", uint64_t{0});
  sync.created = row.value("created", uint64_t{0});
  sync.updated = row.value("updated", uint64_t{0});
  sync.skipped = row.value("skipped", uint64_t{0});
  sync.failed = row.value("failed", uint64_t{0});
  sync.made_ms = row.value("made_ms", int64_t{0});
  sync.started_ms = row.value("started_ms", int64_t{0});
  sync.ended_ms = row.value("ended_ms", int64_t{0});
  sync.reason = row.value("reason", "");
  return sync;
}

std::string sync_id_of(uint64_t seq) { return fmt::format("syn_{:016x}", seq); }

void put_sync(Writer& writer, const Sync& sync) {
  put_json(writer, Table::syncs, sync_key(sync.id), row_of(sync));
  if (is_final(sync.status)) {
    writer.del(Table::syncs, "u" + sync.id);
  } else {
    writer.put(Table::syncs, "u" + sync.id, "");
  }
}

std::optional<Sync> find_sync(const Reader& reader, std::string_view id) {
  auto row = get_json(reader, Table::syncs, sync_key(id));
  return row ? std::optional(Sync::from_json(*row)) : std::nullopt;
}

std::vector<Sync> unfinished_syncs(const Reader& reader) {
  std::vector<std::string> ids;
  reader.scan_prefix(Table::syncs, "u", [&](std::string_view key, std::string_view) {
    ids.emplace_back(key.substr(1));
    return true;
  });
  std::vector<Sync> out;
  for (const std::string& id : ids) {
    if (auto sync = find_sync(reader, id)) out.push_back(std::move(*sync));
  }
  return out;
}

Result<JsonPage> sync_page(const Reader& reader, const std::string& source, std::string_view cursor, size_t limit) {
  JsonListing listing{.table = Table::syncs,
                      .prefix = "r",
                      .direction = Direction::backward,
                      .scope = "syncs:" + source,
                      .wanted = [&](const Json& row) { return source.empty() || row.value("source", "") == source; }};
  auto page = json_page(reader, listing, cursor, limit);
  if (!page) return page;
  for (Json& row : page->rows) row = Sync::from_json(row).to_json();
  return page;
}

void trim_syncs(Writer& writer, size_t keep) {
  std::vector<std::string> over;
  size_t rows = 0;
  writer.scan_prefix(Table::syncs, "r", [&](std::string_view key, std::string_view value) {
    ++rows;
    if (is_final(Sync::from_json(parse_json(value)).status)) over.emplace_back(key);
    return true;
  });
  for (size_t i = 0; i < over.size() && rows > keep; ++i, --rows) writer.del(Table::syncs, over[i]);
}

std::optional<int64_t> synced_until(const Reader& reader, std::string_view source, std::string_view resource) {
  auto row = reader.get(Table::syncs, mark_key(source, resource));
  if (!row) return std::nullopt;
  ByteReader bytes(*row);
  int64_t ms = bytes.le<int64_t>();
  return bytes.ok() ? std::optional(ms) : std::nullopt;
}

void set_synced_until(Writer& writer, std::string_view source, std::string_view resource, int64_t ms) {
  std::string row;
  put_le<int64_t>(row, ms);
  writer.put(Table::syncs, mark_key(source, resource), row);
}

}  // namespace hookswitch
