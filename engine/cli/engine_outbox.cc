// The outbox of the running engine: its client, its dispatcher, and what of the configuration they need.
#include "engine/cli/engine.h"

namespace hookswitch::cli {
namespace {

std::string base_url_of(const SourceConfig& source) {
  auto found = source.settings.find("api_base");
  return found != source.settings.end() && found->is_string() ? found->get<std::string>() : "";
}

OutboxOptions outbox_options(const Config& config) {
  OutboxOptions options{.public_url = config.public_url, .timeout_ms = config.outbound.timeout_ms};
  for (const SourceConfig& source : config.sources) {
    auto own = config.outbound.sources.find(source.name);
    PaceConfig pace{config.calling.concurrency, config.calling.per_second};
    if (own != config.outbound.sources.end()) pace = own->second;
    options.sources[source.name] = {base_url_of(source), pace.concurrency, pace.concurrency, pace.per_second};
  }
  for (const auto& [name, sink] : config.sinks)
    options.sinks[name] = {sink.file, sink.rotate_bytes, sink.keep, sink.url, sink.secret};
  return options;
}

}  // namespace

Status Engine::open_outbox() {
  auto client = HttpClient::start({.proxy = config_.outbound.proxy, .ca_file = config_.outbound.ca_file});
  if (!client) return std::unexpected(client.error());
  http_client_ = std::move(*client);
  return {};
}

void Engine::connect_outbox() {
  Dispatcher::Parts parts{.log = *log_,
                          .store = *store_,
                          .sources = sources_,
                          .answers = *answers_,
                          .http = *http_client_,
                          .metrics = metrics_,
                          .clock = clock_,
                          .position = [this] { return processor_->status().position; }};
  outbox_ = std::make_unique<Dispatcher>(std::move(parts), outbox_options(config_));
}

}  // namespace hookswitch::cli
