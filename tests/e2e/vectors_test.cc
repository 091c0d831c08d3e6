// Signatures through the real port: the vendors' own vectors at the time they were made for, and more of them, made
// here, against the real binary.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "engine/base/hash.h"
#include "engine/http/server.h"
#include "engine/ingest/ingest.h"
#include "engine/log/blobs.h"
#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

// Intake behind a server of its own, with a clock that can be set to a vector's time.
class Port {
 public:
  Port() {
    providers_.load_dir(HOOKSWITCH_BINARY_DIR "/plugins");
    log_ = Log::open({.dir = dir_.path() + "/log", .blob_dir = dir_.path() + "/blobs"}, clock_).value();
    blobs_ = Blobs::open(dir_.path() + "/blobs").value();
  }
  ~Port() {
    server_.reset();
    log_->stop();
  }

  /// The status that the vector's request gets.
  int ask(const Json& vector) {
    std::string provider = vector["provider"];
    Json settings{{provider == "twilio" ? "auth_token" : "webhook_secret", vector["secret"]}};
    sources_.put(providers_.create_source(provider, provider, settings.dump()).value());
    std::string url = vector.value("url", "https://example.com/hooks/elevenlabs");
    size_t path = url.find('/', url.find("://") + 3);
    routes_.add(url.substr(path, url.find('?') - path), {provider, "status"});
    clock_.set_ms(vector.value("now", int64_t{0}) * 1000);
    serve(url.substr(0, path));
    bool upgrade = url.starts_with("ws");
    std::string body = upgrade ? "" : body_of(vector);
    cli::HttpHeaders headers;
    for (const auto& [name, value] : vector["headers"].items()) headers.emplace_back(name, value.get<std::string>());
    if (!body.empty() && !vector["headers"].contains("Content-Type")) {
      headers.emplace_back("Content-Type",
                           body.starts_with('{') ? "application/json" : "application/x-www-form-urlencoded");
    }
    std::string target = fmt::format("http://127.0.0.1:{}{}", server_->ports().front(), url.substr(path));
    auto answer = cli::request(upgrade ? "GET" : "POST", target, headers, body);
    return answer ? answer->status : 0;
  }
  uint64_t stored() const { return log_->last_seq(); }

 private:
  static std::string body_of(const Json& vector) {
    if (vector.contains("body")) return vector["body"];
    std::string out;
    const Json params = vector.value("params", Json::object());
    for (const auto& [name, value] : params.items()) {
      const Json values = value.is_array() ? value : Json::array({value});
      for (const Json& each : values) {
        out += (out.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(each);
      }
    }
    return out;
  }
  static std::string percent_encoded(const std::string& text) {
    std::string out;
    for (unsigned char c : text)
      out += std::isalnum(c) != 0 ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
    return out;
  }
  void serve(const std::string& public_url) {
    server_.reset();
    IngestOptions options{.public_url = public_url, .reply_deadline_ms = 1};
    ingest_ = std::make_unique<Ingest>(std::move(options), routes_, sources_, *log_, *blobs_, answers_, intake_metrics_,
                                       clock_);
    ServerOptions listen;
    listen.listeners.push_back({.address = "127.0.0.1:0"});
    server_ = Server::start(listen, *ingest_, machine_clock_).value();
  }

  TempDir dir_;
  ManualClock clock_{0};
  SystemClock machine_clock_;
  Metrics metrics_;
  IntakeMetrics intake_metrics_{metrics_, clock_};
  Routes routes_;
  Sources sources_;
  Providers providers_;
  Answers answers_{machine_clock_};
  std::unique_ptr<Blobs> blobs_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Ingest> ingest_;
  std::unique_ptr<Server> server_;
};

std::string signed_at(const std::string& body, int64_t seconds_from_now,
                      const std::string& secret = kElevenLabsSecret) {
  return elevenlabs_signature(secret, body, now_secs() + seconds_from_now);
}

std::string digest_of(const std::string& signature) { return signature.substr(signature.find("v0=")); }
std::string time_of(const std::string& signature) { return signature.substr(0, signature.find(',')); }

std::string upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(c));
  return text;
}

}  // namespace

TEST_CASE("every vendor's vector gets its verdict through the port, and only what is accepted is stored") {
  uint64_t accepted = 0;
  Port port;
  const Json vectors = Json::parse(fixture("vectors.json"))["vectors"];
  for (const Json& vector : vectors) {
    INFO(vector["id"]);
    bool good = vector["verdict"] == "accept";
    accepted += good ? 1 : 0;
    CHECK(port.ask(vector) == (good ? 200 : 401));
    CHECK(port.stored() == accepted);
  }
}

