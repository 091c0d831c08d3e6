// Refused deliveries of real providers, made by signing what is true and then changing it as the world does.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/doctor/diagnosis.h"

namespace hookswitch::test {

constexpr int64_t kArrivedMs = 1'767'600'000'000;

Providers& plugins();

/// Two Twilio accounts (`twilio`, `other_twilio`), two ElevenLabs workspaces (`elevenlabs`, `other_voice`); the engine
/// believes that it is https://hooks.example.com.
class Clinic {
 public:
  explicit Clinic(const std::string& webhook_secret = "secret_one");  // of `elevenlabs`
  Surroundings around() const;

  /// As the provider would send it to `url` + target at `signed_ms`; it arrives with the header Host of that URL.
  RefusedDelivery delivery(const std::string& source, const std::string& signed_url, const std::string& target,
                           const std::string& content_type, const std::string& body,
                           int64_t signed_ms = kArrivedMs) const;
  RefusedDelivery twilio(const std::string& signed_url, const std::string& target = "/hooks/twilio/status") const;
  RefusedDelivery elevenlabs(const std::string& body, int64_t signed_ms = kArrivedMs) const;

  std::string public_url = "https://hooks.example.com";

 private:
  std::vector<KnownSource> known_;
  Sources sources_;
};

}  // namespace hookswitch::test
