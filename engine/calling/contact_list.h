// A list of people for a campaign, from JSON or from a CSV file: good rows are kept, bad ones are told by their line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace hookswitch {

struct BadRow {
  size_t line = 0;  // of the file, or the item's number, from 1
  std::string reason;
};

struct ContactList {
  std::vector<Json> good;     // {to?, contact_id?, variables?}
  std::vector<size_t> lines;  // where each of them stood
  std::vector<BadRow> bad;
};

/// The first line names the columns: `to` (or phone, number) and contact_id are whom to call, every other one is a
/// variable. Quotes as in RFC 4180; a byte order mark and empty lines are passed over. Errors: `invalid` without such a
/// column, `too_large` beyond limits::kCampaignContacts rows.
Result<ContactList> read_contacts_csv(std::string_view text, std::string_view country);

/// Items of a JSON list: {to | contact_id, variables?}. The same errors.
Result<ContactList> read_contacts_json(const Json& items, std::string_view country);

/// Who a good row is, for telling whether another one is the same: the number, else the contact. "" for an empty place.
std::string who_of(const Json& row);

/// Writes a row's `phones` as they are looked up by calls, the do-not-call list and erasures: kept_number(). What
/// cannot be a number stays as it was given.
void spell_phones(Json& row, std::string_view country);

/// The first of a contact's `phones` that is no address of another channel: nobody is rung by one. "" when there is
/// none.
std::string dialled_phone(const Json& contact);

/// What a contact's row says of calling them: `do_not_call` and each consent true, false or null, `timezone` an IANA
/// name, "" or null. Errors: `invalid`, with the member, what was found and what is expected.
Status check_callee(const Json& row);

/// Rows of before check_callee() may hold anything: what is neither yes nor no may have been meant as a no to us.
inline bool is_do_not_call(const Json& said) { return !said.is_null() && said != false; }
inline bool is_refused_consent(const Json& said) { return !said.is_null() && said != true; }

}  // namespace hookswitch
