#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/nearest.h"
#include "engine/config/readers.h"

namespace hookswitch {
namespace {

bool is_web_url(const std::string& text) { return text.starts_with("https://") || text.starts_with("http://"); }

// "whsec_" says that base64 follows; anything else is taken as it stands.
bool is_secret(const std::string& text) {
  constexpr std::string_view kPrefix = "whsec_";
  if (!text.starts_with(kPrefix)) return true;
  std::string_view digits = std::string_view(text).substr(kPrefix.size());
  size_t end = std::min(digits.find('='), digits.size());
  bool padded = digits.substr(end) == "" || digits.substr(end) == "=" || digits.substr(end) == "==";
  bool known = std::ranges::all_of(digits.substr(0, end), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
  return padded && known && end > 1 && end % 4 != 1;
}

bool is_directory(const std::string& path) {
  std::error_code error;
  return path.ends_with('/') || std::filesystem::is_directory(path, error);
}

SinkConfig read_sink(Section section) {
  SinkConfig sink;
  section.read("file", sink.file);
  section.read("url", sink.url);
  section.read_secret("secret", sink.secret);
  section.read_size("rotate", limits::kKiB, sink.rotate_bytes);
  section.read_count("keep", 0, 1'000, sink.keep);
  if (sink.file.empty() == sink.url.empty()) section.error("file", "both or none of file and url", "one of them");
  if (is_directory(sink.file)) section.error("file", "the directory " + sink.file.substr(0, 200), "a file");
  if (!sink.url.empty() && !is_web_url(sink.url)) section.error("url", "something else", "an http or https URL");
  if (!is_secret(sink.secret)) section.error("secret", "something else", "base64 behind whsec_");
  for (const char* of_file : {"rotate", "keep"}) {
    if (!sink.url.empty() && section.has(of_file)) section.error(of_file, "it beside a url", "it with a file only");
  }
  if (!sink.file.empty() && section.has("secret")) section.error("secret", "it beside a file", "it with a url only");
  section.finish();
  return sink;
}

PaceConfig read_pace(Section section, const CallingConfig& calling) {
  PaceConfig pace{calling.concurrency, calling.per_second};
  section.read_count("concurrency", 1, 10'000, pace.concurrency);
  section.read_number("per_second", 0.001, 1'000, pace.per_second);
  section.finish();
  return pace;
}

// The stores below the data directory, and what a running engine keeps beside them.
bool is_engines_own(const std::string& file, const std::string& data_dir) {
  const auto below = std::filesystem::path(file).lexically_normal().lexically_relative(
      std::filesystem::path(data_dir).lexically_normal());
  const std::string first = below.empty() ? "" : below.begin()->string();
  return first == "log" || first == "state" || first == "blobs";
}

}  // namespace

void check_source(Section& section, const std::string& name, const std::vector<SourceConfig>& sources) {
  std::vector<std::string> known;
  for (const SourceConfig& source : sources) known.push_back(source.name);
  if (std::ranges::find(known, name) != known.end()) return;
  const std::string names = known.empty() ? "none" : fmt::format("{}", fmt::join(known, " "));
  section.error(name, "no source of this name", "one of " + names + suggestion(name, known));
}

void read_sinks(Section section, const std::string& data_dir, std::map<std::string, SinkConfig>& sinks) {
  std::map<std::string, std::string> writers;  // of each file
  for (const std::string& name : section.keys()) {
    if (!is_source_name(name)) {
      section.error(name, "\"" + name.substr(0, 80) + "\"", "a name of a-z 0-9 _ -");
      continue;
    }
    const std::string file = sinks.emplace(name, read_sink(section.section(name))).first->second.file;
    std::error_code error;
    const bool is_device = std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error);
    if (file.empty() || is_device) continue;
    if (is_engines_own(file, data_dir))
      section.error(name, "the file " + file.substr(0, 200), "one that is not the engine's own");
    auto [writer, alone] = writers.emplace(std::filesystem::path(file).lexically_normal(), name);
    if (!alone) section.error(name, "the file of " + writer->second, "a file for each sink, which rotates it");
  }
}

void read_outbound(Section section, Config& config) {
  OutboundConfig& outbound = config.outbound;
  section.read("proxy", outbound.proxy);
  section.read("ca_file", outbound.ca_file);
  section.read_duration("timeout", 100, outbound.timeout_ms);
  Section sources = section.section("sources");
  for (const std::string& name : sources.keys()) {
    check_source(sources, name, config.sources);
    outbound.sources.emplace(name, read_pace(sources.section(name), config.calling));
  }
  section.finish();
}

}  // namespace hookswitch
