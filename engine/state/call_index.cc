// Which rows of call_index a call has. The layout is in calls.h.
#include <algorithm>
#include <cctype>

#include "engine/state/calls.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

struct Tagged {
  CallTag tag;
  CallField field;
};

constexpr std::array<Tagged, 7> kTagged{{
    {CallTag::tenant, CallField::tenant},
    {CallTag::source, CallField::source},
    {CallTag::agent, CallField::agent_id},
    {CallTag::status, CallField::status},
    {CallTag::disposition, CallField::disposition},
    {CallTag::intent, CallField::intent},
    {CallTag::direction, CallField::direction},
}};

void put_prefix(std::string& key, CallTag tag, std::string_view value) {
  key += static_cast<char>(tag);
  if (tag != CallTag::every) put_key_text(key, value);
}

}  // namespace

std::string call_index_prefix(CallTag tag, std::string_view value) {
  std::string key;
  put_prefix(key, tag, value);
  return key;
}

std::optional<CallField> call_tag_field(CallTag tag) {
  auto found = std::ranges::find(kTagged, tag, &Tagged::tag);
  if (found == kTagged.end()) return std::nullopt;
  return found->field;
}

int64_t call_order_ms(const Call& call) {
  if (auto started = call.integer(CallField::started_at)) return *started;
  return call.integer(CallField::created_at).value_or(0);
}

std::vector<std::string_view> call_phones(const Call& call) {
  std::vector<std::string_view> phones;
  for (CallField field : {CallField::from, CallField::to}) {
    phones.push_back(call.text(field));
    const auto* told = std::get_if<std::string>(&call.told(field));
    if (told != nullptr && *told != phones.back()) phones.push_back(*told);
  }
  return phones;
}

std::string phone_digits(std::string_view phone) {
  std::string digits;
  std::ranges::copy_if(phone, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

std::vector<std::string> call_index_keys(const Reader& reader, const Call& call) {
  std::string place;
  put_newest_first(place, call_order_ms(call));
  place += call.id();
  std::vector<std::string> keys;
  keys.reserve(kTagged.size() + 3);
  auto add = [&](CallTag tag, std::string_view value) {
    std::string& key = keys.emplace_back();
    key.reserve(2 + value.size() + place.size());
    put_prefix(key, tag, value);
    key += place;
  };
  add(CallTag::every, {});
  for (const Tagged& tagged : kTagged) {
    std::string_view value = call.text(tagged.field);
    if (!value.empty()) add(tagged.tag, value);
  }
  for (std::string_view phone : call_phones(call)) {
    std::string digits = phone_digits(phone);
    if (!digits.empty()) add(CallTag::phone, reader.private_text(digits));
  }
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  return keys;
}

}  // namespace hookswitch
