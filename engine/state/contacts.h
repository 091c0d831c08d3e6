// People: who they are and by which numbers they are known.
//
// Table contacts (text: put_key_text of keys.h; part: the private_text() of the id):
//   'c' part                           -> the contact's JSON {id, name?, phones[]?, ...}
//   'p' text(private_text(phone)) part -> ""    phones are E.164, or with one of kPhoneChannels before it, as in the
//                                               contact
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/state/json_rows.h"

namespace hookswitch {

/// Puts or replaces. The contact must be an object with a text `id` of 1 to limits::kIndexedTextBytes bytes, and
/// `phones`, when given, a list of texts: else `invalid`.
Status put_contact(Writer& writer, const Json& contact);
std::optional<Json> find_contact(const Reader& reader, std::string_view id);
/// Who has a number has its addresses on kPhoneChannels too: a no that was said there is found by the number.
/// The first by id of those who have this number and are `tenant`'s or nobody's; "": nobody's alone.
std::optional<Json> find_contact_by_phone(const Reader& reader, std::string_view phone, std::string_view tenant = "");
/// The first by id of all who have this number, whosever they are, that fits.
std::optional<Json> find_contact_by_phone(const Reader& reader, std::string_view phone,
                                          const std::function<bool(const Json&)>& fits);
/// Whether the number, or its address on one of kPhoneChannels, is one of the row's `phones`.
bool has_phone(const Json& row, std::string_view phone);
/// Whether it was there.
bool remove_contact(Writer& writer, std::string_view id);

/// By id, or where keys are hidden in an order that says nothing; those of `tenant` alone unless it is "".
Result<JsonPage> contacts_page(const Reader& reader, std::string_view tenant, std::string_view cursor, size_t limit);

}  // namespace hookswitch
