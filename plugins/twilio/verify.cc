#include <algorithm>

#include "plugins/lib/replies.h"
#include "plugins/twilio/kind.h"
#include "plugins/twilio/provider.h"
#include "plugins/twilio/signature.h"
#include "plugins/twilio/url_variants.h"

namespace hookswitch::plugin::twilio {

namespace {

constexpr size_t kKeyBytes = 200;

std::string_view query_of(std::string_view url) {
  url = signed_part(url);
  size_t at = url.find('?');
  return at == std::string_view::npos ? "" : url.substr(at + 1);
}

/// An id as ordering key, unless it is too long to be one.
std::string ordering_key(const Form& form) {
  for (std::string_view name : {"CallSid", "MessageSid", "SmsSid"}) {
    std::string_view id = form.get(name);
    if (!id.empty() && id.size() <= kKeyBytes) return std::string(id);
  }
  return "";
}

Verdict accepted(const Request& request) {
  Form form(encoded_params(request.body, request.query));
  Verdict verdict;
  verdict.key = ordering_key(form);
  verdict.wants_reply = wants_reply(webhook_kind(request.kind, form));
  return verdict;
}

}  // namespace

bool Provider::matches(std::string_view url, const std::vector<FormParam>& params, std::string_view signature) const {
  bool any = false;
  for (const HmacKey& key : account_.keys) {
    any |= equal(*host_.crypto, signature_of(*host_.crypto, key, url, params), signature);
  }
  return any;
}

bool Provider::signed_by_us(std::string_view url, const std::vector<FormParam>& params,
                            std::string_view signature) const {
  if (matches(signed_part(url), params, signature)) return true;  // nearly always
  for (const std::string& variant : url_variants(url)) {
    if (matches(variant, params, signature)) return true;
  }
  if (!is_websocket(url)) return false;
  // Twilio's own server kit signs a WebSocket's query as if it were a form.
  Form query(query_of(url));
  std::vector<FormParam> all = signed_order(query.params());
  std::string_view bare = url.substr(0, url.find_first_of("?#"));
  return !all.empty() && std::ranges::any_of(url_variants(bare), [&](const std::string& variant) {
    return matches(variant, all, signature);
  });
}

bool Provider::signed_body(const Request& request, std::string_view signature) const {
  Form query(query_of(request.url));
  std::string hash = sha256_hex(*host_.crypto, request.body);
  return equal(*host_.crypto, hash, query.get("bodySHA256")) && signed_by_us(request.url, {}, signature);
}

Outcome<Verdict> Provider::verify(const Request& request) const {
  std::string_view type = request.headers.get("content-type");
  bool json = !type.empty() && type_fits(type, kJsonType);
  if (!json && !type_fits(type, kFormType)) {
    return Verdict::refuse("wrong_content_type", "found another Content-Type, expected a form or JSON", 415);
  }
  std::string_view signature = request.headers.get("x-twilio-signature");
  if (signature.empty()) {
    return Verdict::refuse("missing_signature", "found no header X-Twilio-Signature, expected one");
  }
  bool hashed = request.url.find("bodySHA256=") != std::string_view::npos;
  if (json && !hashed) {
    return Verdict::refuse("missing_body_hash", "a JSON body without bodySHA256 in the URL is signed by nothing");
  }
  if (hashed && signed_body(request, signature)) return accepted(request);
  if (!json) {
    Form form(request.body);
    if (signed_by_us(request.url, signed_order(form.params()), signature)) return accepted(request);
  }
  return Verdict::refuse("signature_mismatch",
                         "X-Twilio-Signature is not that of this request: another account's auth_token, or public_url "
                         "is not what is configured at Twilio");
}

}  // namespace hookswitch::plugin::twilio
