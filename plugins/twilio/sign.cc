// Requests as Twilio would sign them.
#include <algorithm>

#include "plugins/lib/replies.h"
#include "plugins/twilio/provider.h"
#include "plugins/twilio/signature.h"
#include "plugins/twilio/url_variants.h"

namespace hookswitch::plugin::twilio {

namespace {

/// The query with the hash of the body as its last parameter; one that is there, perhaps of another body, goes.
std::string with_hash(std::string_view query, const std::string& hash) {
  std::string out;
  while (!query.empty()) {
    std::string_view param = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(param.size() + 1, query.size()));
    if (!Form(param).has("bodySHA256")) out.append(param).append("&");
  }
  return out + "bodySHA256=" + hash;
}

}  // namespace

Outcome<Signed> Provider::sign(const Request& request) const {
  std::string_view type = request.headers.get("content-type");
  std::string_view url = signed_part(request.url);
  Signed out;
  std::string signature;
  if (!type.empty() && type_fits(type, kJsonType)) {
    out.query = with_hash(request.query, sha256_hex(*host_.crypto, request.body));
    std::string hashed = std::string(url.substr(0, url.find('?'))) + "?" + out.query;
    signature = signature_of(*host_.crypto, account_.keys.front(), hashed, {});
  } else if (type_fits(type, kFormType)) {
    Form form(request.body);
    signature = signature_of(*host_.crypto, account_.keys.front(), url, signed_order(form.params()));
  } else {
    return std::unexpected("sign: found another Content-Type, expected a form or JSON");
  }
  out.headers.emplace_back("x-twilio-signature", signature);
  return out;
}

}  // namespace hookswitch::plugin::twilio
