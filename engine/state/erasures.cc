#include "engine/state/erasures.h"

#include <fmt/format.h>

#include <array>

#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/base/time_text.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

constexpr std::array kErasureStatuses{"state", "log", "done"};

std::string erasure_key(std::string_view id) { return "r" + bounded_key(id); }
std::string unfinished_key(std::string_view id) { return "u" + bounded_key(id); }

std::string names_prefix(std::string_view id) {
  std::string key;
  put_key_text(key, id);
  return key;
}

std::string name_key(const Reader& reader, std::string_view id, std::string_view name) {
  return names_prefix(id) + bounded_key(reader.private_text(name));
}

std::string from_hex(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(std::strtol(hex.substr(i, 2).c_str(), nullptr, 16)));
  return out;
}

}  // namespace

const char* name(ErasureStatus status) { return kErasureStatuses[static_cast<size_t>(status)]; }

std::string erasure_id_of(uint64_t seq) { return fmt::format("era_{:016x}", seq); }

uint64_t erasure_seq_of(std::string_view id) {
  return std::strtoull(std::string(id.substr(std::min<size_t>(4, id.size()))).c_str(), nullptr, 16);
}

Json Erasure::to_json() const {
  return {{"id", id},         {"of", of}, {"status", name(status)},         {"suppressions", suppressions},
          {"erased", counts}, {"by", by}, {"created_at", rfc3339(made_ms)}, {"ended_at", time_or_null(ended_ms)}};
}

Json Erasure::to_row() const {
  Json row = to_json();
  row.update({{"phone", phone},
              {"tenant", tenant},
              {"table", table},
              {"after", to_hex(after)},
              {"busy", busy},
              {"silenced", silenced},
              {"next_seq", next_seq},
              {"end_seq", end_seq}});
  return row;
}

Erasure Erasure::from_row(const Json& row) {
  Erasure erasure;
  erasure.id = json_text(row, "id");
  erasure.of = json_text(row, "of");
  erasure.phone = json_text(row, "phone");
  erasure.tenant = json_text(row, "tenant");
  erasure.suppressions = row.value("suppressions", false);
  for (size_t i = 0; i < kErasureStatuses.size(); ++i) {
    if (json_text(row, "status") == kErasureStatuses[i]) erasure.status = static_cast<ErasureStatus>(i);
  }
  erasure.table = row.value("table", 0U);
  erasure.after = from_hex(json_text(row, "after"));
  erasure.busy = row.value("busy", false);
  erasure.silenced = row.value("silenced", erasure.silenced);
  erasure.next_seq = row.value("next_seq", uint64_t{1});
  erasure.end_seq = row.value("end_seq", uint64_t{0});
  erasure.counts = row.value("erased", erasure.counts);
  erasure.by = json_text(row, "by");
  erasure.made_ms = parse_rfc3339(json_text(row, "created_at")).value_or(0);
  erasure.ended_ms = parse_rfc3339(json_text(row, "ended_at")).value_or(0);
  return erasure;
}

void put_erasure(Writer& writer, Erasure erasure) {
  const bool over = erasure.status == ErasureStatus::done;
  if (over) {
    erasure.phone.clear();
    erasure.tenant.clear();
    erasure.after.clear();
    erasure.silenced.clear();
    writer.del(Table::erasures, unfinished_key(erasure.id));
  } else {
    writer.put(Table::erasures, unfinished_key(erasure.id), {});
  }
  put_json(writer, Table::erasures, erasure_key(erasure.id), erasure.to_row());
}

std::optional<Erasure> find_erasure(const Reader& reader, std::string_view id) {
  auto row = get_json(reader, Table::erasures, erasure_key(id));
  if (!row) return std::nullopt;
  return Erasure::from_row(*row);
}

std::vector<Erasure> unfinished_erasures(const Reader& reader) {
  std::vector<std::string> ids;
  reader.scan_prefix(Table::erasures, "u", [&](std::string_view key, std::string_view) {
    ids.emplace_back(key.substr(1));
    return true;
  });
  std::vector<Erasure> out;
  for (const std::string& id : ids) {
    if (auto erasure = find_erasure(reader, id)) out.push_back(std::move(*erasure));
  }
  return out;
}

std::vector<std::string> finished_erasures(const Reader& reader) {
  std::vector<std::string> ids;
  reader.scan_prefix(Table::erasures, "r", [&](std::string_view, std::string_view row) {
    const Json erasure = parse_json(row);
    if (json_text(erasure, "status") == name(ErasureStatus::done)) ids.push_back(json_text(erasure, "id"));
    return true;
  });
  return ids;
}

Result<JsonPage> erasure_page(const Reader& reader, std::string_view cursor, size_t limit) {
  auto page = json_page(reader, {Table::erasures, "r", Direction::backward, "erasures", {}}, cursor, limit);
  if (!page) return page;
  for (Json& row : page->rows) row = Erasure::from_row(row).to_json();
  return page;
}

void add_erasure_name(Writer& writer, std::string_view id, std::string_view name) {
  if (name.size() <= limits::kErasureNameBytes) writer.put(Table::erasure_names, name_key(writer, id, name), name);
}

std::vector<std::string> erasure_names(const Reader& reader, std::string_view id) {
  std::vector<std::string> names;
  reader.scan_prefix(Table::erasure_names, names_prefix(id), [&](std::string_view, std::string_view name) {
    names.emplace_back(name);
    return true;
  });
  return names;
}

void forget_erasure_names(Writer& writer, std::string_view id) {
  for (const std::string& name : erasure_names(writer, id))
    writer.del(Table::erasure_names, name_key(writer, id, name));
}

}  // namespace hookswitch
