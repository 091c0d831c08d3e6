// What a telephone number is before it is rung: never one that cannot be, and none that costs or matters unless
// allowed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hookswitch {

enum class NumberKind { ordinary, premium, shared_cost, satellite, emergency, invalid };
const char* name(NumberKind kind);
std::optional<NumberKind> parse_number_kind(std::string_view text);

struct DialNumber {
  NumberKind kind = NumberKind::invalid;
  std::string number;   // E.164; an emergency number as it is dialled; "" when invalid
  std::string country;  // ISO 3166 alpha-2, "" when unknown or none
};

/// "whatsapp:+1...", "sip:+1...@host": somebody's address on another channel, though there are digits of a number in it.
bool is_channel_address(std::string_view text);

/// `country` is that of numbers without a country code. An address of another channel is invalid.
DialNumber dial_number(std::string_view text, std::string_view country);

/// By which somebody is known: E.164 for whatever can be a number, also one that is in no numbering plan; else "".
/// Of an address of WhatsApp, RCS or SMS it is the number in it: who asks there not to be called is not called.
std::string known_number(std::string_view text, std::string_view country);

/// known_number() as a row of theirs keeps it: an address stays one, "whatsapp:+1...", so that it is not rung.
std::string kept_number(std::string_view text, std::string_view country);

/// The zone of a number's country, where all of the country has one clock; nullopt elsewhere.
std::optional<std::string> zone_of_country(std::string_view country);

}  // namespace hookswitch
