#include "engine/workbench/rule_tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/base/clock.h"
#include "engine/rules/rule_source.h"
#include "engine/workbench/scratch_dir.h"
#include "engine/workbench/test_script.h"
#include "engine/workbench/test_sources.h"

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = "_test.lua";

bool is_test(const fs::path& path) { return path.filename().string().ends_with(kSuffix); }

/// The test files of a folder and the folders below it, by name.
void find_tests(const fs::path& folder, std::vector<std::string>& out) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && is_test(entry.path())) out.push_back(entry.path().string());
  }
}

Result<std::vector<std::string>> test_files(const RuleTestOptions& options) try {
  std::vector<std::string> paths = options.paths;
  const std::string usual = options.rules_dir + "/tests";
  if (paths.empty() && fs::is_directory(usual)) paths.push_back(usual);
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    if (fs::is_directory(path)) {
      find_tests(path, out);
    } else if (fs::is_regular_file(path)) {
      out.push_back(path);
    } else {
      return fail(Code::not_found, "find rule tests: there is no file or folder {}", path);
    }
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
} catch (const fs::filesystem_error& error) {
  return fail(Code::io, "find rule tests: {}", error.what());
}

/// What tests may require: what rules share, and files of the tests' own folder that are no tests ("tests.given").
Result<LibraryFiles> library_of(const RuleSource& rules, const fs::path& folder) try {
  LibraryFiles out = rules.library;
  if (!fs::is_directory(folder)) return out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".lua" || is_test(entry.path())) continue;
    std::string name = fs::relative(entry.path(), folder).replace_extension().generic_string();
    std::ranges::replace(name, '/', '.');
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return fail(Code::io, "read {}: it cannot be read", entry.path().string());
    out["tests." + name] = text.str();
  }
  return out;
} catch (const fs::filesystem_error& error) {
  return fail(Code::io, "read what tests share: {}", error.what());
}

class Runner {
 public:
  Runner(const Providers& providers, const RuleTestOptions& options, std::string scratch_dir)
      : providers_(providers),
        options_(options),
        sources_(make_test_sources(providers, options.sources)),
        scratch_dir_(std::move(scratch_dir)) {
    for (const TestSourceSettings& source : options.sources) configured_.insert(source.name);
  }

  Result<RuleTestReport> run();

 private:
  void run_file(const std::string& file);
  RuleTestResult run_test(TestScript& script, const NamedTest& test, const std::string& file);
  bool wanted(const std::string& name) const { return name.find(options_.filter) != std::string::npos; }
  void add_coverage();

  const Providers& providers_;
  const RuleTestOptions& options_;
  const std::vector<std::shared_ptr<Source>> sources_;
  std::set<std::string> configured_;
  const SystemClock clock_;
  const std::string scratch_dir_;
  std::unique_ptr<Blobs> blobs_;
  RuleSource source_;
  LibraryFiles library_;
  LinesRun lines_run_;
  RuleTestReport report_;
};

Result<RuleTestReport> Runner::run() {
  auto source = read_rule_source(options_.rules_dir);
  if (!source) return std::unexpected(source.error());
  source_ = std::move(*source);
  auto first = RuleSet::load(source_, options_.limits);  // says what is wrong with the rules, once
  if (!first) return std::unexpected(first.error());
  report_.rules_version = (*first)->hash();
  auto library = library_of(source_, fs::path(options_.rules_dir) / "tests");
  if (!library) return std::unexpected(library.error());
  library_ = std::move(*library);
  auto blobs = Blobs::open(scratch_dir_ + "/blobs");
  if (!blobs) return std::unexpected(blobs.error());
  blobs_ = std::move(*blobs);
  auto files = test_files(options_);
  if (!files) return std::unexpected(files.error());
  for (const std::string& file : *files) run_file(file);
  if (options_.coverage) add_coverage();
  return std::move(report_);
}

void Runner::run_file(const std::string& file) {
  TestScript script(file, file, library_);
  if (auto loaded = script.load(); !loaded) {
    report_.results.push_back(loaded.error());
    return;
  }
  for (const NamedTest& test : script.tests()) {
    if (options_.stopped && options_.stopped()) return;
    if (wanted(test.name)) report_.results.push_back(run_test(script, test, file));
  }
}

// With rules of its own, so that what one test leaves behind in them is not there for the next.
RuleTestResult Runner::run_test(TestScript& script, const NamedTest& test, const std::string& file) {
  RuleTestResult result{.name = test.name, .file = file, .line = test.line};
  auto rules = RuleSet::load(source_, options_.limits, nullptr, options_.coverage ? &lines_run_ : nullptr);
  if (!rules) {
    result.failure = {rules.error().message};
    return result;
  }
  const std::string dir = fmt::format("{}/{}", scratch_dir_, report_.results.size());
  auto bench = RuleBench::open({providers_, sources_, options_.tenants, *blobs_, **rules, dir, configured_});
  if (!bench) {
    result.failure = {bench.error().message};
    return result;
  }
  const int64_t began_us = clock_.steady_us();
  result = script.run(test, **bench);
  result.us = clock_.steady_us() - began_us;
  return result;
}

void Runner::add_coverage() {
  auto add = [this](const std::string& file, const std::string& text) {
    auto lines = executable_lines(text, file);
    if (lines && !lines->empty()) report_.coverage.push_back(file_coverage(file, *lines, lines_run_[file]));
  };
  for (const auto& [file, text] : source_.rules) add(file, text);
  for (const auto& [module, text] : source_.library) add(library_path(module), text);
}

}  // namespace

size_t RuleTestReport::passed() const { return results.size() - failed(); }

size_t RuleTestReport::failed() const {
  return static_cast<size_t>(std::ranges::count_if(results, [](const auto& one) { return !one.failure.empty(); }));
}

Result<RuleTestReport> run_rule_tests(const Providers& providers, const RuleTestOptions& options) {
  auto scratch = ScratchDir::make(fs::temp_directory_path().string(), "hookswitch-tests-");
  if (!scratch) return std::unexpected(scratch.error());
  return Runner(providers, options, scratch->path()).run();
}

}  // namespace hookswitch
