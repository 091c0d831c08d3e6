#include "engine/state/rule_versions.h"

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/state/varint.h"

namespace hookswitch {
namespace {

std::string version_key(uint64_t seq) {
  std::string key;
  put_be64(key, seq);
  return key;
}

std::string encode(const RuleVersion& version) {
  std::string row;
  put_le(row, version.time_ms);
  put_varint_sized(row, version.hash);
  for (const std::string& rule : version.rules) put_varint_sized(row, rule);
  return row;
}

RuleVersion decode(std::string_view key, std::string_view row) {
  RuleVersion version;
  version.from_seq = get_be64(key.data());
  ByteReader in(row);
  version.time_ms = in.le<int64_t>();
  row = in.bytes(in.left());
  version.hash = take_varint_sized(row).value_or("");
  while (auto rule = take_varint_sized(row)) version.rules.emplace_back(*rule);
  return version;
}

std::optional<RuleVersion> newest_at_most(const Reader& reader, std::string_view from) {
  std::optional<RuleVersion> out;
  reader.scan(Table::rule_versions, from, Direction::backward, [&](std::string_view key, std::string_view row) {
    out = decode(key, row);
    return false;
  });
  return out;
}

void drop_oldest(Writer& writer, size_t rows) {
  std::vector<std::string> old;
  writer.scan(Table::rule_versions, "", Direction::forward, [&](std::string_view key, std::string_view) {
    if (old.size() == rows) return false;
    old.emplace_back(key);
    return true;
  });
  for (const std::string& key : old) writer.del(Table::rule_versions, key);
}

}  // namespace

void note_rule_version(Writer& writer, const RuleVersion& version) {
  auto newest = newest_at_most(writer, "");
  if (newest && newest->hash == version.hash && newest->rules == version.rules) return;
  writer.put(Table::rule_versions, version_key(version.from_seq), encode(version));
  uint64_t rows = writer.count(Table::rule_versions);
  if (rows > limits::kRuleVersionRows) drop_oldest(writer, rows - limits::kRuleVersionRows);
}

std::optional<RuleVersion> rule_version_at(const Reader& reader, uint64_t seq) {
  return newest_at_most(reader, version_key(seq));
}

std::vector<RuleVersion> rule_versions(const Reader& reader, size_t limit) {
  std::vector<RuleVersion> out;
  if (limit == 0) return out;
  reader.scan(Table::rule_versions, "", Direction::backward, [&](std::string_view key, std::string_view row) {
    out.push_back(decode(key, row));
    return out.size() < limit;
  });
  return out;
}

}  // namespace hookswitch
