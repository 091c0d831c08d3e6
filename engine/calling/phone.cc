#include "engine/calling/phone.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <set>
#include <unordered_map>

namespace hookswitch {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr size_t kRemembered = 4'096;
constexpr size_t kNumberBytes = 100;  // longer text is no number
constexpr int kReadings = 8;          // until its spelling stays the same

const PhoneNumberUtil& library() { return *PhoneNumberUtil::GetInstance(); }

bool parse(std::string_view text, std::string_view country, PhoneNumber& out) {
  if (text.empty() || text.size() > kNumberBytes) return false;
  const std::string region = country.empty() ? "ZZ" : std::string(country);
  return library().Parse(std::string(text), region, &out) == PhoneNumberUtil::NO_PARSING_ERROR &&
         library().IsPossibleNumber(out);
}

bool only_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Some systems leave out the plus: "573001234567" is +573001234567 when it makes no sense as a national number.
bool read(std::string_view text, std::string_view country, PhoneNumber& out) {
  const bool national = parse(text, country, out);
  if (national && library().IsValidNumber(out)) return true;
  PhoneNumber with_plus;
  if (only_digits(text) && parse("+" + std::string(text), country, with_plus) && library().IsValidNumber(with_plus)) {
    out = with_plus;
    return true;
  }
  return national;
}

std::string written(const PhoneNumber& number) {
  std::string out;
  library().Format(number, PhoneNumberUtil::E164, &out);
  return out;
}

/// Of several zeros in front of a number the library takes away one each time. Read again until it stays the same: two
/// spellings of one number would be two people, and only one of them on the list of those not to be called.
std::optional<std::string> compute_e164(std::string_view text, std::string_view country) {
  PhoneNumber number;
  if (!read(text, country, number)) return std::nullopt;
  std::string out = written(number);
  for (int i = 0; i < kReadings; ++i) {
    if (!parse(out, "", number)) return std::nullopt;
    std::string again = written(number);
    if (again == out) return out;
    out = std::move(again);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> phone_e164(std::string_view number, std::string_view country) {
  thread_local std::unordered_map<std::string, std::optional<std::string>> remembered;
  if (number.size() > kNumberBytes) return std::nullopt;
  std::string key = std::string(country) + ":" + std::string(number);
  if (auto found = remembered.find(key); found != remembered.end()) return found->second;
  if (remembered.size() >= kRemembered) remembered.clear();
  return remembered[std::move(key)] = compute_e164(number, country);
}

bool is_phone_country(const std::string& country) {
  std::set<std::string> regions;
  library().GetSupportedRegions(&regions);
  return regions.contains(country);
}

std::vector<std::string> national_digits(std::string_view e164) {
  PhoneNumber number;
  if (!parse(e164, "", number)) return {};
  std::string bare;
  std::string prefixed;
  library().GetNationalSignificantNumber(number, &bare);
  library().Format(number, PhoneNumberUtil::NATIONAL, &prefixed);
  std::erase_if(prefixed, [](char c) { return c < '0' || c > '9'; });
  return bare == prefixed ? std::vector{bare} : std::vector{bare, prefixed};
}

std::optional<PhoneFacts> phone_facts(std::string_view text, std::string_view country) {
  PhoneNumber number;
  if (!read(text, country, number)) return std::nullopt;
  PhoneFacts facts;
  library().GetRegionCodeForNumber(number, &facts.country);
  if (facts.country == "ZZ") facts.country.clear();
  facts.valid = library().IsValidNumber(number);
  library().Format(number, PhoneNumberUtil::INTERNATIONAL, &facts.international);
  return facts;
}

}  // namespace hookswitch
