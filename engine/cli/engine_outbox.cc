// The outbox of the running engine: its client, its dispatcher, and what of the configuration they need.
#include <openssl/err.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>

#include "engine/base/owned.h"
#include "engine/base/small_file.h"
#include "engine/cli/engine.h"

namespace hookswitch::cli {
namespace {

constexpr size_t kCaFileBytes = 4 * limits::kMiB;

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

Status check_ca_file(const std::string& file) {
  if (file.empty()) return {};
  Owned<X509_STORE, X509_STORE_free> store(X509_STORE_new());
  const bool good = store != nullptr && read_small_file(file, kCaFileBytes) &&
                    X509_STORE_load_file(store.get(), file.c_str()) == 1;
  ERR_clear_error();
  if (good) return {};
  return fail(Code::invalid, "outbound.ca_file: found no certificates to read in {}, expected PEM", file);
}

Status Engine::open_outbox() {
  // What comes in is taken all the same.
  if (auto good = check_ca_file(config_.outbound.ca_file); !good)
    spdlog::error("{}; no request to a provider or sink can be made", good.error().message);
  HttpClientOptions options{.proxy = config_.outbound.proxy, .ca_file = config_.outbound.ca_file};
  options.may_send = [this] { return lock_->in_place(); };
  auto client = HttpClient::start(std::move(options));
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
                          .position = [this] { return processor_->status().position; },
                          .may_send = [this] { return lock_->in_place(); }};
  outbox_ = std::make_unique<Dispatcher>(std::move(parts), outbox_options(config_));
}

}  // namespace hookswitch::cli