TEST_CASE("an ElevenLabs signature is read strictly and its age on both sides is bounded") {
  EngineProcess engine;
  engine.start();
  const std::string body = R"({"type":"post_call_audio","data":{"conversation_id":"conv_1"}})";
  const std::string good = signed_at(body, 0), other = signed_at(body, 0, "other");
  struct Case {
    const char* what;
    std::string signature;
    int status;
  };
  const std::vector<Case> cases{
      {"as sent", good, 200},
      {"the parts in the other order", digest_of(good) + "," + time_of(good), 200},
      {"a part of a scheme to come", good + ",v1=00ff", 200},
      {"another secret's digest in front", time_of(good) + "," + digest_of(other) + "," + digest_of(good), 200},
      {"another secret's digest behind", good + "," + digest_of(other), 200},
      {"29 minutes old", signed_at(body, -29 * 60), 200},
      {"4 minutes ahead", signed_at(body, 4 * 60), 200},
      {"31 minutes old", signed_at(body, -31 * 60), 401},
      {"6 minutes ahead", signed_at(body, 6 * 60), 401},
      {"another secret", other, 401},
      {"another body", signed_at(body + " ", 0), 401},
      {"two times", "t=1," + good, 401},
      {"a blank after the comma", time_of(good) + ", " + digest_of(good), 401},
      {"capital digits", time_of(good) + ",v0=" + upper_case(digest_of(good).substr(3)), 401},
      {"a digest cut short", good.substr(0, good.size() - 2), 401},
      {"a digest with more", good + "00", 401},
      {"an empty digest", time_of(good) + ",v0=", 401},
      {"no time", digest_of(good), 401},
      {"a time with a sign", "t=+" + good.substr(2), 401},
      {"a time that fits no integer", "t=99999999999999999999," + digest_of(good), 401},
      {"a time in hexadecimal", "t=0x10," + digest_of(good), 401},
      {"nothing between commas", ",,,", 401},
      {"long", std::string(8'000, ','), 401},
  };
  for (const Case& each : cases) {
    INFO(each.what);
    auto answer = engine.post("/hooks/elevenlabs",
                              {{"Content-Type", "application/json"}, {"ElevenLabs-Signature", each.signature}}, body);
    REQUIRE(answer);
    CHECK(answer->status == each.status);
  }
  CHECK(engine.post("/hooks/elevenlabs", {{"Content-Type", "application/json"}}, body)->status == 401);
  CHECK(
      engine.post("/hooks/elevenlabs", {{"Content-Type", "text/html"}, {"ElevenLabs-Signature", good}}, body)->status ==
      415);
}

TEST_CASE("a Twilio signature holds for the public URL and every parameter") {
  EngineProcess engine;
  engine.start();
  const std::string url = "https://calls.example.com/hooks/twilio/status";
  const std::string form = "CallSid=CA1&CallStatus=completed&Note=a+b%20c%2B&Empty=&Twice=b&Twice=a&Twice=b";
  struct Case {
    const char* what;
    std::string url, signed_form, sent_form, token;
    int status;
  };
  const std::string host = "https://calls.example.com";
  const std::vector<Case> cases{
      {"as sent", url, form, form, kTwilioToken, 200},
      {"with the default port", "https://calls.example.com:443/hooks/twilio/status", form, form, kTwilioToken, 200},
      {"parameters in another order", url, form, "Twice=a&Twice=b&" + form.substr(0, form.find("&Twice")), kTwilioToken,
       200},
      {"another token", url, form, form, "other", 401},
      {"another host", "https://evil.example.com/hooks/twilio/status", form, form, kTwilioToken, 401},
      {"another path", host + "/hooks/twilio/voice", form, form, kTwilioToken, 401},
      {"http", "http://calls.example.com/hooks/twilio/status", form, form, kTwilioToken, 401},
      {"a parameter more", url, form, form + "&More=1", kTwilioToken, 401},
      {"a parameter less", url, form, form.substr(0, form.find("&Empty")), kTwilioToken, 401},
      {"a parameter changed", url, form, "CallSid=CA2" + form.substr(11), kTwilioToken, 401},
      {"a name in another case", url, form, "callSid=CA1" + form.substr(11), kTwilioToken, 401},
  };
  for (const Case& each : cases) {
    INFO(each.what);
    auto answer = engine.post("/hooks/twilio/status",
                              {{"Content-Type", "application/x-www-form-urlencoded"},
                               {"X-Twilio-Signature", twilio_signature(each.token, each.url, each.signed_form)}},
                              each.sent_form);
    REQUIRE(answer);
    CHECK(answer->status == each.status);
  }
}

TEST_CASE("a JSON body from Twilio counts when its hash in the query is signed") {
  EngineProcess engine;
  engine.start();
  const std::string body = R"({"event":"x"})";
  const std::string path = "/hooks/twilio/event?bodySHA256=" + sha256_hex(body);
  auto send = [&](const std::string& target, const std::string& sent) {
    return engine
        .post(target,
              {{"Content-Type", "application/json"},
               {"X-Twilio-Signature", twilio_signature(kTwilioToken, "https://calls.example.com" + target, "")}},
              sent)
        ->status;
  };
  CHECK(send(path, body) == 200);
  CHECK(send(path, body + " ") == 401);
  CHECK(send("/hooks/twilio/event", body) == 401);
}

}  // namespace hookswitch::test
