#include "engine/workbench/test_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace hookswitch {
namespace {

constexpr double kMicrosPerSecond = 1e6;

std::string failure_text(const RuleTestResult& result) {
  std::string out = fmt::format("FAILED  {}\n  {}:{}\n", result.name, result.file, result.line);
  for (const std::string& line : result.failure) out += fmt::format("    {}\n", line);
  return out;
}

double percent(size_t part, size_t whole) {
  return whole == 0 ? 100 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string coverage_text(const std::vector<FileCoverage>& coverage) {
  size_t width = 5;
  FileCoverage all{"total", 0, 0, {}};
  for (const FileCoverage& one : coverage) {
    width = std::max(width, one.file.size());
    all.lines += one.lines;
    all.run += one.run;
  }
  std::string out;
  auto add = [&](const FileCoverage& one) {
    std::string missed = one.missed.empty() ? "" : "  not run: " + line_ranges(one.missed);
    out += fmt::format("{:<{}}  {:>5.1f} %  {:>4} of {:>4} lines{}\n", one.file, width, percent(one.run, one.lines),
                       one.run, one.lines, missed);
  };
  for (const FileCoverage& one : coverage) add(one);
  add(all);
  return out;
}

constexpr std::string_view kNoCharacter = "\xEF\xBF\xBD";  // U+FFFD

/// As JSON writes it: bytes that are no UTF-8 become U+FFFD, and so do U+FFFE and U+FFFF, which XML does not know.
std::string utf8(const std::string& text) {
  std::string out = parse_json(dump(Json(text))).get<std::string>();
  for (std::string_view none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (size_t at = out.find(none); at != std::string::npos; at = out.find(none, at)) {
      out.replace(at, none.size(), kNoCharacter);
    }
  }
  return out;
}

std::string xml(const std::string& text) {
  std::string out;
  for (char c : utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return out;
}

std::string junit_case(const RuleTestResult& result) {
  std::string out = fmt::format("    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6f}\"",
                                xml(result.name), xml(result.file), xml(result.file), result.line,
                                static_cast<double>(result.us) / kMicrosPerSecond);
  if (result.failure.empty()) return out + "/>\n";
  return out + fmt::format(">\n      <failure message=\"{}\">{}:{}\n{}</failure>\n    </testcase>\n",
                           xml(result.failure.front()), xml(result.file), result.line,
                           xml(fmt::format("{}", fmt::join(result.failure, "\n"))));
}

}  // namespace

std::string text_of(const RuleTestReport& report) {
  std::string out;
  for (const RuleTestResult& result : report.results) {
    if (!result.failure.empty()) out += failure_text(result);
  }
  if (!report.coverage.empty()) out += coverage_text(report.coverage);
  return out + fmt::format("{} passed, {} failed\n", report.passed(), report.failed());
}

Json to_json(const RuleTestReport& report) {
  Json out{{"passed", report.passed()},
           {"failed", report.failed()},
           {"rules_version", report.rules_version},
           {"tests", Json::array()}};
  for (const RuleTestResult& result : report.results) {
    out["tests"].push_back({{"name", result.name},
                            {"file", result.file},
                            {"line", result.line},
                            {"us", result.us},
                            {"passed", result.failure.empty()},
                            {"failure", result.failure}});
  }
  for (const FileCoverage& one : report.coverage) {
    out["coverage"].push_back({{"file", one.file}, {"lines", one.lines}, {"run", one.run}, {"not_run", one.missed}});
  }
  return out;
}

std::string junit_of(const RuleTestReport& report) {
  std::map<std::string, std::vector<const RuleTestResult*>> files;
  for (const RuleTestResult& result : report.results) files[result.file].push_back(&result);
  std::string out =
      fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{}\">\n",
                  report.results.size(), report.failed());
  for (const auto& [file, results] : files) {
    auto failed = std::ranges::count_if(results, [](const auto* one) { return !one->failure.empty(); });
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n", xml(file), results.size(), failed);
    for (const RuleTestResult* result : results) out += junit_case(*result);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace hookswitch
