#include "engine/state/dead.h"

#include <charconv>

#include "engine/base/bytes.h"
#include "engine/base/time_text.h"
#include "engine/state/oldest_dead.h"

namespace hookswitch {
namespace {

std::string dead_key(DeadId id) {
  std::string key;
  put_be64(key, id.seq);
  uint32_t index = __builtin_bswap32(id.index);
  put_le(key, index);
  return key;
}

template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool type_matches(const std::string& type, const std::string& wanted) {
  if (!wanted.ends_with('*')) return wanted.empty() || type == wanted;
  return type.starts_with(std::string_view(wanted).substr(0, wanted.size() - 1));
}

}  // namespace

std::string DeadLetter::id() const { return fmt::format("{}.{}", seq, index); }

Json DeadLetter::to_json() const {
  return {{"id", id()},       {"seq", seq},           {"index", index},
          {"reason", reason}, {"culprit", culprit},   {"time", rfc3339(time_ms)},
          {"kind", kind},     {"event_id", event_id}, {"event_type", event_type},
          {"source", source}};
}

DeadLetter DeadLetter::from_json(const Json& value) {
  DeadLetter letter;
  auto id = parse_dead_id(json_text(value, "id")).value_or(DeadId{});
  letter.seq = id.seq;
  letter.index = id.index;
  letter.reason = json_text(value, "reason");
  letter.culprit = json_text(value, "culprit");
  letter.time_ms = parse_rfc3339(json_text(value, "time")).value_or(0);
  letter.kind = json_text(value, "kind");
  letter.event_id = json_text(value, "event_id");
  letter.event_type = json_text(value, "event_type");
  letter.source = json_text(value, "source");
  return letter;
}

std::optional<DeadId> parse_dead_id(std::string_view text) {
  size_t dot = text.find('.');
  auto seq = whole_number<uint64_t>(text.substr(0, dot));
  auto index =
      dot == std::string_view::npos ? std::optional<uint32_t>(0) : whole_number<uint32_t>(text.substr(dot + 1));
  if (!seq || !index) return std::nullopt;
  return DeadId{*seq, *index};
}

void put_dead(Writer& writer, const DeadLetter& letter) {
  put_json(writer, Table::dead, dead_key({letter.seq, letter.index}), letter.to_json());
}

std::optional<DeadLetter> find_dead(const Reader& reader, DeadId id) {
  auto row = get_json(reader, Table::dead, dead_key(id));
  if (!row) return std::nullopt;
  return DeadLetter::from_json(*row);
}

bool remove_dead(Writer& writer, DeadId id) { return writer.del(Table::dead, dead_key(id)); }

std::optional<uint64_t> oldest_dead(const Reader& reader, uint64_t seq) {
  std::optional<uint64_t> found;
  reader.scan(Table::dead, dead_key({seq, 0}), Direction::forward, [&](std::string_view key, std::string_view) {
    found = get_be64(key.data());
    return false;
  });
  return found;
}

uint64_t count_dead(const Reader& reader) { return reader.count(Table::dead); }

Result<JsonPage> dead_page(const Reader& reader, const DeadFilter& filter, std::string_view cursor, size_t limit) {
  JsonListing listing{Table::dead, "", Direction::backward, "dead", {}};
  put_sized(listing.scope, filter.source);
  put_sized(listing.scope, filter.type);
  listing.wanted = [&](const Json& letter) {
    return (filter.source.empty() || json_text(letter, "source") == filter.source) &&
           type_matches(json_text(letter, "event_type"), filter.type);
  };
  return json_page(reader, listing, cursor, limit);
}

}  // namespace hookswitch
