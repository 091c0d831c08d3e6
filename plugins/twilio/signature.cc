#include "plugins/twilio/signature.h"

#include <algorithm>

namespace hookswitch::plugin::twilio {

std::vector<FormParam> signed_order(std::vector<FormParam> params) {
  std::ranges::sort(params);
  auto repeated = std::ranges::unique(params);
  params.erase(repeated.begin(), repeated.end());
  return params;
}

std::string signature_of(const hookswitch_crypto& crypto, const HmacKey& key, std::string_view url,
                         const std::vector<FormParam>& params) {
  std::vector<hookswitch_str> parts = {str(url)};
  parts.reserve(1 + 2 * params.size());
  for (const FormParam& param : params) {
    parts.push_back(str(param.name));
    parts.push_back(str(param.value));
  }
  return base64(crypto, key.sign(parts.data(), parts.size()));
}

}  // namespace hookswitch::plugin::twilio
