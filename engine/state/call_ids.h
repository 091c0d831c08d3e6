// By which ids a call is known: providers' ids, and ids it had before it was found to be another one. Keys: calls.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/store.h"

namespace hookswitch {

/// Our id of a call is this and as many hexadecimal digits, so that it is found in the midst of a rule's key.
constexpr std::string_view kCallIdPrefix = "call_";
constexpr size_t kCallIdDigits = 24;

/// Our id of the call that has this provider's id.
std::optional<std::string> find_call_id(const Reader& reader, std::string_view kind, std::string_view value);

/// The provider's id leads to this call from now on. Kept apart from the call's own row, which shows one id per kind.
void link_call(Writer& writer, std::string_view kind, std::string_view value, std::string_view call_id);

/// Our present id for our id, an id it once had, or any provider's id of whatever kind; nullopt when nobody knows it.
std::optional<std::string> resolve_call_id(const Reader& reader, std::string_view any_id);

/// A source that belongs to a tenant has spoken of the call.
void note_call_source(Writer& writer, std::string_view call_id, std::string_view source);
/// Those that have, each once; a name too long for a key is cut and hashed.
std::vector<std::string> call_sources(const Reader& reader, std::string_view call_id);

/// The call was taken for this tenant's, before it was known to be another's. For put_call() and rename_call().
void note_former_tenant(Writer& writer, std::string_view call_id, std::string_view tenant);
std::vector<std::string> former_tenants_of(const Reader& reader, std::string_view call_id);

/// All providers' ids of `from` lead to `to`, and `from` and the ids it once had become aliases; its sources and former
/// tenants are those of `to` too. For rename_call().
void move_call_links(Writer& writer, const std::string& from, const std::string& to);

/// Every id that the call once had.
std::vector<std::string> former_ids_of(const Reader& reader, std::string_view call_id);

/// Our ids of a call, the present one first, then those it once had; none when nobody knows the call.
std::vector<std::string> ids_of_call(const Reader& reader, std::string_view any_id);

/// The keys that say the same as this one, as whatever id of their calls stands in them; with the present ids first.
/// `ids_of` is as ids_of_call().
std::vector<std::string> key_spellings(std::string_view key,
                                       const std::function<std::vector<std::string>(std::string_view)>& ids_of);

/// Every provider's id of the call, of this kind or, for "", of any; but those too long for a key.
std::vector<std::string> external_ids_of(const Reader& reader, std::string_view call_id, std::string_view kind = "");
/// For remove_call().
void remove_call_links(Writer& writer, const std::string& call_id);

}  // namespace hookswitch
