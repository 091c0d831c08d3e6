#include "tests/support/engine_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "engine/base/hash.h"
#include "engine/http/url.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

std::string hmac(const EVP_MD* algorithm, const std::string& key, const std::string& message) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(algorithm, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), out, &size);
  return {reinterpret_cast<char*>(out), size};
}

std::string base64(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return out;
}

constexpr const char* kConfig = R"(listen: {{http: 127.0.0.1:0}}
public_url: https://calls.example.com
data_dir: {dir}/data
plugins: {{dir: {plugins}}}
rules: {{dir: {rules}, reload: watch}}
sources:
  elevenlabs:
    provider: elevenlabs
    webhook_secret: {elevenlabs}
{elevenlabs_api}  twilio:
    provider: twilio
    account_sid: AC00000000000000000000000000000000
    auth_token: {twilio}
{twilio_api}tenants:
  - {{id: B1/L1, timezone: Europe/Bucharest, country: RO, agents: [{{source: elevenlabs, agent_id: xyz}}]}}
  - {{id: B2/L1, timezone: America/New_York, country: US, numbers: ["+14155550199"]}}
{extra}
)";

}  // namespace

EngineProcess::EngineProcess(const std::string& extra, const std::string& rules_dir, const std::string& api_base)
    : rules_dir_(rules_dir) {
  if (rules_dir_.empty()) {
    rules_dir_ = dir_.path() + "/rules";
    fs::copy(HOOKSWITCH_SOURCE_DIR "/rules", rules_dir_, fs::copy_options::recursive);
  }
  std::string eleven, twilio;
  if (!api_base.empty()) {
    eleven = "    api_key: key\n    api_base: " + api_base + "\n    agent_id: xyz\n    phone_number_id: phnum_1\n";
    twilio = "    api_base: " + api_base + "\n    phone_number: \"+15551230000\"\n";
  }
  std::string plugins = HOOKSWITCH_BINARY_DIR "/plugins";
  if (std::getenv("HOOKSWITCH_ISOLATED") != nullptr) plugins += ", isolation: process";
  dir_.write("hookswitch.yaml", fmt::format(kConfig, fmt::arg("dir", dir_.path()), fmt::arg("plugins", plugins),
                                            fmt::arg("rules", rules_dir_), fmt::arg("elevenlabs", kElevenLabsSecret),
                                            fmt::arg("twilio", kTwilioToken), fmt::arg("extra", extra),
                                            fmt::arg("elevenlabs_api", eleven), fmt::arg("twilio_api", twilio)));
}

EngineProcess::~EngineProcess() {
  if (running()) kill_hard();
}

void EngineProcess::launch() {
  fs::remove(dir_.path() + "/data/cli.token");
  pid_ = fork();
  if (pid_ == 0) {
    int out = open((dir_.path() + "/engine.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execl(HOOKSWITCH_BINARY_DIR "/hookswitch", "hookswitch", "-c", config_file().c_str(), "serve", nullptr);
    _exit(127);
  }
}

void EngineProcess::start() {
  if (!try_start()) throw std::runtime_error("the engine did not start: " + log_text());
}

bool EngineProcess::try_start() {
  launch();
  return eventually([&] {
           if (has_ended()) return true;
           read_address();
           if (base_url_.empty()) return false;
           auto answer = cli::request("GET", url("/readyz"), {}, "", key_pin_);
           return answer && answer->status == 200;
         }) &&
         running();
}

bool EngineProcess::has_ended(int* status) {
  if (running() && waitpid(pid_, status, WNOHANG) == pid_) pid_ = -1;
  return !running();
}

void EngineProcess::read_address() {
  std::ifstream file(dir_.path() + "/data/cli.token");
  base_url_.clear();
  key_pin_.clear();
  file >> base_url_ >> token_ >> key_pin_;
}

void EngineProcess::kill_hard() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int EngineProcess::stop() {
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string EngineProcess::log_text() const { return read_file(dir_.path() + "/engine.log"); }

std::optional<cli::HttpAnswer> EngineProcess::post(const std::string& path, const cli::HttpHeaders& headers,
                                                   const std::string& body) {
  auto answer = cli::request("POST", url(path), headers, body, key_pin_);
  if (!answer) return std::nullopt;
  return *answer;
}

std::optional<cli::HttpAnswer> EngineProcess::post_elevenlabs(const std::string& body, const std::string& path) {
  return post(path,
              {{"Content-Type", "application/json"},
               {"ElevenLabs-Signature", elevenlabs_signature(kElevenLabsSecret, body, now_secs())}},
              body);
}

std::optional<cli::HttpAnswer> EngineProcess::post_twilio(const std::string& form, const std::string& kind) {
  std::string path = "/hooks/twilio/" + kind;
  return post(path,
              {{"Content-Type", "application/x-www-form-urlencoded"},
               {"X-Twilio-Signature", twilio_signature(kTwilioToken, "https://calls.example.com" + path, form)}},
              form);
}

Json EngineProcess::api(const std::string& path) {
  auto answer = cli::request("GET", url("/api/v1" + path), {{"Authorization", "Bearer " + token_}}, "", key_pin_);
  if (!answer) return nullptr;
  return Json::parse(answer->body, nullptr, false);
}

std::optional<cli::HttpAnswer> EngineProcess::api_post(const std::string& path, const Json& body,
                                                       const std::string& key) {
  cli::HttpHeaders headers{{"Authorization", "Bearer " + token_}, {"Content-Type", "application/json"}};
  if (!key.empty()) headers.emplace_back("Idempotency-Key", key);
  return post("/api/v1" + path, headers, dump(body));
}

bool EngineProcess::settle() {
  return eventually([&] {
    Json status = api("/status");
    return status.is_object() && status["processor"]["position"] == status["log"]["last_seq"];
  });
}

int EngineProcess::run(const std::string& arguments, std::string* out) const {
  std::string to = dir_.path() + "/run.out";
  int status = std::system(
      fmt::format("{}/hookswitch -c {} {} > {} 2>&1", HOOKSWITCH_BINARY_DIR, config_file(), arguments, to).c_str());
  if (out != nullptr) *out = read_file(to);
  return WEXITSTATUS(status);
}

std::string elevenlabs_signature(const std::string& secret, const std::string& body, int64_t now_secs) {
  std::string t = std::to_string(now_secs);
  return "t=" + t + ",v0=" + to_hex(hmac(EVP_sha256(), secret, t + "." + body));
}

std::string twilio_signature(const std::string& token, const std::string& url, const std::string& form) {
  std::map<std::string, std::set<std::string>> sorted;
  auto parameters = parse_query(form);
  for (const auto& [name, value] : *parameters) sorted[name].insert(value);
  std::string message = url;
  for (const auto& [name, values] : sorted) {
    for (const auto& value : values) message += name + value;
  }
  return base64(hmac(EVP_sha1(), token, message));
}

int64_t now_secs() { return std::time(nullptr); }

}  // namespace hookswitch::test
