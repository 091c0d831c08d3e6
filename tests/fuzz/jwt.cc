// JSON Web Tokens: nothing that was not signed is accepted, and whatever claims are signed, who comes of them is whole.
#include "engine/access/jwt.h"

#include "engine/access/base64url.h"
#include "engine/access/jwk.h"
#include "engine/base/check.h"
#include "tests/fuzz/target.h"
#include "tests/support/jwt_signer.h"

namespace hookswitch::fuzz {
namespace {

constexpr int64_t kNowMs = 1'766'100'000'000;
constexpr const char* kSecret = "a-secret-of-32-bytes-or-a-few-more";

const JwtVerifier& verifier() {
  static const auto made = [] {
    JwtOptions options{.issuer = "https://id.test", .audiences = {"hookswitch", "console"}};
    options.tenant_claim = "/realm/tenant";
    options.keys.push_back(SigningKey::from_secret("h", "HS256", kSecret).value());
    for (const char* alg : {"ES256", "EdDSA", "RS256"}) {
      options.keys.push_back(SigningKey::from_pem(alg, alg, test::JwtSigner(alg).public_pem()).value());
    }
    return JwtVerifier::make(std::move(options)).value();
  }();
  return *made;
}

void try_token(std::string_view token) {
  JwtVerifier::looks_like_one(token);
  ENSURE(!verifier().verify(token, kNowMs), "accepted what nobody signed");
}

void try_claims(std::string_view header, std::string_view claims) {
  static const test::JwtSigner signer("HS256", "h", kSecret);
  Json head = Json::parse(header, nullptr, false), body = Json::parse(claims, nullptr, false);
  if (!body.is_object()) return;
  auto caller = verifier().verify(signer.sign(body, head.is_object() ? head : Json::object()), kNowMs);
  if (!caller) return;
  ENSURE(caller->role != Role::nobody && caller->token_id.size() > 4, "a caller without role or name");
  ENSURE(caller->token_id.size() <= 4 + limits::kJwtClaimBytes, "a name of {} bytes", caller->token_id.size());
}

void try_key(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return;
  auto key = SigningKey::from_jwk(json);
  if (key) ENSURE(!key->verifies("text", "signature"), "a signature that is none");
}

}  // namespace

// The first byte says what it is: a token, two lines with a header and claims to be signed, a key in JSON, base64.
void try_input(std::string_view input) {
  Input in(input);
  switch (in.byte()) {
    case 's': {
      std::string_view header = in.line();
      return try_claims(header, in.rest());
    }
    case 'k':
      return try_key(in.rest());
    case 'b': {
      std::string_view text = in.rest();
      if (auto bytes = base64url_decode(text)) ENSURE(test::base64url(*bytes) == text, "{} is written twice", text);
      return;
    }
    default:
      return try_token(in.rest());
  }
}

}  // namespace hookswitch::fuzz
