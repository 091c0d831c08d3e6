// Twilio's parameters in the words that are equal for all providers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/lib/form.h"

namespace hookswitch::plugin::twilio {

/// The `data` of an event. `time_ms` is that of its Timestamp, 0 without; `action` what our own callback address says.
std::string normalize(std::string_view webhook, const Form& form, int64_t time_ms, std::string_view action);

/// The `data` of call.machine where something else than its callback told who picked up. `action` as above.
std::string machine_data(std::string_view call_sid, std::string_view answered_by, std::string_view action);

/// Their words in ours; "" for one we do not know.
std::string_view call_status(std::string_view status);
std::string_view call_direction(std::string_view theirs);

/// human, fax, machine_start ...; nullopt when Twilio could not tell.
std::optional<bool> is_machine(std::string_view answered_by);

}  // namespace hookswitch::plugin::twilio
