// Twilio's parameters in the words that are equal for all providers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/lib/form.h"

namespace hookswitch::plugin::twilio {

/// The `data` of an event. `time_ms` is that of its Timestamp, 0 without.
std::string normalize(std::string_view webhook, const Form& form, int64_t time_ms);

}  // namespace hookswitch::plugin::twilio
