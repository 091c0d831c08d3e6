// What decides what a rebuild makes is in the word by which an interrupted one is known again.
#include "engine/workbench/configured.h"

#include <catch2/catch.hpp>

#include <functional>
#include <set>

namespace hookswitch::test {
namespace {

Config some_config() {
  Config config;
  config.tenants.push_back({.id = "B1/L1"});
  config.sources.push_back({.name = "twilio", .provider = "twilio", .settings = {{"auth_token", "hush"}}});
  return config;
}

}  // namespace

TEST_CASE("each setting that decides what a state becomes changes its fingerprint", "[rebuild]") {
  const std::function<void(Config&)> changes[] = {
      [](Config& config) { config.sources[0].settings["formats"] = {"flat"}; },
      [](Config& config) { config.sources[0].settings["auth_token"] = "another"; },
      [](Config& config) { config.tenants[0].name = "Ana's"; },
      [](Config& config) { config.tenants[0].window = Window{1, 0, 60}; },
      [](Config& config) { config.tenants[0].holidays = {"2026-12-25"}; },
      [](Config& config) { config.calling.policy.window.days = 1; },
      [](Config& config) { config.calling.policy.holidays = {"2026-12-25"}; },
      [](Config& config) { config.calling.policy.per_person = 1; },
      [](Config& config) { config.calling.policy.consent_required = true; },
      [](Config& config) { config.calling.policy.allow = {NumberKind::premium}; },
      [](Config& config) { config.calling.policy.retry.attempts = 9; },
      [](Config& config) { config.calling.policy.deadline_ms = 1; },
      [](Config& config) { config.retention.log_ms = 1; },
      [](Config& config) { config.retention.recordings_ms = 1; },
      [](Config& config) { config.retention.calls_ms = 1; },
      [](Config& config) { config.retention.transcripts_ms = 1; },
      [](Config& config) { config.retention.activity_ms = 1; },
      [](Config& config) { config.recordings.delete_at_provider = true; },
      [](Config& config) { config.limits.rule_memory_bytes = 1; },
      [](Config& config) { config.limits.rule_steps = 1; },
      [](Config& config) { config.sinks["file"] = {}; },
      [](Config& config) { config.encryption = Keys::make(std::string(kKeyBytes, 'k')).value(); },
  };
  const Providers providers;
  std::set<std::string> seen{fingerprint(some_config(), providers)};
  for (const auto& change : changes) {
    Config config = some_config();
    change(config);
    seen.insert(fingerprint(config, providers));
  }
  CHECK(seen.size() == 1 + std::size(changes));
}

TEST_CASE("what decides nothing of a state leaves its fingerprint, which shows no secret", "[rebuild]") {
  const Providers providers;
  Config config = some_config();
  const std::string before = fingerprint(config, providers);
  config.listen.http = "127.0.0.1:9";
  config.calling.concurrency = 1;
  config.log.level = "debug";
  CHECK(fingerprint(config, providers) == before);
  CHECK(before.find("hush") == std::string::npos);
}

}  // namespace hookswitch::test
