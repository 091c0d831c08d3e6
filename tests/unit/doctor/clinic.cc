#include "tests/unit/doctor/clinic.h"

#include <catch2/catch.hpp>

namespace hookswitch::test {
namespace {

std::string host_of(const std::string& url) {
  size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

std::string kind_of(const std::string& target) {
  std::string path = target.substr(0, target.find('?'));
  size_t slash = path.find('/', std::string("/hooks/").size());
  return slash == std::string::npos ? "" : path.substr(slash + 1);
}

}  // namespace

Providers& plugins() {
  static Providers providers;
  static bool loaded = (providers.load_dir(HOOKSWITCH_BINARY_DIR "/plugins"), true);
  REQUIRE(loaded);
  return providers;
}

Clinic::Clinic(const std::string& webhook_secret) {
  known_ = {{"twilio", "twilio", {{"auth_token", "token_one"}}},
            {"other_twilio", "twilio", {{"auth_token", "token_two"}}},
            {"elevenlabs", "elevenlabs", {{"webhook_secret", webhook_secret}}},
            {"other_voice", "elevenlabs", {{"webhook_secret", "secret_two"}}}};
  for (const KnownSource& each : known_) {
    sources_.put(plugins().create_source(each.name, each.provider, dump(each.settings)).value());
  }
}

Surroundings Clinic::around() const {
  Surroundings out{.sources = sources_, .public_url = public_url, .listen = "127.0.0.1:8080", .known = known_};
  out.paths.emplace("twilio", "/calls/status");
  out.make_source = [](const KnownSource& source) {
    return plugins().create_source(source.name, source.provider, dump(source.settings));
  };
  out.number_settings = [](const std::string& provider) {
    return provider == "elevenlabs" ? std::vector<std::string>{"future_secs", "tolerance_secs"}
                                    : std::vector<std::string>{};
  };
  return out;
}

RefusedDelivery Clinic::delivery(const std::string& source, const std::string& signed_url, const std::string& target,
                                 const std::string& content_type, const std::string& body, int64_t signed_ms) const {
  RefusedDelivery out{
      .time_ms = kArrivedMs, .source = source, .kind = kind_of(target), .method = "POST", .target = target};
  out.body = body;
  out.body_bytes = body.size();
  HeaderList headers{{"host", host_of(signed_url)}, {"content-type", content_type}};
  DeliveryRequest request;
  request.url = signed_url;
  request.kind = out.kind;
  request.headers = &headers;
  request.body = body;
  request.now_ms = signed_ms;
  auto made = sources_.find(source)->sign(request);
  REQUIRE(made);
  headers.insert(headers.end(), made->headers.begin(), made->headers.end());
  out.headers = headers;
  return out;
}

RefusedDelivery Clinic::twilio(const std::string& signed_url, const std::string& target) const {
  return delivery("twilio", signed_url, target, "application/x-www-form-urlencoded",
                  "CallSid=CA1&CallStatus=ringing&From=%2B12125550100");
}

RefusedDelivery Clinic::elevenlabs(const std::string& body, int64_t signed_ms) const {
  return delivery("elevenlabs", public_url + "/hooks/elevenlabs", "/hooks/elevenlabs", "application/json", body,
                  signed_ms);
}

}  // namespace hookswitch::test
