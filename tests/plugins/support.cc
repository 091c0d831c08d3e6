#include "tests/plugins/support.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "engine/providers/host.h"
#include "tests/support/isolated.h"

namespace hookswitch::test {

namespace {

hookswitch_str str(std::string_view text) { return {text.data(), text.size()}; }

std::string hmac(int32_t algorithm, std::string_view secret, std::string_view message) {
  const hookswitch_crypto& crypto = *crypto_services();
  hookswitch_key* key = crypto.key_new(algorithm, str(secret));
  hookswitch_str part = str(message);
  std::string out(HOOKSWITCH_DIGEST_MAX, '\0');
  out.resize(crypto.hmac(key, &part, 1, reinterpret_cast<unsigned char*>(out.data())));
  crypto.key_free(key);
  return out;
}

}  // namespace

Providers& providers() {
  static Providers all;
  static bool loaded = [] {
    isolate_if_asked(all);
    all.load_dir(std::string(HOOKSWITCH_BINARY_DIR) + "/plugins");
    return true;
  }();
  (void)loaded;
  return all;
}

std::shared_ptr<Source> source(const std::string& provider, const std::string& config) {
  auto made = providers().create_source("test", provider, config);
  if (!made) FAIL(made.error().message);
  return *made;
}

std::string fixtures_dir() { return std::string(HOOKSWITCH_SOURCE_DIR) + "/tests/fixtures"; }

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) FAIL("cannot read " << path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string fixture(const std::string& name) { return read_file(fixtures_dir() + "/" + name); }

std::string hmac_sha256_hex(std::string_view secret, std::string_view message) {
  std::string digest = hmac(HOOKSWITCH_HMAC_SHA256, secret, message), out(64, '\0');
  crypto_services()->hex_encode(str(digest), out.data());
  return out;
}

std::string hmac_sha1_base64(std::string_view secret, std::string_view message) {
  std::string digest = hmac(HOOKSWITCH_HMAC_SHA1, secret, message), out(28, '\0');
  crypto_services()->base64_encode(str(digest), out.data());
  return out;
}

std::string elevenlabs_signature(std::string_view secret, int64_t seconds, std::string_view body) {
  std::string time = std::to_string(seconds);
  return "t=" + time + ",v0=" + hmac_sha256_hex(secret, time + "." + std::string(body));
}

DecodedEvent decode_one(const Source& source, std::string_view kind, std::string_view body, const HeaderList& headers) {
  DecodeInput input;
  input.kind = kind;
  input.body = body;
  input.headers = &headers;
  auto events = source.decode(input);
  if (!events) FAIL(events.error().message);
  REQUIRE(events->size() == 1);
  return events->front();
}

std::string form_encode(const std::vector<std::pair<std::string, std::string>>& params) {
  std::string out;
  auto append = [&](const std::string& text) {
    for (unsigned char c : text) {
      char escape[4];
      std::snprintf(escape, sizeof escape, "%%%02X", c);
      out += std::isalnum(c) ? std::string(1, static_cast<char>(c)) : c == ' ' ? "+" : escape;
    }
  };
  for (const auto& [name, value] : params) {
    if (!out.empty()) out += '&';
    append(name);
    out += '=';
    append(value);
  }
  return out;
}

}  // namespace hookswitch::test
