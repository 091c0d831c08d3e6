// The phrase that belongs to an HTTP status code.
#pragma once

#include <string_view>

namespace hookswitch {

/// reason_phrase(404) is "Not Found"; a code without a phrase of its own gets that of its class.
std::string_view reason_phrase(int status);

}  // namespace hookswitch
