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
  std::vector<Json> good;  // {to?, contact_id?, variables?}
  std::vector<BadRow> bad;
};

/// The first line names the columns: `to` (or phone, number) and contact_id are whom to call, every other one is a
/// variable. Quotes as in RFC 4180; a byte order mark and empty lines are passed over. Errors: `invalid` without such a
/// column, `too_large` beyond limits::kCampaignContacts rows.
Result<ContactList> read_contacts_csv(std::string_view text, std::string_view country);

/// Items of a JSON list: {to | contact_id, variables?}. The same errors.
Result<ContactList> read_contacts_json(const Json& items, std::string_view country);

/// Writes a row's `phones` as they are looked up by calls, the do-not-call list and erasures: known_number(). What
/// cannot be a number stays as it was given.
void spell_phones(Json& row, std::string_view country);

}  // namespace hookswitch
