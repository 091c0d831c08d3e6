// What the host offers to plugins: cryptography with known answers, and memory that is bounded.
#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <thread>

#include "engine/providers/arena.h"
#include "engine/providers/host.h"

using namespace hookswitch;

namespace {

const hookswitch_crypto& crypto() { return *crypto_services(); }

hookswitch_str str(std::string_view text) { return {text.data(), text.size()}; }

std::string hex(std::string_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  crypto().hex_encode(str(bytes), out.data());
  return out;
}

std::string hmac_hex(int32_t algorithm, std::string_view secret, std::string_view message) {
  hookswitch_key* key = crypto().key_new(algorithm, str(secret));
  unsigned char out[HOOKSWITCH_DIGEST_MAX];
  hookswitch_str parts[] = {str(message.substr(0, message.size() / 2)), str(message.substr(message.size() / 2))};
  size_t size = crypto().hmac(key, parts, 2, out);
  crypto().key_free(key);
  return hex({reinterpret_cast<char*>(out), size});
}

bool decodes(int32_t (*decode)(hookswitch_str, unsigned char*, size_t*), std::string_view text, std::string_view to) {
  std::string out(text.size(), '\0');
  size_t count = 0;
  if (decode(str(text), reinterpret_cast<unsigned char*>(out.data()), &count) == 0) return false;
  return out.substr(0, count) == to;
}

}  // namespace

