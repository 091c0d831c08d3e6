#include "engine/calling/number.h"

#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>

#include <algorithm>
#include <array>

#include "engine/base/phone_channels.h"
#include "engine/calling/phone.h"

namespace hookswitch {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using i18n::phonenumbers::ShortNumberInfo;

constexpr std::array kNames{"ordinary", "premium", "shared_cost", "satellite", "emergency", "invalid"};
constexpr size_t kShortDigits = 6;  // no emergency number is longer

// Inmarsat, the global satellite networks, and the international networks that ships and planes use.
bool is_satellite(int country_code) {
  return country_code == 870 || country_code == 881 || country_code == 882 || country_code == 883;
}

// Personal numbers and pagers are billed like premium ones, and corporate access numbers like shared-cost ones, in the
// countries that have them.
NumberKind kind_of(const PhoneNumber& number) {
  if (is_satellite(number.country_code())) return NumberKind::satellite;
  switch (PhoneNumberUtil::GetInstance()->GetNumberType(number)) {
    case PhoneNumberUtil::PREMIUM_RATE:
    case PhoneNumberUtil::PERSONAL_NUMBER:
    case PhoneNumberUtil::PAGER:
      return NumberKind::premium;
    case PhoneNumberUtil::SHARED_COST:
    case PhoneNumberUtil::UAN:
      return NumberKind::shared_cost;
    default:
      return NumberKind::ordinary;
  }
}

bool is_emergency(const std::string& digits, const std::string& country) {
  static const ShortNumberInfo short_numbers;
  static constexpr std::array<std::string_view, 4> kEverywhere{"112", "911", "999", "000"};
  if (digits.empty() || digits.size() > kShortDigits) return false;
  return std::ranges::find(kEverywhere, digits) != kEverywhere.end() ||
         (!country.empty() && short_numbers.ConnectsToEmergencyNumber(digits, country));
}

std::string digits_of(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "whatsapp" of "WhatsApp:+1...", "" of what names no channel. The text keeps what follows.
std::string take_channel(std::string_view& text) {
  std::string_view rest = text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
  size_t end = rest.find(':');
  if (end == std::string_view::npos || !std::ranges::all_of(rest.substr(0, end), is_letter)) return "";
  std::string channel(rest.substr(0, end));
  std::ranges::transform(channel, channel.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  text = rest.substr(end + 1);
  return channel;
}

// People of these channels are who has the number. What others call somebody may hold digits and is no number.
bool is_named_by_number(const std::string& channel) {
  return channel.empty() || channel == "tel" || std::ranges::find(kPhoneChannels, channel) != kPhoneChannels.end();
}

}  // namespace

const char* name(NumberKind kind) { return kNames[static_cast<size_t>(kind)]; }

std::optional<NumberKind> parse_number_kind(std::string_view text) {
  auto found = std::ranges::find(kNames, text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<NumberKind>(found - kNames.begin());
}

bool is_channel_address(std::string_view text) {
  std::string channel = take_channel(text);
  return !channel.empty() && channel != "tel";
}

DialNumber dial_number(std::string_view text, std::string_view country) {
  if (is_channel_address(text)) return {};
  std::string digits = digits_of(text);
  if (is_emergency(digits, std::string(country))) return {NumberKind::emergency, digits, std::string(country)};
  auto e164 = phone_e164(text, country);
  PhoneNumber number;
  const auto& library = *PhoneNumberUtil::GetInstance();
  bool valid = e164 && library.Parse(*e164, "ZZ", &number) == PhoneNumberUtil::NO_PARSING_ERROR &&
               (library.IsValidNumber(number) || is_satellite(number.country_code()));
  if (!valid) return {};
  DialNumber out{kind_of(number), *e164, ""};
  library.GetRegionCodeForNumber(number, &out.country);
  if (out.country.size() != 2 || out.country == "ZZ") out.country.clear();
  return out;
}

std::string known_number(std::string_view text, std::string_view country) {
  if (!is_named_by_number(take_channel(text))) return "";
  DialNumber number = dial_number(text, country);
  return number.kind != NumberKind::invalid ? number.number : phone_e164(text, country).value_or("");
}

std::string kept_number(std::string_view text, std::string_view country) {
  std::string number = known_number(text, country);
  if (number.empty() || !is_channel_address(text)) return number;
  return take_channel(text) + ':' + number;
}

}  // namespace hookswitch
