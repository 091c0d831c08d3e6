#include <limits>

#include "engine/config/readers.h"

namespace hookswitch {
namespace {

constexpr uint64_t kMapBytesMin = 16 * limits::kMiB;  // less does not hold one batch

// A duration, or `forever`, which is 0.
void read_age(Section& section, const std::string& key, int64_t& to) {
  std::string text;
  section.read(key, text);
  if (text == "forever") {
    to = 0;
  } else {
    section.read_duration(key, 1'000, to);
  }
}

JwtKeyConfig read_jwt_key(Section& section) {
  static const std::vector<std::string> kAlgorithms{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"};
  JwtKeyConfig key;
  section.require("public_key", "a PEM public key, for example ${file:/path}");
  section.require("alg", "the one algorithm that this key is for");
  section.read("kid", key.kid);
  if (auto word = section.read_word("alg", kAlgorithms)) key.alg = kAlgorithms[*word];
  section.read("public_key", key.public_key);
  if (!key.public_key.empty() && !key.public_key.starts_with("-----BEGIN ")) {
    section.error("public_key", "something else", "a PEM public key");
  }
  section.finish();
  return key;
}

}  // namespace

void read_retention(Section section, RetentionConfig& retention) {
  read_age(section, "log", retention.log_ms);
  read_age(section, "recordings", retention.recordings_ms);
  section.read_size("log_size", kMapBytesMin, retention.log_bytes);
  section.finish();
}

void read_jwt(Section section, std::optional<JwtConfig>& jwt) {
  if (section.has("jwt")) {
    Section inner = section.section("jwt");
    jwt.emplace();
    inner.require("issuer", "the `iss` that tokens must carry");
    inner.require("audience", "the `aud` that tokens must carry");
    inner.require("keys", "a list of keys");
    inner.read("issuer", jwt->issuer);
    inner.read("audience", jwt->audience);
    for (Section& key : inner.sections("keys")) jwt->keys.push_back(read_jwt_key(key));
    inner.finish();
  }
  section.finish();
}

void read_limits(Section section, LimitsConfig& to) {
  constexpr uint64_t kAny = std::numeric_limits<uint32_t>::max();
  section.read_size("body", 1 * limits::kKiB, to.body_bytes);
  section.read_count("connections", 1, 1'000'000, to.connections);
  section.read_count("streams", 0, 1'000'000, to.streams);
  section.read_size("rule_memory", 64 * limits::kKiB, to.rule_memory_bytes);
  section.read_count("rule_steps", 1'000, kAny * 1'000, to.rule_steps);
  section.read_duration("reply_deadline", 10, to.reply_deadline_ms);
  section.read_count("lag", 0, kAny, to.lag_records);
  section.read_size("map_log", kMapBytesMin, to.map_log_bytes);
  section.read_size("map_state", kMapBytesMin, to.map_state_bytes);
  section.finish();
}

void read_log(Section section, LogConfig& log) {
  const std::vector<std::string> levels{"trace", "debug", "info", "warn", "error", "off"};
  if (auto word = section.read_word("level", levels)) log.level = levels[*word];
  if (auto word = section.read_word("format", {"text", "json"})) log.format = static_cast<LogFormat>(*word);
  section.finish();
}

}  // namespace hookswitch