TEST_CASE("HMAC gives the answers of RFC 2202 and RFC 4231") {
  const char* what = "what do ya want for nothing?";
  CHECK(hmac_hex(HOOKSWITCH_HMAC_SHA1, "Jefe", what) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CHECK(hmac_hex(HOOKSWITCH_HMAC_SHA256, "Jefe", what) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(
      hmac_hex(HOOKSWITCH_HMAC_SHA512, "Jefe", what) ==
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b"
      "636e070a38bce737");
}

TEST_CASE("an empty secret or an unknown algorithm makes no key") {
  CHECK(crypto().key_new(HOOKSWITCH_HMAC_SHA256, str("")) == nullptr);
  CHECK(crypto().key_new(99, str("secret")) == nullptr);
  unsigned char out[HOOKSWITCH_DIGEST_MAX];
  CHECK(crypto().hmac(nullptr, nullptr, 0, out) == 0);
  CHECK(crypto().hmac_begin(nullptr) == nullptr);
}

TEST_CASE("one key serves many threads at once, whole and piece by piece") {
  hookswitch_key* key = crypto().key_new(HOOKSWITCH_HMAC_SHA256, str("Jefe"));
  std::atomic<int> wrong = 0;
  auto work = [&] {
    for (int i = 0; i < 500; ++i) {
      unsigned char whole[HOOKSWITCH_DIGEST_MAX], pieces[HOOKSWITCH_DIGEST_MAX];
      hookswitch_str part = str("what do ya want for nothing?");
      crypto().hmac(key, &part, 1, whole);
      hookswitch_digest* digest = crypto().hmac_begin(key);
      crypto().digest_update(digest, str("what do ya want "));
      if (i % 3 == 0) {
        crypto().digest_drop(digest);
        continue;
      }
      crypto().digest_update(digest, str("for nothing?"));
      crypto().digest_finish(digest, pieces);
      wrong += std::memcmp(whole, pieces, 32) != 0 || whole[0] != 0x5b;
    }
  };
  std::thread other(work);
  work();
  other.join();
  crypto().key_free(key);
  CHECK(wrong == 0);
}

TEST_CASE("SHA-256 gives the known answer, whole and piece by piece") {
  hookswitch_str part = str("abc");
  unsigned char out[HOOKSWITCH_DIGEST_MAX];
  crypto().sha256(&part, 1, out);
  std::string known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(hex({reinterpret_cast<char*>(out), 32}) == known);
  hookswitch_digest* digest = crypto().sha256_begin();
  crypto().digest_update(digest, str("a"));
  crypto().digest_update(digest, str("bc"));
  CHECK(crypto().digest_finish(digest, out) == 32);
  CHECK(hex({reinterpret_cast<char*>(out), 32}) == known);
}

TEST_CASE("Ed25519 accepts the signature of RFC 8032 and nothing near it") {
  std::string key(32, '\0'), signature(64, '\0');
  size_t count = 0;
  crypto().hex_decode(str("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
                      reinterpret_cast<unsigned char*>(key.data()), &count);
  crypto().hex_decode(
      str("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
          "387b2eaeb4302aeeb00d291612bb0c00"),
      reinterpret_cast<unsigned char*>(signature.data()), &count);
  hookswitch_str message = str("r"), other = str("s");
  CHECK(crypto().ed25519_verify(str(key), str(signature), &message, 1) == 1);
  CHECK(crypto().ed25519_verify(str(key), str(signature), &other, 1) == 0);
  CHECK(crypto().ed25519_verify(str(key), str(signature.substr(1)), &message, 1) == 0);
  CHECK(crypto().ed25519_verify(str("short"), str(signature), &message, 1) == 0);
}

TEST_CASE("base64 and hex are strict") {
  auto& c = crypto();
  char out[16];
  CHECK(std::string(out, c.base64_encode(str("fooba"), out)) == "Zm9vYmE=");
  CHECK(decodes(c.base64_decode, "Zm9vYmE=", "fooba"));
  CHECK(decodes(c.base64_decode, "", ""));
  for (const char* wrong : {"Zm9vYmE", "Zm9vYm==", "Zm9v====", "Zm9=YmE=", "Zm9v\nYmE", "Zm-v"}) {
    CHECK_FALSE(decodes(c.base64_decode, wrong, "fooba"));
  }
  CHECK(decodes(c.hex_decode, "00fF", std::string_view("\0\xff", 2)));
  CHECK_FALSE(decodes(c.hex_decode, "0", ""));
  CHECK_FALSE(decodes(c.hex_decode, "0g", ""));
}

TEST_CASE("comparison knows equal from different, and different sizes") {
  CHECK(crypto().equal(str("abc"), str("abc")) == 1);
  CHECK(crypto().equal(str("abc"), str("abd")) == 0);
  CHECK(crypto().equal(str("abc"), str("ab")) == 0);
  CHECK(crypto().equal(str(""), str("")) == 1);
}

TEST_CASE("a time is fresh at both ends of its tolerance and not one unit beyond") {
  auto check = [](std::string_view text) { return crypto().check_time(str(text), 1000, 1'000'000, 100'000, 50'000); };
  CHECK(check("900") == HOOKSWITCH_TIME_FRESH);
  CHECK(check("899") == HOOKSWITCH_TIME_TOO_OLD);
  CHECK(check("1050") == HOOKSWITCH_TIME_FRESH);
  CHECK(check("1051") == HOOKSWITCH_TIME_AHEAD);
  CHECK(check("999999999999999") == HOOKSWITCH_TIME_AHEAD);
  for (const char* wrong : {"", "-1", "+1", " 1", "1 ", "1.0", "abc", "0x10", "1000000000000000"}) {
    CHECK(check(wrong) == HOOKSWITCH_TIME_MALFORMED);
  }
}

TEST_CASE("an arena gives zeroed aligned memory up to its bound and all of it again after a reset") {
  Arena arena(1 << 20);
  for (int round = 0; round < 2; ++round) {
    auto* first = static_cast<char*>(arena.alloc(100));
    REQUIRE(first != nullptr);
    CHECK(reinterpret_cast<uintptr_t>(first) % alignof(std::max_align_t) == 0);
    CHECK(std::string_view(first, 100) == std::string(100, '\0'));
    std::memset(first, 'x', 100);
    CHECK(arena.alloc((1 << 20) - 112) != nullptr);
    CHECK(arena.alloc(1) == nullptr);
    CHECK(arena.alloc(SIZE_MAX) == nullptr);
    arena.reset();
  }
}

TEST_CASE("the host answers for its extensions and for no others") {
  const hookswitch_host* host = plugin_host();
  CHECK(host->get_extension(host, HOOKSWITCH_EXT_CRYPTO) == crypto_services());
  CHECK(host->get_extension(host, HOOKSWITCH_EXT_LOG) == log_services());
  CHECK(host->get_extension(host, "hookswitch.crypto/2") == nullptr);
}
