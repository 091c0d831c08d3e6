// The answers that webhooks get.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/http/message.h"

namespace hookswitch {

/// 200 {"success":true,"message":..,"id":"<sequence>"}: the record is on disk.
Response accepted(uint64_t seq, std::string_view message);
/// {"success":false,"error":<code>,"message":..} with the status.
Response refused(int status, std::string_view code, std::string_view message);
/// 503 with Retry-After: the code that providers retry.
Response try_again(std::string_view message, int64_t wait_secs = 5);

}  // namespace hookswitch
