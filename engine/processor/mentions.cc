#include "engine/processor/mentions.h"

#include <algorithm>
#include <cctype>

#include "engine/base/limits.h"
#include "engine/state/calls.h"

namespace hookswitch {
namespace {

constexpr size_t kNameBytesMin = 10;  // a shorter one may be anybody's word
constexpr size_t kPieceBytes = 256 * limits::kKiB;
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

}  // namespace

Mentions::Mentions(std::string_view phone, std::string_view tenant) : digits_(phone_digits(phone)), tenant_(tenant) {}

Mentions::Mentions(const Reader& reader, const Erasure& erasure) : Mentions(erasure.phone, erasure.tenant) {
  for (const std::string& name : erasure_names(reader, erasure.id)) add(name);
}

bool Mentions::add(std::string_view name) {
  if (name.size() < kNameBytesMin || !std::ranges::all_of(name, is_of_id)) return false;
  names_.emplace(name);
  return true;
}

bool Mentions::in(std::string_view bytes) const { return has_phone(bytes) || has_tenant(bytes) || has_name(bytes); }

bool Mentions::has_phone(std::string_view bytes) const {
  if (digits_.empty()) return false;
  for (size_t at = bytes.find(digits_); at != std::string_view::npos; at = bytes.find(digits_, at + 1)) {
    const size_t end = at + digits_.size();
    if (begins_number(bytes, at) && (end == bytes.size() || !is_digit(bytes[end]))) return true;
  }
  return false;
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

bool Mentions::in(const RecordView& record, const Blobs& blobs) const {
  const Headers headers = record.headers();
  if (std::ranges::any_of(headers, [&](const auto& header) { return in(header.second); })) return true;
  if (record.blob.empty()) return in(record.body);
  auto body = blobs.open_reader(record.blob);
  return body && in_blob(**body);
}

bool Mentions::in_blob(const BlobReader& body) const {
  for (uint64_t at = 0; at < body.bytes(); at += kPieceBytes) {
    auto piece = body.read(at, kPieceBytes + kOverlapBytes);
    if (!piece) return false;
    if (in(*piece)) return true;
  }
  return false;
}

void Mentions::prune(Json& value) const {
  if (value.is_array()) {
    std::erase_if(value.get_ref<Json::array_t&>(), [&](const Json& entry) { return in(dump(entry)); });
  } else if (value.is_object()) {
    for (auto& [key, inner] : value.items()) prune(inner);
  }
}

std::optional<Json> Mentions::without(Json value) const {
  prune(value);
  if (in(dump(value))) return std::nullopt;
  return value;
}

}  // namespace hookswitch
