#include "engine/calling/contact_list.h"

#include <algorithm>
#include <map>

#include "engine/base/limits.h"
#include "engine/calling/number.h"
#include "engine/calling/zone.h"

namespace hookswitch {
namespace {

constexpr std::string_view kMark = "\xef\xbb\xbf";

// Takes one record off the front; quoted fields may hold commas, quotes and line breaks. `lines` is how many it spans.
struct CsvRow {
  std::vector<std::string> fields;
  size_t lines = 1;
  bool closed = true;  // no quote was left open
};

CsvRow take_row(std::string_view& text) {
  CsvRow row;
  std::string field;
  bool quoted = false;
  size_t at = 0;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (quoted) {
      if (c == '\n') ++row.lines;
      bool doubled = c == '"' && at + 1 < text.size() && text[at + 1] == '"';
      if (doubled) ++at;
      if (c == '"' && !doubled) {
        quoted = false;
      } else {
        field += c;
      }
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == ',') {
      row.fields.push_back(std::exchange(field, {}));
    } else if (c == '\n') {
      break;
    } else if (c != '\r') {
      field += c;
    }
  }
  text.remove_prefix(std::min(text.size(), at + 1));
  row.fields.push_back(std::move(field));
  row.closed = !quoted;
  return row;
}

bool is_empty(const CsvRow& row) { return row.fields.size() == 1 && row.fields[0].empty(); }

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(" \t"));
  text.erase(text.find_last_not_of(" \t") + 1);
  return text;
}

// What a column is: "to", "contact_id", or the name of a variable.
std::vector<std::string> columns_of(const CsvRow& head) {
  std::vector<std::string> out;
  for (const std::string& field : head.fields) {
    std::string name = trimmed(field);
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    bool number = lower == "to" || lower == "phone" || lower == "number" || lower == "phone_number";
    out.push_back(number ? "to" : lower == "contact_id" ? lower : name);
  }
  return out;
}

Json contact_of(const std::vector<std::string>& columns, const CsvRow& row) {
  Json contact{{"variables", Json::object()}};
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string value = trimmed(row.fields[i]);
    if (value.empty()) continue;
    if (columns[i] == "to" || columns[i] == "contact_id")
      contact[columns[i]] = value;
    else
      contact["variables"][columns[i]] = value;
  }
  return contact;
}

// Keeps what is good of it; whom the list has already is not kept twice.
class Sorter {
 public:
  explicit Sorter(std::string_view country) : country_(country) {}

  void add(size_t line, Json contact) {
    if (auto reason = wrong_with(line, contact); !reason.empty()) return reject(line, reason);
    list_.good.push_back(std::move(contact));
    list_.lines.push_back(line);
  }
  void reject(size_t line, const std::string& reason) { list_.bad.push_back({line, reason}); }
  bool is_full() const { return list_.good.size() + list_.bad.size() > limits::kCampaignContacts; }
  ContactList take() { return std::move(list_); }

 private:
  std::string wrong_with(size_t line, Json& contact) {
    if (!contact.is_object()) return "expected an object";
    for (const auto& [name, value] : contact.items()) {
      if (name != "to" && name != "contact_id" && name != "variables") return fmt::format("unknown field {}", name);
      if (name == "variables" ? !value.is_object() : !value.is_string()) return fmt::format("{}: wrong type", name);
    }
    if (!contact.contains("to") && !contact.contains("contact_id")) return "neither a number nor a contact_id";
    if (contact.contains("to")) {
      std::string given = contact["to"].get<std::string>();
      DialNumber number = dial_number(given, country_);
      if (number.kind == NumberKind::invalid) return fmt::format("\"{}\" is no telephone number", given.substr(0, 40));
      contact["to"] = number.number;
    }
    auto [known, is_new] = seen_.try_emplace(who_of(contact), line);
    return is_new ? "" : fmt::format("the same as line {}", known->second);
  }

  std::string country_;
  ContactList list_;
  std::map<std::string, size_t> seen_;
};

std::unexpected<Error> found_other(std::string_view member, const Json& value, std::string_view expected) {
  return fail(Code::invalid, "{}: found {}, expected {}", member, dump(value).substr(0, 80), expected);
}

bool is_yes_no_or_null(const Json& value) { return value.is_boolean() || value.is_null(); }

Status check_consent(const Json& consent) {
  if (consent.is_null()) return {};
  if (!consent.is_object()) return found_other("consent", consent, "true or false for each type of action");
  for (const auto& [type, value] : consent.items()) {
    if (!is_yes_no_or_null(value)) return found_other("consent." + type.substr(0, 40), value, "true or false");
  }
  return {};
}

Status check_timezone(const Json& zone) {
  if (zone.is_null() || zone == "" || (zone.is_string() && local_time(0, zone.get<std::string>()))) return {};
  return found_other("timezone", zone, "an IANA time zone such as Europe/Bucharest");
}

std::unexpected<Error> too_many() {
  return fail(Code::too_large, "read contacts: found more than {} rows", limits::kCampaignContacts);
}

}  // namespace

Result<ContactList> read_contacts_csv(std::string_view text, std::string_view country) {
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  CsvRow head = take_row(text);
  std::vector<std::string> columns = columns_of(head);
  bool names_somebody =
      std::ranges::any_of(columns, [](const auto& name) { return name == "to" || name == "contact_id"; });
  if (!names_somebody)
    return fail(Code::invalid, "read contacts: line 1: found no column to, phone, number or contact_id");
  Sorter sorter(country);
  for (size_t line = 1 + head.lines; !text.empty();) {
    CsvRow row = take_row(text);
    if (!row.closed) {
      sorter.reject(line, "a quote is not closed");
    } else if (!is_empty(row) && row.fields.size() != columns.size()) {
      sorter.reject(line, fmt::format("{} fields, expected {}", row.fields.size(), columns.size()));
    } else if (!is_empty(row)) {
      sorter.add(line, contact_of(columns, row));
    }
    if (sorter.is_full()) return too_many();
    line += row.lines;
  }
  return sorter.take();
}

Result<ContactList> read_contacts_json(const Json& items, std::string_view country) {
  if (!items.is_array()) return fail(Code::invalid, "contacts: expected a list");
  if (items.size() > limits::kCampaignContacts) return too_many();
  Sorter sorter(country);
  for (size_t i = 0; i < items.size(); ++i) sorter.add(i + 1, items[i]);
  return sorter.take();
}

std::string who_of(const Json& row) {
  if (row.contains("to")) return row["to"].get<std::string>();
  return row.contains("contact_id") ? "contact " + row["contact_id"].get<std::string>() : "";
}

void spell_phones(Json& row, std::string_view country) {
  auto phones = row.find("phones");
  if (phones == row.end() || !phones->is_array()) return;
  for (Json& phone : *phones) {
    std::string number = phone.is_string() ? kept_number(phone.get<std::string>(), country) : "";
    if (!number.empty()) phone = number;
  }
}

std::string dialled_phone(const Json& contact) {
  auto phones = contact.find("phones");
  if (phones == contact.end() || !phones->is_array()) return "";
  for (const Json& phone : *phones) {
    if (phone.is_string() && !is_channel_address(phone.get<std::string>())) return phone.get<std::string>();
  }
  return "";
}

Status check_callee(const Json& row) {
  if (Json word = row.value("do_not_call", Json()); !is_yes_no_or_null(word))
    return found_other("do_not_call", word, "true or false");
  if (auto good = check_consent(row.value("consent", Json())); !good) return good;
  return check_timezone(row.value("timezone", Json()));
}

}  // namespace hookswitch
