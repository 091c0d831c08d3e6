#include "engine/processor/mentions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/base/limits.h"
#include "engine/state/calls.h"

namespace hookswitch {
namespace {

constexpr size_t kNameBytesMin = 10;                    // a shorter one may be anybody's word
constexpr std::string_view kAboutContact = "contact.";  // commands
constexpr char kMask = '9';                             // no country has +99, and JSON stays JSON
constexpr std::string_view kContactName = "contact ";   // no other name has a space
constexpr size_t kMentionPieceBytes = 256 * limits::kKiB;
constexpr size_t kOverlapBytes = 1 * limits::kKiB;  // of two pieces: longer than any name

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_id(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

// A number may have "00" before it, or the end of a character written as %20 or %2B.
bool begins_number(std::string_view bytes, size_t at) {
  if (at == 0 || !is_digit(bytes[at - 1])) return true;
  const std::string_view before = bytes.substr(0, at);
  if (before.size() >= 3 && before[at - 3] == '%') return true;
  return before.ends_with("00") && (at == 2 || !is_digit(bytes[at - 3]));
}

/// Where the number stands next, from `at` on; npos: nowhere.
size_t find_number(std::string_view bytes, const std::string& digits, size_t at) {
  for (at = bytes.find(digits, at); at != std::string_view::npos; at = bytes.find(digits, at + 1)) {
    const size_t end = at + digits.size();
    if (begins_number(bytes, at) && (end == bytes.size() || !is_digit(bytes[end]))) return at;
  }
  return std::string_view::npos;
}

// The text in the quotes with which `rest` begins; nullopt: it is none.
std::optional<std::string> json_string(std::string_view rest) {
  if (!rest.starts_with('"')) return std::nullopt;
  size_t end = 1;
  while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
  const Json value = parse_json(rest.substr(0, end + 1));
  return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

// As traces have it: a major type of 3 with the length, in one byte with it or in one or two behind it.
std::optional<std::string> cbor_string(std::string_view rest) {
  auto byte = [&](size_t at) { return at < rest.size() ? static_cast<uint8_t>(rest[at]) : uint8_t{0}; };
  const size_t kind = byte(0);
  size_t head = 1, size = kind - 0x60;
  if (kind == 0x78) {
    head = 2;
    size = byte(1);
  } else if (kind == 0x79) {
    head = 3;
    size = byte(1) * size_t{256} + byte(2);
  }
  if (kind < 0x60 || kind > 0x79 || rest.size() < head + size) return std::nullopt;
  return std::string(rest.substr(head, size));
}

// "contact_id": "lead-1", of which `rest` is what follows the name.
std::optional<std::string> value_of(std::string_view rest) {
  if (auto value = cbor_string(rest)) return value;
  const size_t colon = rest.find_first_not_of(" \t\r\n", rest.starts_with('"') ? 1 : 0);
  if (colon == rest.npos || rest[colon] != ':') return std::nullopt;
  const size_t value = rest.find_first_not_of(" \t\r\n", colon + 1);
  return value == rest.npos ? std::nullopt : json_string(rest.substr(value));
}

bool has_member(std::string_view bytes, std::string_view name, const std::unordered_set<std::string>& values) {
  if (values.empty()) return false;
  for (size_t at = bytes.find(name); at != bytes.npos; at = bytes.find(name, at + 1)) {
    auto value = value_of(bytes.substr(at + name.size()));
    if (value && values.contains(*value)) return true;
  }
  return false;
}

}  // namespace

std::string contact_name(std::string_view id) { return std::string(kContactName).append(id); }

std::string record_name(uint64_t seq) { return fmt::format("record_{:016x}", seq); }

Mentions::Mentions(std::string_view phone, std::string_view tenant) : tenant_(tenant) { add_phone(phone); }

Mentions::Mentions(const Reader& reader, const Erasure& erasure) : Mentions(erasure.phone, erasure.tenant) {
  for (const std::string& name : erasure_names(reader, erasure.id)) {
    name.starts_with(kContactName) ? add_contact(name.substr(kContactName.size())) : void(add(name));
  }
}

void Mentions::add_phone(std::string_view phone) {
  if (std::string digits = phone_digits(phone); !digits.empty()) digits_.push_back(std::move(digits));
}

void Mentions::add_contact(std::string_view id) {
  if (!id.empty()) contacts_.emplace(id);
}

bool Mentions::add(std::string_view name) {
  if (name.size() < kNameBytesMin || !std::ranges::all_of(name, is_of_id)) return false;
  names_.emplace(name);
  return true;
}

bool Mentions::in(std::string_view bytes) const {
  return has_phone(bytes) || has_tenant(bytes) || has_name(bytes) || has_contact(bytes);
}

bool Mentions::has_phone(std::string_view bytes) const {
  return std::ranges::any_of(
      digits_, [&](const std::string& digits) { return find_number(bytes, digits, 0) != bytes.npos; });
}

std::string Mentions::masked(std::string_view bytes) const {
  std::string out(bytes);
  for (const std::string& digits : digits_) {
    for (size_t at = find_number(bytes, digits, 0); at != bytes.npos; at = find_number(bytes, digits, at + 1))
      out.replace(at, digits.size(), digits.size(), kMask);
  }
  return out;
}

bool Mentions::has_tenant(std::string_view bytes) const {
  if (tenant_.empty()) return false;
  for (size_t at = bytes.find(tenant_); at != std::string_view::npos; at = bytes.find(tenant_, at + 1)) {
    const size_t end = at + tenant_.size();
    if ((at == 0 || !is_of_id(bytes[at - 1])) && (end == bytes.size() || !is_of_id(bytes[end]))) return true;
  }
  return false;
}

bool Mentions::has_name(std::string_view bytes) const {
  if (names_.empty()) return false;
  std::string word;
  for (size_t at = 0; at < bytes.size();) {
    if (!is_of_id(bytes[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < bytes.size() && is_of_id(bytes[end])) ++end;
    if (end - at >= kNameBytesMin && end - at <= limits::kErasureNameBytes) {
      word.assign(bytes.substr(at, end - at));
      if (names_.contains(word)) return true;
    }
    at = end;
  }
  return false;
}

bool Mentions::has_contact(std::string_view bytes) const { return has_member(bytes, "contact_id", contacts_); }

bool Mentions::is_about_contact(const RecordView& record) const {
  if (contacts_.empty() || record.kind != RecordKind::command) return false;
  if (!record.header(":name").starts_with(kAboutContact)) return false;
  const std::string id = json_text(parse_json(record.body), "id");
  return is_contact(id);
}

bool Mentions::in(Table table, std::string_view key, std::string_view value) const {
  if (in(value) || in(key)) return true;
  if (contacts_.empty()) return false;
  // The answer to a command that put a contact is the contact.
  if (table == Table::commands) return has_member(value, "\"id", contacts_);
  if (table != Table::audit || !has_member(value, "\"target", contacts_)) return false;
  return json_text(parse_json(value), "command").starts_with(kAboutContact);
}

bool Mentions::in(const RecordView& record, const Blobs& blobs) const {
  if (is_about_contact(record) || (!names_.empty() && names_.contains(record_name(record.seq)))) return true;
  const Headers headers = record.headers();
  if (std::ranges::any_of(headers, [&](const auto& header) { return in(header.second); })) return true;
  if (record.blob.empty()) return in(record.body);
  auto body = blobs.open_reader(record.blob);
  return body && in_blob(**body);
}

bool Mentions::in_blob(const BlobReader& body) const {
  for (uint64_t at = 0; at < body.bytes(); at += kMentionPieceBytes) {
    auto piece = body.read(at, kMentionPieceBytes + kOverlapBytes);
    if (!piece) return false;
    if (in(*piece)) return true;
  }
  return false;
}

std::optional<Json> Mentions::without_people(Json body) const {
  if (auto people = body.find("people"); people != body.end() && people->is_array()) {
    for (Json& person : *people) {
      if (in(dump(person))) person = Json::object();
    }
  }
  body = parse_json(masked(dump(body)));
  if (in(dump(body))) return std::nullopt;
  return body;
}

}  // namespace hookswitch
