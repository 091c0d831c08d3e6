// Providers' agents as they were told to us at run time: whose each one is, in one lookup.
//
// Table agents (text: put_key_text of keys.h):
//   text(id) text(source)  -> the agent's JSON {id, source?, tenant?, name?, ...}; source "" serves every source
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/state/json_rows.h"

namespace hookswitch {

/// Puts or replaces. Must be an object with a text `id`: else `invalid`.
Status put_agent(Writer& writer, const Json& agent);
/// The agent of this source, or else the one put without a source.
std::optional<Json> find_agent(const Reader& reader, std::string_view source, std::string_view id);
/// All of this id, by source.
std::vector<Json> agents_of(const Reader& reader, std::string_view id);
/// The first by id of those who have this number among their `phones` and are `tenant`'s or nobody's; "": of all. Looks
/// through all of them.
std::optional<Json> find_agent_by_phone(const Reader& reader, std::string_view phone, std::string_view tenant);
/// Exactly this one. Whether it was there.
bool remove_agent(Writer& writer, std::string_view source, std::string_view id);
/// By id; those of `tenant` alone unless it is "".
Result<JsonPage> agents_page(const Reader& reader, std::string_view tenant, std::string_view cursor, size_t limit);

}  // namespace hookswitch
