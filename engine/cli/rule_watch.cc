#include "engine/cli/rule_watch.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "engine/base/limits.h"
#include "engine/cli/print.h"

namespace hookswitch::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kRuleLookEvery = std::chrono::milliseconds(250);
constexpr auto kRest = std::chrono::milliseconds(50);  // files that do not change for so long are written
constexpr int64_t kRestlessUs = 10'000'000;            // then it is said that they never rest
constexpr int kNiceness = 10;

// The directory itself: a symbolic link may be turned while its files are read.
fs::path real(const std::string& dir) {
  std::error_code error;
  fs::path path = fs::canonical(dir, error);
  return error ? fs::path(dir) : path;
}

// What rules and their tests read: Lua, and the payloads beside the tests. Notes may change as they like.
bool is_read(const fs::path& file) {
  if (file.filename().string().front() == '.') return false;
  const fs::path kind = file.extension();
  return kind == ".lua" || kind == ".json" || kind == ".form";
}

// Where the files are, which, how long and since when.
std::string look_at(const std::string& dir) {
  const fs::path root = real(dir);
  std::vector<std::string> lines{root.string()};
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    if (!is_read(it->path())) continue;
    std::error_code gone;  // a file may vanish while it is looked at
    if (!it->is_regular_file(gone) && !it->is_symlink(gone)) continue;
    auto time = it->last_write_time(gone).time_since_epoch().count();
    lines.push_back(fmt::format("{} {} {}", it->path().string(), time, it->file_size(gone)));
  }
  std::sort(lines.begin() + 1, lines.end());
  return fmt::format("{}", fmt::join(lines, "\n"));
}

RuleError error_of(const std::string& reason) { return {.reason = reason}; }

}  // namespace

Result<std::unique_ptr<RuleSet>> RuleWatch::first(const std::string& last_ruled) {
  Candidate candidate = read();
  seen_ = candidate.look;
  const bool untested = parts_.tests == RuleTestMode::block && candidate.rules && !last_ruled.empty() &&
                        candidate.source.hash != last_ruled;
  if (!candidate.rules) refuse(candidate);
  auto former = candidate.rules && !untested ? nullptr : archived(last_ruled);
  if (former) {
    spdlog::warn("the engine starts with the rules that ruled last, version {}: {}", brief(last_ruled),
                 untested ? "those of the directory are to be tested first" : "those of the directory are bad");
    asked_ = untested;
    candidate.rules = std::move(former);
  } else if (candidate.rules) {
    keep(candidate.source);
  } else {
    return fail(Code::invalid, "{}", joined(candidate.errors));
  }
  live_ = candidate.rules->hash();
  live_rules_ = candidate.rules->rules().size();
  return std::move(candidate.rules);
}

// Null when it is not there any more.
std::unique_ptr<RuleSet> RuleWatch::archived(const std::string& version) const {
  auto source = parts_.archive.load(version);
  if (!source) return nullptr;
  return RuleSet::load(std::move(*source), parts_.limits).value_or(nullptr);
}

void RuleWatch::start() {
  if (parts_.reload == RulesReload::off && !asked_) return;
  thread_ = std::thread([this] { run(); });
}

void RuleWatch::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RuleWatch::reload() {
  {
    std::lock_guard lock(mutex_);
    asked_ = true;
  }
  changed_.notify_all();
}

RuleWatchReport RuleWatch::report() const {
  std::lock_guard lock(mutex_);
  return report_;
}

bool RuleWatch::stopping() const {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void RuleWatch::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness);  // on Linux: of this thread alone
  while (!stopping()) {
    try {
      consider(wait());
    } catch (const std::exception& error) {
      spdlog::error("rules not loaded, the former ones stay in force: {}", error.what());
    }
  }
}

// Until it is time to look again; whether somebody asked.
bool RuleWatch::wait() {
  std::unique_lock lock(mutex_);
  auto called = [this] { return stopping_ || asked_; };
  parts_.reload == RulesReload::watch ? void(changed_.wait_for(lock, kRuleLookEvery, called))
                                      : changed_.wait(lock, called);
  return std::exchange(asked_, false);
}

