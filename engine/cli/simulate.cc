// `hookswitch simulate`: makes up calls and sends what the providers would send about them.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <random>

#include "engine/base/clock.h"
#include "engine/base/time_text.h"
#include "engine/cli/interrupted.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/cli/sources.h"
#include "engine/config/units.h"
#include "engine/fixtures/fixture_file.h"
#include "engine/simulator/sender.h"

namespace hookswitch::cli {
namespace {

constexpr int64_t kCallsMax = 100'000'000;
constexpr int kConnectionsMax = 1'000;
constexpr int64_t kFilesMax = 100'000;       // of --out
constexpr int64_t kAudioBytesMax = 1 << 24;  // of one call
// Where a seed's calls begin when nothing else is said, so that the seed alone says what is sent.
constexpr const char* kSeededStart = "2026-01-05T08:00:00Z";

struct SimulateChoice {
  std::vector<std::string> sources;
  std::string url, out, start, over = "1d", seed, duplicate = "0%", drop = "0%", audio = "0B";
  uint64_t calls = 100;
  double rate = 0;
  int connections = 32;
  bool reorder = false;
};

Result<double> share_of(const std::string& option, std::string text) {
  if (text.ends_with('%')) text.pop_back();
  double percent = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc() || end != text.data() + text.size() || !(percent >= 0 && percent <= 100)) {
    return fail(Code::invalid, "{}: found {}, expected 0% to 100%", option, text);
  }
  return percent / 100;
}

Result<uint64_t> seed_of(const std::string& text) {
  if (text.empty()) return std::random_device{}();
  uint64_t seed = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Code::invalid, "--seed: found {}, expected a whole number", text);
  }
  return seed;
}

/// A time, or how long ago. Without either: a fixed day where a seed was given, else so that the last calls are now.
Result<int64_t> start_of(const SimulateChoice& options, int64_t over_ms) {
  std::string text = options.start;
  if (text.empty() && !options.seed.empty()) text = kSeededStart;
  int64_t now_ms = SystemClock().now_ms();
  if (text.empty()) return now_ms - over_ms;
  if (auto at = parse_rfc3339(text)) return *at;
  if (auto ago = parse_duration_ms(text)) return now_ms - *ago;
  return fail(Code::invalid, "--start: found {}, expected a time such as {} or how long ago, such as 1d", text,
              kSeededStart);
}

