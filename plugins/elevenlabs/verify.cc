#include "plugins/elevenlabs/kind.h"
#include "plugins/elevenlabs/opening.h"
#include "plugins/elevenlabs/provider.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/replies.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

constexpr std::string_view kSignature = "elevenlabs-signature";
constexpr std::string_view kLogged = "Call data logged successfully";
constexpr std::string_view kNotProcessed = "Event received but not processed";

std::optional<Verdict> wrong_type(const Request& request) {
  if (type_fits(request.headers.get("content-type"), "application/json")) return std::nullopt;
  return Verdict::refuse("wrong_content_type", "found another Content-Type, expected application/json", 415);
}

struct Shape {
  std::string type;
  bool flat = false;
};

/// The type of a body whose first member is another; of a large one only the beginning is here.
Shape look_closer(std::string_view body) {
  thread_local JsonReader reader;
  Outcome<JsonValue> root = reader.parse(body);
  if (!root) {  // if it is no JSON at all, decoding will say so
    Opening opening = read_opening(body);
    return {std::move(opening.type), opening.call_id};
  }
  return {std::string((*root)["type"].text()), (*root)["call_id"].exists()};
}

}  // namespace

std::optional<std::string_view> leading_type(std::string_view beginning) {
  if (!take(beginning, "{") || !take(beginning, "\"type\"") || !take(beginning, ":") || !take(beginning, "\"")) {
    return std::nullopt;
  }
  size_t end = beginning.find_first_of("\"\\");
  if (end == std::string_view::npos || beginning[end] != '"') return std::nullopt;
  return beginning.substr(0, end);
}

Verdict Provider::accepted(std::string_view kind, std::string_view beginning) const {
  Verdict verdict;
  Shape shape;
  if (auto type = leading_type(beginning)) {
    shape.type = *type;
  } else {
    shape = look_closer(beginning);
  }
  bool flat = kind == "flat" || (account_.flat && shape.type.empty() && shape.flat);
  verdict.wants_reply = flat && account_.answer_call;
  verdict.message = flat || shape.type == "post_call_transcription" ? kLogged : kNotProcessed;
  return verdict;
}

Verdict Provider::verify_initiation(const Request& request) const {
  if (account_.initiation_header.empty()) {
    return Verdict::refuse("not_configured",
                           "the conversation initiation webhook is not signed: found no setting initiation_secret, "
                           "expected its header and value");
  }
  std::string_view found = request.headers.get(account_.initiation_header);
  if (found.empty()) {
    return Verdict::refuse("missing_secret", "found no header " + account_.initiation_header + ", expected one");
  }
  if (!equal(*host_.crypto, found, account_.initiation_secret)) {
    return Verdict::refuse("secret_mismatch", "the value of " + account_.initiation_header + " is not the secret");
  }
  Verdict verdict;
  verdict.wants_reply = true;
  return verdict;
}

Outcome<Verdict> Provider::verify(const Request& request) const {
  if (auto refusal = wrong_type(request)) return *refusal;
  if (is_initiation(request.kind)) return verify_initiation(request);
  std::string_view header = request.headers.get(kSignature);
  auto read = read_signature_header(header);
  if (auto refusal =
          refuse_by_header(*host_.crypto, header, read ? &*read : nullptr, account_.tolerance, request.now_ms)) {
    return *refusal;
  }
  bool authentic = false;
  for (const HmacKey& key : account_.keys) {
    std::string digest = key.sign({str(read->time), str("."), str(request.body)});
    authentic |= any_matches(*host_.crypto, digest, read->signatures);
  }
  return authentic ? accepted(request.kind, request.body) : mismatch();
}

Provider::Stream::Stream(const Provider& provider, const Request& request) : provider_(provider), kind_(request.kind) {
  if (auto refusal = wrong_type(request)) {
    verdict_ = *refusal;
    return;
  }
  if (is_initiation(kind_)) {
    verdict_ = provider.verify_initiation(request);
    return;
  }
  std::string_view header = request.headers.get(kSignature);
  auto read = read_signature_header(header);
  if (auto refusal = refuse_by_header(*provider.host_.crypto, header, read ? &*read : nullptr,
                                      provider.account_.tolerance, request.now_ms)) {
    verdict_ = *refusal;
    return;
  }
  for (std::string_view signature : read->signatures) signatures_.emplace_back(signature);
  for (const HmacKey& key : provider.account_.keys) {
    digests_.push_back(key.begin());
    digests_.back().update(read->time);
    digests_.back().update(".");
  }
}

void Provider::Stream::update(std::string_view piece) {
  if (digests_.empty()) return;
  beginning_ += piece.substr(0, kBeginning - beginning_.size());
  for (Digest& digest : digests_) digest.update(piece);
}

Outcome<Verdict> Provider::Stream::finish() {
  if (digests_.empty()) return verdict_;
  std::vector<std::string_view> signatures(signatures_.begin(), signatures_.end());
  bool authentic = false;
  for (Digest& digest : digests_) authentic |= any_matches(*provider_.host_.crypto, digest.finish(), signatures);
  return authentic ? provider_.accepted(kind_, beginning_) : mismatch();
}

}  // namespace hookswitch::plugin::elevenlabs
