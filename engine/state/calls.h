// The calls and how they are found: by our id, by any provider's id, by the ids they once had, and page by page.
//
// Table calls, key: call id (at most limits::kIndexedTextBytes). Row: Call::encode().
//
// Table call_ids (text: put_key_text of keys.h):
//   'x' text(value) kind         -> call id     a provider's id. Kinds longer than kIndexedTextBytes are cut and hashed
//   'r' text(call id) text(value) kind -> ""    the same, to be found from the call
//   'o' text(call id) source -> ""              a source that belongs to a tenant has spoken of the call
//   'w' text(call id) tenant -> ""              the call was taken for this tenant's before it was another's
//   'm' old id                   -> call id     the old id is an alias: its call was absorbed by this one
//   'f' text(call id) old id -> ""              the same, to be found from the call
//
// Table call_index, for each call as many rows as it has known fields to filter by, all without value:
//   tag [text(value)] i64 (newest first: started_at, or else created_at, or else 0) call id
// with the tags 'a' every call (no value), 't' tenant, 's' source, 'g' agent_id, 'u' status, 'd' disposition,
// 'i' intent, 'r' direction, 'p' the private_text() of the digits of from and of to, as they are and as they were told
// where a rule for whole calls says another: whoever looks for a number or erases it finds the call by both.
// All rows of a call follow from its row in `calls`: put_call() compares the old row with the new one and changes only
// what differs. The list itself is in calls_page.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/call.h"
#include "engine/state/call_ids.h"
#include "engine/state/store.h"

namespace hookswitch {

/// By our id only. nullopt: no such call; `corrupt`: its row cannot be read.
Result<std::optional<Call>> get_call(const Reader& reader, std::string_view id);

/// A hash of what a call's rows in call_index are made of: the same mark, the same rows.
uint64_t index_mark(const Call& call);

/// Stores the call under its id(), which must not be "". `before`, the mark of the stored call, spares it from being
/// read again when nothing changed that is filtered by.
Status put_call(Writer& writer, const Call& call, std::optional<uint64_t> before = std::nullopt);

/// Removes the call with its index rows and providers' ids. Ids it once had lead nowhere then. Whether it was there.
Result<bool> remove_call(Writer& writer, std::string_view id);

/// Two calls turn out to be one: `to` (made when missing) absorbs `from`, whose providers' ids lead to `to` from now on
/// and whose id becomes an alias. Transcript and shares are moved by move_transcript() and move_shares().
Status rename_call(Writer& writer, std::string_view from, std::string_view to);

/// Every key in call_index that this call must have in this state, sorted. For put_call() and for checks.
std::vector<std::string> call_index_keys(const Reader& reader, const Call& call);

/// The tags of call_index, see above.
enum class CallTag : char {
  every = 'a',
  tenant = 't',
  source = 's',
  agent = 'g',
  status = 'u',
  disposition = 'd',
  intent = 'i',
  direction = 'r',
  phone = 'p',
};

/// What the keys of all calls with this value begin with; a phone's value is the private_text() of its digits, `every`
/// has none.
std::string call_index_prefix(CallTag tag, std::string_view value = {});

/// The field that a tag is about; nullopt for `every` and `phone`.
std::optional<CallField> call_tag_field(CallTag tag);

/// What calls are ordered by: started_at, or else created_at, or else 0.
int64_t call_order_ms(const Call& call);

/// `from` and `to`, and each also as it was told where a rule for whole calls says another.
std::vector<std::string_view> call_phones(const Call& call);

/// The digits of a phone number: what two writings of one number have in common.
std::string phone_digits(std::string_view phone);

}  // namespace hookswitch
