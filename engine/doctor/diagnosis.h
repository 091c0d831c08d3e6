// Why a delivery was refused and which setting would have accepted it, found by trying.
//
// Nothing here knows a provider: the plugin is asked again with one thing changed at a time, then with two (the address
// that the provider may have used, the content type, another source's secret, the time, the body as it may have been),
// and once with the blanks or line ends that were copied along with a secret. What is accepted shows what was wrong. The
// plugin's own signing tells beforehand whether the address or the time is part of what it signs, so that what cannot
// matter is not tried.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/doctor/attempt.h"
#include "engine/providers/sources.h"

namespace hookswitch {

/// A configured source as the doctor may try it with other settings; holds secrets.
struct KnownSource {
  std::string name, provider;
  Json settings;
};

struct Surroundings {
  const Sources& sources;
  std::string public_url;
  std::string listen;                             // "127.0.0.1:8080" or ""
  std::vector<KnownSource> known;                 // everything that is configured
  std::multimap<std::string, std::string> paths;  // routes of the configuration: source -> path
  /// A source with other settings, to be thrown away.
  std::function<Result<std::shared_ptr<Source>>(const KnownSource&)> make_source;
  /// The names of a provider's settings that are whole numbers.
  std::function<std::vector<std::string>(const std::string& provider)> number_settings;
};

struct Diagnosis {
  bool accepted_now = false;  // by the configuration as it stands: redrive it
  bool found = false;         // what would accept it
  std::string advice;         // one or two sentences; never a secret
  std::string setting;        // "public_url", "sources.twilio.auth_token"; "" where none would help
  std::string value;          // that it should have; "" where that is a secret
};

/// The delivery with the configuration as it stands; its source is null when it does not exist.
Attempt attempt_of(const RefusedDelivery& refusal, const Surroundings& around);

Diagnosis diagnose(const RefusedDelivery& refusal, const Surroundings& around);

}  // namespace hookswitch
