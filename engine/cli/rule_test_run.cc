#include "engine/cli/rule_test_run.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/cli/print.h"

extern char** environ;

namespace hookswitch::cli {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr int kAskEveryMs = 50;
constexpr size_t kFailuresShown = 20;

bool has_tests(const fs::path& rules_dir) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(rules_dir / "tests", error), end; !error && it != end; it.increment(error)) {
    if (it->path().string().ends_with("_test.lua")) return true;
  }
  return false;
}

/// A child whose standard output is read here; killed when it is left before its end.
class Child {
 public:
  explicit Child(std::vector<std::string> arguments);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool started() const { return pid_ > 0; }
  /// Appends what it prints within `wait_ms` to `out`; false at the end of it.
  bool read(int wait_ms, std::string& out) const;

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

Child::Child(std::vector<std::string> arguments) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  output_ = ends[0];
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // The engine blocks its signals; the child must not inherit that.
  sigset_t none, ordinary;
  sigemptyset(&none);
  sigemptyset(&ordinary);
  for (int signal : {SIGPIPE, SIGXFSZ, SIGTERM, SIGINT, SIGHUP}) sigaddset(&ordinary, signal);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &ordinary);
  if (::posix_spawn(&pid_, "/proc/self/exe", &files, &attributes, argv.data(), environ) != 0) pid_ = -1;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  ::close(ends[1]);
}

Child::~Child() {
  if (output_ >= 0) ::close(output_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);  // an ended one does not mind
  ::waitpid(pid_, nullptr, 0);
}

bool Child::read(int wait_ms, std::string& out) const {
  pollfd waiting{output_, POLLIN, 0};
  if (::poll(&waiting, 1, wait_ms) <= 0) return true;
  std::array<char, 8192> bytes;
  ssize_t size = ::read(output_, bytes.data(), bytes.size());
  if (size > 0) out.append(bytes.data(), static_cast<size_t>(size));
  return size > 0 || (size < 0 && errno == EINTR);
}

Result<RuleTestOutcome> outcome_of(const std::string& printed) {
  Json report = parse_json(printed);
  if (!report.is_object() || !report.contains("passed")) {
    std::string why = report.is_object() ? report.value("error", "") : "";
    return fail(Code::invalid, "run the rules' tests: {}", why.empty() ? "they ended without a report" : why);
  }
  RuleTestOutcome out{
      report.value("passed", size_t{0}), report.value("failed", size_t{0}), {}, report.value("rules_version", "")};
  for (const Json& test : report.value("tests", Json::array())) {
    Json failure = test.value("failure", Json::array());
    if (failure.empty() || out.failures.size() == kFailuresShown) continue;
    out.failures.push_back(
        {.file = test.value("file", ""),
         .line = test.value("line", 0),
         .reason = fmt::format("test '{}': {}", test.value("name", ""), failure.front().get<std::string>())});
  }
  return out;
}

}  // namespace

Result<RuleTestOutcome> run_tests_apart(const std::string& config_file, const std::string& rules_dir,
                                        const std::function<bool()>& stopped) {
  if (!has_tests(rules_dir)) return RuleTestOutcome{};
  Child child({"hookswitch", "-c", config_file, "--json", "test", "--rules", rules_dir});
  if (!child.started())
    return fail(Code::io, "run the rules' tests: no process can be started: {}", std::strerror(errno));
  const auto until = Steady::now() + std::chrono::milliseconds(limits::kRuleTestsMs);
  std::string printed;
  while (child.read(kAskEveryMs, printed)) {
    if (stopped()) return fail(Code::unavailable, "run the rules' tests: stopped");
    if (printed.size() > limits::kRuleTestBytes) {
      return fail(Code::too_large, "run the rules' tests: found a report over {} bytes", limits::kRuleTestBytes);
    }
    if (Steady::now() > until) {
      return fail(Code::timeout, "run the rules' tests: not done after {} s", limits::kRuleTestsMs / 1000);
    }
  }
  return outcome_of(printed);
}

RuleTestOutcome outcome_of_version(Result<RuleTestOutcome> run, const std::string& version) {
  if (!run) return {.failures = {{.reason = run.error().message}}};
  if (run->passed + run->failed > 0 && run->version != version) {
    run->failures.push_back(
        {.reason = fmt::format("run the rules' tests: found version {}", brief(run->version))});
  }
  return std::move(*run);
}

std::string joined(const std::vector<RuleError>& errors) {
  std::string out;
  for (const RuleError& error : errors) out += (out.empty() ? "" : "; ") + error.message();
  return out;
}

}  // namespace hookswitch::cli
