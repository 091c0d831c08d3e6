// Who may come in, and how often: what of the configuration the API and intake need for that.
#include <spdlog/spdlog.h>

#include "engine/cli/engine.h"

namespace hookswitch::cli {
namespace {

Rate rate_of(const RateConfig& config) { return {config.per_second, config.burst}; }

RateRules rate_rules(const RatesConfig& config) {
  RateRules rules;
  rules[Limited::failed_auth] = rate_of(config.failed_auth);
  rules[Limited::refused_webhooks] = rate_of(config.refused_webhooks);
  rules[Limited::token] = rate_of(config.token);
  rules[Limited::tenant] = rate_of(config.tenant);
  rules[Limited::source] = rate_of(config.source);
  return rules;
}

}  // namespace

Result<std::unique_ptr<JwtVerifier>> jwt_verifier(const JwtConfig& config) {
  JwtOptions options{.issuer = config.issuer,
                     .audiences = config.audiences,
                     .keys = {},
                     .jwks_file = config.jwks_file,
                     .leeway_ms = config.leeway_ms,
                     .role_claim = config.role_claim,
                     .tenant_claim = config.tenant_claim};
  for (const JwtKeyConfig& key : config.keys) {
    auto made = is_symmetric(key.alg) ? SigningKey::from_secret(key.kid, key.alg, key.secret)
                                      : SigningKey::from_pem(key.kid, key.alg, key.public_key);
    if (!made) return wrap(made.error(), "auth.jwt.keys");
    options.keys.push_back(std::move(*made));
  }
  return JwtVerifier::make(std::move(options));
}

Status Engine::open_access() {
  rates_ = std::make_unique<RateLimits>(rate_rules(config_.limits.rate), metrics_, clock_);
  if (!config_.jwt) return {};
  auto jwt = jwt_verifier(*config_.jwt);
  if (!jwt) return wrap(jwt.error(), config_.place(config_.jwt->line));
  jwt_ = std::move(*jwt);
  if (!jwt_->warning().empty()) spdlog::warn("{}", jwt_->warning());
  return {};
}

void Engine::reload_keys() {
  if (!jwt_) return;
  const auto changed = jwt_->reload();
  if (!changed) spdlog::error("keys of tokens not read again: {}", changed.error().message);
  if (changed.value_or(false) && !jwt_->warning().empty()) spdlog::warn("{}", jwt_->warning());
}

std::vector<Network> Engine::trusted_proxies() const {
  std::vector<Network> out;
  for (const std::string& text : config_.listen.trusted_proxies) {
    if (auto network = parse_network(text)) out.push_back(*network);
  }
  return out;
}

}  // namespace hookswitch::cli
