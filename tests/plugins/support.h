// What the provider tests share: loaded plugins, configured sources, recorded deliveries, and how vendors sign.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/providers/provider.h"

namespace hookswitch::test {

/// All plugins of the build, loaded once.
Providers& providers();

/// A source of the provider; the test fails if its configuration is refused.
std::shared_ptr<Source> source(const std::string& provider, const std::string& config);

std::string read_file(const std::string& path);
std::string fixture(const std::string& name);  // below tests/fixtures
std::string fixtures_dir();

std::string hmac_sha256_hex(std::string_view secret, std::string_view message);
std::string hmac_sha1_base64(std::string_view secret, std::string_view message);

/// "t=...,v0=..." as ElevenLabs signs a body.
std::string elevenlabs_signature(std::string_view secret, int64_t seconds, std::string_view body);

/// The one event of a body.
DecodedEvent decode_one(const Source& source, std::string_view kind, std::string_view body,
                        const HeaderList& headers = {});

/// `name=value&...` percent-encoded.
std::string form_encode(const std::vector<std::pair<std::string, std::string>>& params);

}  // namespace hookswitch::test
