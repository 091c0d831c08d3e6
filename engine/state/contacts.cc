#include "engine/state/contacts.h"

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/base/phone_channels.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

// An id may be made of a number.
std::string row_key(const Reader& reader, std::string_view id) { return "c" + reader.private_text(id); }

std::string phone_prefix(const Reader& reader, std::string_view phone) {
  std::string key = "p";
  put_key_text(key, reader.private_text(phone));
  return key;
}

std::string phone_key(const Reader& reader, std::string_view phone, std::string_view id) {
  return phone_prefix(reader, phone) + reader.private_text(id);
}

std::vector<std::string> phones_of(const Json& contact) {
  std::vector<std::string> phones;
  if (auto found = contact.find("phones"); found != contact.end() && found->is_array()) {
    for (const Json& phone : *found) phones.push_back(phone.get<std::string>());
  }
  return phones;
}

// What `phones` may say of who has this number.
std::vector<std::string> texts_of(std::string_view phone) {
  if (phone.empty()) return {};
  std::vector<std::string> texts{std::string(phone)};
  for (std::string_view channel : kPhoneChannels) texts.push_back(fmt::format("{}:{}", channel, phone));
  return texts;
}

std::optional<Json> first_with(const Reader& reader, const std::string& phone,
                               const std::function<bool(const Json&)>& fits) {
  const std::string prefix = phone_prefix(reader, phone);
  // Hidden keys are in an order of this state alone; another made of the same log has to find the same contact.
  const bool in_order = reader.private_text(phone) == phone;
  std::optional<Json> first;
  reader.scan_prefix(Table::contacts, prefix, [&](std::string_view key, std::string_view) {
    auto found = get_json(reader, Table::contacts, "c" + std::string(key.substr(prefix.size())));
    const bool better = found && fits(*found) && (!first || json_text(*found, "id") < json_text(*first, "id"));
    if (better) first = std::move(found);
    return !first || !in_order;
  });
  return first;
}

Status check(const Json& contact) {
  std::string id = json_text(contact, "id");
  if (id.empty() || id.size() > limits::kIndexedTextBytes) {
    return fail(Code::invalid, "put contact: found an id of {} bytes, expected an object with an id of 1 to {}",
                id.size(), limits::kIndexedTextBytes);
  }
  auto phones = contact.find("phones");
  if (phones == contact.end() || phones->is_null()) return {};
  bool texts = phones->is_array() && std::ranges::all_of(*phones, [](const Json& phone) { return phone.is_string(); });
  if (!texts) return fail(Code::invalid, "put contact {}: found other phones, expected a list of texts", id);
  return {};
}

void remove_phones(Writer& writer, const Json& contact, const std::string& id) {
  for (const std::string& phone : phones_of(contact)) writer.del(Table::contacts, phone_key(writer, phone, id));
}

}  // namespace

Status put_contact(Writer& writer, const Json& contact) {
  if (auto checked = check(contact); !checked) return checked;
  std::string id = json_text(contact, "id");
  if (auto old = find_contact(writer, id)) remove_phones(writer, *old, id);
  put_json(writer, Table::contacts, row_key(writer, id), contact);
  for (const std::string& phone : phones_of(contact)) writer.put(Table::contacts, phone_key(writer, phone, id), {});
  return {};
}

std::optional<Json> find_contact(const Reader& reader, std::string_view id) {
  return get_json(reader, Table::contacts, row_key(reader, id));
}

std::optional<Json> find_contact_by_phone(const Reader& reader, std::string_view phone, std::string_view tenant) {
  return find_contact_by_phone(reader, phone, [&](const Json& contact) {
    std::string whose = json_text(contact, "tenant");
    return whose.empty() || whose == tenant;
  });
}

std::optional<Json> find_contact_by_phone(const Reader& reader, std::string_view phone,
                                          const std::function<bool(const Json&)>& fits) {
  std::optional<Json> first;
  for (const std::string& text : texts_of(phone)) {
    auto found = first_with(reader, text, fits);
    if (found && (!first || json_text(*found, "id") < json_text(*first, "id"))) first = std::move(found);
  }
  return first;
}

bool has_phone(const Json& row, std::string_view phone) {
  auto phones = row.find("phones");
  if (phones == row.end() || !phones->is_array()) return false;
  return std::ranges::any_of(texts_of(phone), [&](const std::string& text) {
    return std::ranges::find(*phones, Json(text)) != phones->end();
  });
}

bool remove_contact(Writer& writer, std::string_view id) {
  auto old = find_contact(writer, id);
  if (!old) return false;
  std::string own_id(id);
  remove_phones(writer, *old, own_id);
  return writer.del(Table::contacts, row_key(writer, own_id));
}

Result<JsonPage> contacts_page(const Reader& reader, std::string_view tenant, std::string_view cursor, size_t limit) {
  return json_page(reader, of_tenant({Table::contacts, "c", Direction::forward, "contacts", {}}, tenant), cursor,
                   limit);
}

}  // namespace hookswitch