bool of_one(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<SimulatedTenant> tenants_of(const Config& config, const std::vector<std::string>& sources) {
  std::vector<SimulatedTenant> out;
  for (const TenantConfig& tenant : config.tenants) {
    SimulatedTenant simulated{"agent_simulated", tenant.numbers.empty() ? "+12125550199" : tenant.numbers.front()};
    for (const auto& [source, agent] : tenant.agents) {
      if (of_one(sources, source)) simulated.agent_id = agent;
    }
    out.push_back(std::move(simulated));
  }
  return out;
}

Result<SimulatorOptions> simulator_options(const Config& config, const SimulateChoice& options) {
  auto seed = seed_of(options.seed);
  auto duplicate = share_of("--duplicate", options.duplicate), drop = share_of("--drop", options.drop);
  for (const auto* share : {&duplicate, &drop}) {
    if (!*share) return std::unexpected(share->error());
  }
  if (!seed) return std::unexpected(seed.error());
  auto over_ms = parse_duration_ms(options.over);
  if (!over_ms || *over_ms < 0)
    return fail(Code::invalid, "--over: found {}, expected a duration such as 1d", options.over);
  auto start_ms = start_of(options, *over_ms);
  if (!start_ms) return std::unexpected(start_ms.error());
  auto audio = parse_size_bytes(options.audio);
  if (!audio || static_cast<int64_t>(*audio) > kAudioBytesMax) {
    return fail(Code::invalid, "--audio: found {}, expected a size up to 16MiB", options.audio);
  }
  SimulatorOptions out{.seed = *seed, .calls = options.calls, .start_ms = *start_ms, .span_ms = *over_ms};
  out.duplicate = *duplicate;
  out.drop = *drop;
  out.reorder = options.reorder;
  out.stories.tenants = tenants_of(config, options.sources);
  out.stories.audio_bytes = static_cast<int64_t>(*audio);
  return out;
}

std::string statuses(const SendSummary& summary) {
  std::string out;
  for (const auto& [status, count] : summary.by_status) {
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", status == 0 ? "no answer" : std::to_string(status), count);
  }
  return out;
}

double per_second(const SendSummary& summary) {
  return static_cast<double>(summary.sent) * 1e6 / static_cast<double>(std::max<int64_t>(summary.took_us, 1));
}

bool show_progress(const SendSummary& summary) {
  if (::isatty(STDERR_FILENO) != 0) {
    fmt::print(stderr, "\r{} sent ({}), {:.0f}/s  ", summary.sent, statuses(summary), per_second(summary));
  }
  return !interrupted();
}

void print_summary(const Context& context, const SimulatorOptions& simulated, const SendSummary& summary) {
  std::string start = rfc3339(simulated.start_ms);
  if (context.json) {
    Json statuses = Json::object();
    for (const auto& [status, count] : summary.by_status) statuses[std::to_string(status)] = count;
    print_json({{"seed", simulated.seed},
                {"start", start},
                {"calls", simulated.calls},
                {"sent", summary.sent},
                {"duplicates", summary.duplicates},
                {"by_status", statuses},
                {"retries", summary.retries},
                {"seconds", static_cast<double>(summary.took_us) / 1e6},
                {"per_second", per_second(summary)},
                {"p50_ms", static_cast<double>(summary.p50_us) / 1e3},
                {"p99_ms", static_cast<double>(summary.p99_us) / 1e3}});
    return;
  }
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r");
  fmt::print("{} deliveries about {} calls ({} on purpose a second time), {} sent again after 503\n", summary.sent,
             simulated.calls, summary.duplicates, summary.retries);
  fmt::print("answers: {}\n", summary.sent == 0 ? "none" : statuses(summary));
  fmt::print("{:.1f} s, {:.0f}/s; answered within {:.1f} ms (median), {:.1f} ms (99 of 100)\n",
             static_cast<double>(summary.took_us) / 1e6, per_second(summary), static_cast<double>(summary.p50_us) / 1e3,
             static_cast<double>(summary.p99_us) / 1e3);
  fmt::print("the same again: --seed {} --start {}\n", simulated.seed, start);
}

int send_live(const Context& context, const Config& config, const SimulateChoice& options,
              const SimulatorOptions& simulated, Simulation& simulation) {
  auto address = options.url.empty() ? default_address(config) : EngineAddress{options.url, ""};
  if (!address) return report(address.error());
  std::string base = address->base_url;
  while (base.ends_with('/')) base.pop_back();
  SenderOptions sender{.base_url = base, .public_url = config.public_url, .connections = options.connections};
  sender.key_pin = address->key_pin;
  sender.per_second = options.rate;
  catch_interrupts();
  auto summary = send_all(simulation, sender, show_progress);
  if (!summary) return report(summary.error());
  print_summary(context, simulated, *summary);
  return summary->all_accepted() && !interrupted() ? kDone : kFailed;
}

std::string content_type_of(const SimulatedDelivery& delivery) {
  for (const auto& [name, value] : delivery.headers) {
    if (name == "content-type") return value;
  }
  return "";
}

/// Of two simulations in one directory nobody could tell the files apart.
Status check_free(const std::string& dir) {
  std::error_code none;
  if (!std::filesystem::exists(dir, none) || std::filesystem::is_empty(dir, none)) return {};
  return fail(Code::conflict, "write to {}: something is there, expected a new or an empty directory", dir);
}

/// Numbered files in the order in which they would be sent.
int write_files(const Context& context, const SimulateChoice& options, Simulation& simulation) {
  if (auto free = check_free(options.out); !free) return report(free.error());
  int64_t written = 0;
  for (;; ++written) {
    auto next = simulation.next();
    if (!next) return report(next.error());
    if (!*next) break;
    if (written == kFilesMax) {
      return report(
          {Code::too_large, fmt::format("write to {}: found more than {} deliveries", options.out, kFilesMax)});
    }
    SimulatedDelivery& delivery = **next;
    Fixture fixture{delivery.source,           delivery.kind,    content_type_of(delivery), delivery.path,
                    std::move(delivery.query), delivery.time_ms, std::move(delivery.body)};
    std::string name =
        fmt::format("{:06}-{}{}{}", written + 1, delivery.source, delivery.kind.empty() ? "" : "-", delivery.kind);
    if (auto file = write_fixture(options.out, name, fixture); !file) return report(file.error());
  }
  if (context.json) return print_json({{"written", written}, {"dir", options.out}});
  fmt::print("{} deliveries in {}\n", written, options.out);
  return kDone;
}

int simulate_calls(const Context& context, const SimulateChoice& options) {
  ConfigReading reading = load_config(config_path(context));
  for (const std::string& line : reading.errors) fmt::print(stderr, "{}\n", line);
  if (!reading.ok()) return kFailed;
  auto simulated = simulator_options(reading.config, options);
  if (!simulated) {
    report(simulated.error());
    return kBadUsage;
  }
  Providers providers;
  auto sources = open_sources(reading.config, providers, options.sources);
  if (!sources) return report(sources.error());
  auto simulation = Simulation::create(*simulated, {sources->begin(), sources->end()});
  if (!simulation) return report(simulation.error());
  if (!options.out.empty()) return write_files(context, options, *simulation);
  return send_live(context, reading.config, options, *simulated, *simulation);
}

}  // namespace

void add_simulate(Verb& program, const Context& context) {
  auto options = std::make_shared<SimulateChoice>();
  auto verb = program.add_verb("simulate", "make up calls and send what the providers would, signed");
  verb.add_option("sources", options->sources, "sources of the configuration; all of them speak about the same calls")
      .required()
      .delimiter(',');
  verb.add_option("--calls", options->calls, "how many").in_range(1, kCallsMax);
  verb.add_option("--rate", options->rate, "deliveries a second; 0: as fast as they are answered").not_negative();
  verb.add_option("--connections", options->connections, "deliveries under way at once; 1 keeps their order")
      .in_range(1, kConnectionsMax);
  verb.add_option("--duplicate", options->duplicate, "share of deliveries that come twice, such as 3%");
  verb.add_option("--drop", options->drop, "share of deliveries that never come");
  verb.add_flag("--reorder", options->reorder, "one delivery in three comes late, behind others");
  verb.add_option("--audio", options->audio, "size of each call's recorded sound, where the provider sends it");
  verb.add_option("--seed", options->seed, "the same seed gives the same traffic; by default another each time");
  verb.add_option("--start", options->start, "when the first call begins: a time, or how long ago, such as 1d");
  verb.add_option("--over", options->over, "how long the calls are spread over");
  verb.add_option("--url", options->url, "another engine's address; by default the running engine");
  verb.add_option("--out", options->out, "write the deliveries to this directory instead of sending them");
  verb.footer("Example: hookswitch simulate twilio,elevenlabs --calls 200 --duplicate 3% --reorder --seed 7");
  verb.runs([&context, options] { return simulate_calls(context, *options); });
}

}  // namespace hookswitch::cli
