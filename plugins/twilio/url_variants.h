// The forms in which Twilio may have signed a URL: its own back ends do not agree on ports, credentials and escapes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookswitch::plugin::twilio {

/// All forms worth trying, the URL as it is first, none twice: each of {as it is, normalized as browsers do, query
/// written anew} x {port as it is, none, the default} x {with, without credentials} and, for WebSockets,
/// {with, without a slash at the end}. The fragment is never part of it.
std::vector<std::string> url_variants(std::string_view url);

/// Without its fragment.
std::string_view signed_part(std::string_view url);

bool is_websocket(std::string_view url);

}  // namespace hookswitch::plugin::twilio
