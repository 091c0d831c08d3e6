// What a delivery is, by the cheapest look at its body that can tell.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hookswitch::plugin::elevenlabs {

/// The envelope's type where the body begins with it, as ElevenLabs writes it: `{"type":"..."`. nullopt: look closer.
std::optional<std::string_view> leading_type(std::string_view beginning);

}  // namespace hookswitch::plugin::elevenlabs
