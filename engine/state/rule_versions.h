// Which rules ruled from where on: a row for each change of rules, written with the first batch they decided.
//
// Table rule_versions, key: u64 big-endian, the first sequence they handled. Row: i64 when that was (ms), sized hash,
// then the sized names of the rules in the order they run. Sized: varint and bytes. It tells what this machine did and
// when, so the log alone does not determine it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/store.h"

namespace hookswitch {

struct RuleVersion {
  uint64_t from_seq = 0;
  int64_t time_ms = 0;
  std::string hash;                // RuleSet::hash()
  std::vector<std::string> rules;  // names, in the order they run: what traces number them by
  bool operator==(const RuleVersion&) const = default;
};

/// The rules rule from `from_seq` on. Nothing is written when the newest row says the same of them. Only the newest
/// limits::kRuleVersionRows stay.
void note_rule_version(Writer& writer, const RuleVersion& version);

/// The ones that handled the record; nullopt when that was before anything was noted.
std::optional<RuleVersion> rule_version_at(const Reader& reader, uint64_t seq);

/// Newest first.
std::vector<RuleVersion> rule_versions(const Reader& reader, size_t limit);

}  // namespace hookswitch
