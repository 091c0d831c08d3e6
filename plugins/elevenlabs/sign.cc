// Deliveries as ElevenLabs would sign them.
#include "plugins/elevenlabs/provider.h"
#include "plugins/lib/replies.h"

namespace hookswitch::plugin::elevenlabs {

Outcome<Signed> Provider::sign(const Request& request) const {
  if (!type_fits(request.headers.get("content-type"), "application/json")) {
    return std::unexpected("sign: found another Content-Type, expected application/json");
  }
  if (is_initiation(request.kind)) {
    if (account_.initiation_header.empty()) {
      return std::unexpected("sign a conversation initiation: found no setting initiation_secret, expected one");
    }
    return Signed{.headers = {{account_.initiation_header, account_.initiation_secret}}, .query = ""};
  }
  std::string time = std::to_string(request.now_ms / 1000);
  std::string digest = account_.keys.front().sign({str(time), str("."), str(request.body)});
  return Signed{.headers = {{"elevenlabs-signature", "t=" + time + ",v0=" + hex(*host_.crypto, digest)}}, .query = ""};
}

}  // namespace hookswitch::plugin::elevenlabs
