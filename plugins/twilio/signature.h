// The header X-Twilio-Signature: base64 of the HMAC-SHA1 over the URL and, of a form, its parameters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/lib/crypto.h"
#include "plugins/lib/form.h"

namespace hookswitch::plugin::twilio {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::string_view kJsonType = "application/json";

/// In the order in which they are signed: by name, then by value, byte by byte; what is equal counts once.
std::vector<FormParam> signed_order(std::vector<FormParam> params);

/// `params` in signed_order().
std::string signature_of(const hookswitch_crypto& crypto, const HmacKey& key, std::string_view url,
                         const std::vector<FormParam>& params);

}  // namespace hookswitch::plugin::twilio