void RuleWatch::consider(bool asked) {
  if (!asked && look_at(parts_.dir) == seen_) return;
  Unrest unrest{.said_after_us = parts_.clock.steady_us() + kRestlessUs};
  while (auto look = rested(unrest)) {
    Candidate candidate = read();
    if (candidate.look != *look) continue;              // they changed meanwhile
    if (candidate.rules && !test(candidate)) {          // or while they were tested, which once may happen
      if (!std::exchange(unrest.overtaken, true)) unrest.said_after_us = parts_.clock.steady_us() + kRestlessUs;
      continue;
    }
    seen_ = candidate.look;
    candidate.errors.empty() ? take(std::move(candidate)) : refuse(candidate);
    return;
  }
}

// A look at the files that was the same twice; nullopt: the end came first.
std::optional<std::string> RuleWatch::rested(Unrest& unrest) {
  std::string look = look_at(parts_.dir);
  while (true) {
    warn_of(unrest);
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, kRest, [this] { return stopping_; })) return std::nullopt;
    }
    std::string again = look_at(parts_.dir);
    if (again == look) return look;
    look = std::move(again);
  }
}

void RuleWatch::warn_of(Unrest& unrest) const {
  if (unrest.said || parts_.clock.steady_us() < unrest.said_after_us) return;
  unrest.said = true;
  spdlog::warn("the files of {} have changed again and again for 10 s; rules are loaded when they rest{}", parts_.dir,
               parts_.tests == RuleTestMode::off ? "" : " for as long as their tests take");
}

RuleWatch::Candidate RuleWatch::read() const {
  Candidate out;
  out.look = look_at(parts_.dir);
  auto source = read_rule_source(real(parts_.dir).string());
  if (!source) {
    out.errors.push_back(error_of(source.error().message));
    return out;
  }
  out.source = std::move(*source);
  auto rules = RuleSet::load(out.source, parts_.limits, &out.errors);
  if (look_at(parts_.dir) != out.look) out.look.clear();
  if (!rules && out.errors.empty()) out.errors.push_back(error_of(rules.error().message));
  if (rules && (*rules)->rules().empty() && live_rules_ > 0) {
    out.errors.push_back(error_of(fmt::format("load rules: {} has no rule at all, expected one at least", parts_.dir)));
  }
  if (out.errors.empty()) out.rules = std::move(*rules);
  return out;
}

// False: the files changed, or the end came, before the tests were done. What fails becomes an error of the set when
// that is to keep it out.
bool RuleWatch::test(Candidate& candidate) {
  if (parts_.tests == RuleTestMode::off) return true;
  spdlog::info("rules {} of {} are tested before they rule", brief(candidate.source.hash), parts_.dir);
  auto stopped = [&] { return stopping() || look_at(parts_.dir) != candidate.look; };
  auto outcome = parts_.test(real(parts_.dir).string(), stopped);
  if (stopped()) return false;
  RuleTestOutcome shown = outcome_of_version(std::move(outcome), candidate.source.hash);
  for (const RuleError& failure : shown.failures) {
    if (parts_.tests == RuleTestMode::block) {
      candidate.errors.push_back(failure);
    } else {
      spdlog::warn("rules {} are used although: {}", brief(candidate.source.hash), failure.message());
    }
  }
  std::lock_guard lock(mutex_);
  report_.tests = std::move(shown);
  return true;
}

void RuleWatch::take(Candidate candidate) {
  {
    std::lock_guard lock(mutex_);
    report_.refused.reset();
    if (candidate.source.hash != live_) ++report_.loads;
  }
  if (candidate.source.hash == live_) return spdlog::info("rules {} of {} are in force", brief(live_), parts_.dir);
  keep(candidate.source);
  live_ = candidate.source.hash;
  live_rules_ = candidate.rules->rules().size();
  spdlog::info("rules loaded from {}: {} rules, version {}", parts_.dir, live_rules_, brief(live_));
  parts_.adopt(std::move(candidate.rules));
}

void RuleWatch::refuse(const Candidate& candidate) {
  for (const RuleError& error : candidate.errors) {
    spdlog::error("rules not loaded, the former ones stay in force: {}", error.message());
  }
  std::lock_guard lock(mutex_);
  ++report_.refusals;
  report_.refused = RuleRefusal{candidate.source.hash, parts_.clock.now_ms(), candidate.errors};
}

void RuleWatch::keep(const RuleSource& source) const {
  auto saved = parts_.archive.save(source);
  if (!saved) spdlog::warn("{}", saved.error().message);
  parts_.archive.trim(limits::kRuleVersionsKept, parts_.named());
}

}  // namespace hookswitch::cli
