// The channels, beside the telephone, on which somebody's address is their number: "whatsapp:+1...".
#pragma once

#include <array>
#include <string_view>

namespace hookswitch {

inline constexpr std::array<std::string_view, 3> kPhoneChannels{"rcs", "sms", "whatsapp"};

}  // namespace hookswitch
