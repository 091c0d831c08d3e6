// What each rule keeps for itself between events: JSON texts by key, unseen by other rules.
//
// Table memory, key: text(rule) and then bounded_key(private_text(key)), of keys.h and Reader. Row: the JSON text.
#pragma once

#include <optional>
#include <string_view>

#include "engine/state/store.h"

namespace hookswitch {

/// The text dies with the transaction.
std::optional<std::string_view> get_memory(const Reader& reader, std::string_view rule, std::string_view key);
/// `too_large` beyond limits::kRuleStateBytes.
Status put_memory(Writer& writer, std::string_view rule, std::string_view key, std::string_view json);
/// Whether it was there.
bool remove_memory(Writer& writer, std::string_view rule, std::string_view key);

}  // namespace hookswitch
