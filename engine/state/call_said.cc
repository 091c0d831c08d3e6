// What rules for whole calls say of a call, above what was told.
#include <algorithm>
#include <ranges>

#include "engine/state/call.h"

namespace hookswitch {
namespace {

const auto& map_of(const Said& said, CallMap map) { return map == CallMap::variables ? said.variables : said.metadata; }

/// The last word about a key, or null.
const std::string* last_word(std::span<const Said> said, CallMap map, std::string_view key) {
  for (const Said& one : std::views::reverse(said)) {
    if (auto found = map_of(one, map).find(key); found != map_of(one, map).end()) return &found->second;
  }
  return nullptr;
}

}  // namespace

Said& Call::said_by(std::string_view rule) {
  auto found = std::ranges::find(said_, rule, &Said::rule);
  if (found != said_.end()) return *found;
  Said& said = said_.emplace_back();
  said.rule = rule;
  return said;
}

// Which row absorbs the other must not matter. Each tells in which order its rules run; of two rules that no row has
// both of, the one with the smaller name comes first, until rules run again.
void Call::absorb_said(const std::vector<Said>& other) {
  auto speaks = [&](const std::string& rule) { return std::ranges::find(other, rule, &Said::rule) != other.end(); };
  auto at = said_.begin();
  for (const Said& theirs : other) {
    if (auto same = std::ranges::find(said_, theirs.rule, &Said::rule); same != said_.end()) {
      *same = std::max(*same, theirs);
      at = std::max(at, std::next(same));
      continue;
    }
    while (at != said_.end() && at->rule < theirs.rule && !speaks(at->rule)) ++at;
    at = std::next(said_.insert(at, theirs));
  }
}

void Call::say_again(Said said) { said_.push_back(std::move(said)); }

std::vector<std::pair<std::string_view, std::string_view>> Call::entries(CallMap map) const {
  const Map& told = map == CallMap::variables ? variables_ : metadata_;
  std::vector<std::pair<std::string_view, std::string_view>> out;
  out.reserve(told.size() + said_.size());
  auto show = [&](std::string_view key, std::string_view json) {
    if (json != "null") out.emplace_back(key, json);
  };
  for (const auto& [key, entry] : told) {
    if (last_word(said_, map, key) == nullptr) show(key, entry.json);
  }
  for (const Said& said : said_) {
    for (const auto& [key, json] : map_of(said, map)) {
      if (last_word(said_, map, key) == &json) show(key, json);
    }
  }
  return out;
}

}  // namespace hookswitch
