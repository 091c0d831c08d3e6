// The real binary in a directory of its own, for end-to-end and crash tests.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "engine/base/json.h"
#include "engine/cli/client.h"
#include "tests/support/temp_dir.h"

namespace hookswitch::test {

constexpr const char* kElevenLabsSecret = "wsec_test_secret";
constexpr const char* kTwilioToken = "twilio_test_token";

class EngineProcess {
 public:
  /// Writes a configuration with the sources `elevenlabs` and `twilio` and two tenants; `extra` is appended to it.
  /// Rules are copied from the project unless `rules_dir` is given.
  /// With `api_base` both sources can act, and reach their providers there.
  explicit EngineProcess(const std::string& extra = "", const std::string& rules_dir = "",
                         const std::string& api_base = "");
  ~EngineProcess();

  /// Starts the binary and waits until it is ready. Fails the test when it is not within 20 s.
  void start();
  /// The same for one that may end by itself: false when it did before it was ready.
  bool try_start();
  /// Starts the binary and waits for nothing.
  void launch();
  void kill_hard();  // SIGKILL, and wait
  int stop();        // SIGTERM, and wait: the exit code
  /// Whether it has ended by itself; then it is waited for, and what waitpid() said goes to *status.
  bool has_ended(int* status = nullptr);
  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }

  const TempDir& dir() const { return dir_; }
  std::string config_file() const { return dir_.path() + "/hookswitch.yaml"; }
  std::string rules_dir() const { return rules_dir_; }
  std::string log_text() const;  // what the engine printed

  std::string url(const std::string& path) const { return base_url_ + path; }
  uint16_t port() const { return static_cast<uint16_t>(std::stoi(base_url_.substr(base_url_.rfind(':') + 1))); }
  /// Signed as the provider would. nullopt: no answer (the engine is gone).
  std::optional<cli::HttpAnswer> post_elevenlabs(const std::string& body,
                                                 const std::string& path = "/hooks/elevenlabs");
  std::optional<cli::HttpAnswer> post_twilio(const std::string& form, const std::string& kind);
  std::optional<cli::HttpAnswer> post(const std::string& path, const cli::HttpHeaders& headers,
                                      const std::string& body);

  /// GET /api/v1<path> with the local admin token; null JSON when there is no answer.
  Json api(const std::string& path);
  /// The same with a body; nullopt when there is no answer.
  std::optional<cli::HttpAnswer> api_post(const std::string& path, const Json& body, const std::string& key = "");
  /// Waits until everything in the log is processed.
  bool settle();
  /// Runs the binary with `arguments` and returns its exit code; what it printed goes to *out.
  int run(const std::string& arguments, std::string* out = nullptr) const;

 private:
  void read_address();

  TempDir dir_;
  std::string rules_dir_;
  std::string base_url_;
  std::string token_;
  std::string key_pin_;  // where it listens on https alone
  pid_t pid_ = -1;
};

std::string elevenlabs_signature(const std::string& secret, const std::string& body, int64_t now_secs);
std::string twilio_signature(const std::string& token, const std::string& url, const std::string& form);
int64_t now_secs();

}  // namespace hookswitch::test
