#include "engine/cli/engine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <unordered_map>

#include "engine/api/auth.h"
#include "engine/backup/restore.h"
#include "engine/base/hash.h"
#include "engine/base/owner.h"
#include "engine/cli/key_pin.h"
#include "engine/fsck/fsck.h"
#include "engine/fsck/state_rows.h"
#include "engine/state/position.h"
#include "engine/workbench/configured.h"
#include "engine/workbench/state_swap.h"

namespace hookswitch::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kRecordsLookedBack = 2'000;

Response response_of(Answer answer) {
  Response response;
  response.status = answer.status;
  response.headers = {{"Content-Type", std::move(answer.content_type)}};
  response.body = std::move(answer.body);
  return response;
}

/// One for each socket that was handed over, else one of our own.
void add_listeners(ListenerOptions listener, const std::vector<int>& inherited, ServerOptions& to) {
  for (int fd : inherited) {
    listener.inherited_fd = fd;
    to.listeners.push_back(listener);
  }
  if (inherited.empty()) to.listeners.push_back(std::move(listener));
}

/// A socket that nobody serves would take connections and leave them hanging. On one without an IP address clients
/// could not be told apart, and the other verbs would not find the engine. One that others can reach is held to what
/// an address in the configuration is held to.
Status check_sockets(const Config& config, const InheritedSockets& sockets) {
  auto refuse = [](const std::string& name, const char* expected) {
    return fail(Code::invalid, "take over the service manager's sockets: found one named \"{}\", expected {}", name,
                expected);
  };
  if (!sockets.unknown.empty()) return refuse(sockets.unknown.front(), "http or https (FileDescriptorName=)");
  if (!sockets.http.empty() && config.listen.http.empty()) return refuse("http", "none, for listen.http is off");
  if (!sockets.https.empty() && !config.listen.https) return refuse("https", "none without listen.https");
  for (const std::vector<int>* fds : {&sockets.http, &sockets.https}) {
    if (std::ranges::all_of(*fds, has_ip)) continue;
    return fail(Code::invalid,
                "take over the service manager's sockets: found one named \"{}\" that is a path or another kind of "
                "socket, expected an IP address and port such as ListenStream=127.0.0.1:8080",
                fds == &sockets.http ? "http" : "https");
  }
  for (int fd : sockets.http) {
    const std::string where = open_to_others(fd);
    if (where.empty() || config.listen.insecure) continue;
    return fail(Code::invalid,
                "take over the service manager's sockets: found one for http at {}, which others can reach without "
                "TLS, expected an address of this machine alone such as 127.0.0.1:8080, or one named \"https\"; if it "
                "has to be, say `insecure: true` in listen",
                where);
  }
  return {};
}

ServerOptions server_options(const Config& config, const InheritedSockets& sockets) {
  ServerOptions options;
  if (!config.listen.http.empty()) add_listeners({.address = config.listen.http}, sockets.http, options);
  if (const auto& https = config.listen.https) {
    add_listeners({.address = https->address, .tls = true, .cert_file = https->cert, .key_file = https->key},
                  sockets.https, options);
  }
  options.threads = config.listen.threads;
  options.headers = security_headers(false);
  options.tls_headers = security_headers(true);
  options.connections_max = config.limits.connections;
  options.streams_max = config.limits.streams;
  options.body_bytes_max = config.limits.body_bytes;
  return options;
}

/// Where this machine reaches who listens on `address`.
std::string own_url(const std::string& scheme, const std::string& address, uint16_t port) {
  std::string host = address.substr(0, address.rfind(':'));
  if (host.empty() || host == "0.0.0.0") host = "127.0.0.1";
  return fmt::format("{}://{}:{}", scheme, host, port);
}

/// For the eyes of its owner alone; whoever reads it meanwhile finds the old text or the new.
Status replace_private(const std::string& file, const std::string& text) {
  std::string fresh = file + ".new";
  int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0)
    return fail(Code::io, "write {}: {}", file, std::strerror(errno));
  return {};
}

// Behind an older log nothing would ever be processed: the state is past what arrives. Behind an older state, or none,
// what people asked for would be forgotten, and whom it held would be rung.
Status check_one_past(const Log& log, const Store& store) {
  auto reader = store.read();
  if (!reader) return std::unexpected(reader.error());
  const uint64_t position = read_position(**reader);
  auto reached = check_log_reaches(position, log.last_seq());
  if (reached) reached = check_state_reaches(position, log.stats());
  return reached ? reached : wrap(reached.error(), "open the log");
}

// A new directory is only safe once the one that names it is on disk.
void sync_parent(const std::string& dir) {
  std::error_code ignored;
  int fd = ::open(fs::absolute(dir, ignored).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);  // where it cannot be done, nothing can be done about it
  ::close(fd);
}

}  // namespace

Result<DataLock> DataLock::take(const std::string& data_dir) {
  std::error_code error;
  if (fs::create_directories(data_dir, error)) sync_parent(data_dir);
  std::string file = data_dir + "/LOCK";
  int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Code::io, "open {}: {}; the data directory must be writable", file, std::strerror(errno));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(Code::conflict, "lock {}: another engine uses this data directory", file);
  }
  DataLock lock(fd, file);
  if (auto given = give_to_owner_of(data_dir, file); !given) return std::unexpected(given.error());
  return lock;
}

DataLock::DataLock(DataLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)), file_(std::move(other.file_)) {}

DataLock::~DataLock() {
  if (fd_ >= 0) ::close(fd_);
}

bool DataLock::in_place() const {
  struct stat held{}, found{};
  if (::fstat(fd_, &held) != 0) return true;
  if (::stat(file_.c_str(), &found) != 0) return errno != ENOENT && errno != ENOTDIR;
  return held.st_dev == found.st_dev && held.st_ino == found.st_ino;
}

LogOptions log_options(const Config& config) {
  LogOptions options;
  options.dir = config.data_dir + "/log";
  options.blob_dir = config.data_dir + "/blobs";
  options.map_bytes_max = config.limits.map_log_bytes;
  options.keep_ms = config.retention.log_ms;
  options.keep_bytes = config.retention.log_bytes;
  options.keys = config.encryption;
  return options;
}

Engine::~Engine() { stop(); }

Status Engine::start() {
  if (auto fit = check_sockets(config_, sockets_); !fit) return fit;
  for (auto step : {&Engine::open_access, &Engine::open_stores, &Engine::load_plugins, &Engine::load_rules,
                    &Engine::open_doctor, &Engine::open_outbox}) {
    if (auto done = (this->*step)(); !done) return done;
  }
  connect();
  processor_->start();
  rule_watch_->start();
  outbox_->start();
  syncs_->start();
  recordings_->start();
  erasures_->start();
  if (auto done = listen(); !done) return done;
  let_cli_in();
  return {};
}

Status Engine::open_stores() {
  auto lock = DataLock::take(config_.data_dir);
  if (!lock) return std::unexpected(lock.error());
  lock_ = std::make_unique<DataLock>(std::move(*lock));
  if (auto settled = settle_restore(config_.data_dir); !settled) return settled;
  if (auto settled = settle_state(config_.data_dir); !settled) return settled;
  if (auto fit = check_at_start(config_.data_dir); !fit) return fit;
  reserve_ = std::make_unique<DiskReserve>(DiskReserve::Options{.file = config_.data_dir + "/reserve"}, clock_);
  auto blobs = Blobs::open(config_.data_dir + "/blobs", config_.encryption);
  if (!blobs) return std::unexpected(blobs.error());
  blobs_ = std::move(*blobs);
  StoreOptions options{.dir = config_.data_dir + "/state", .keys = config_.encryption};
  if (config_.limits.map_state_bytes != 0) options.map_bytes_max = config_.limits.map_state_bytes;
  auto store = Store::open(options, clock_);
  if (!store) return std::unexpected(store.error());
  store_ = std::move(*store);
  LogOptions log_settings = log_options(config_);
  log_settings.in_place = [this] { return lock_->in_place(); };
  log_settings.holds_blob = [this](std::string_view blob) { return holds_blob(blob); };
  auto log = Log::open(std::move(log_settings), clock_);
  if (!log) return std::unexpected(log.error());
  log_ = std::move(*log);
  return check_one_past(*log_, *store_);
}

Status Engine::load_plugins() {
  std::vector<std::string> loaded;
  for (const LoadOutcome& plugin : hookswitch::load_plugins(config_.plugins, providers_)) {
    if (plugin.refused.empty()) loaded.push_back(plugin.provider);
    if (!plugin.refused.empty()) spdlog::error("plugin refused: {}", plugin.refused);
  }
  for (const std::string& line : isolation_of_nobody(config_, loaded)) spdlog::warn("{}", line);
  source_settings_ = config_.sources;
  read_ = fingerprints_of(config_.file);
  make_sources();
  return {};
}

// A source whose plugin is not there yet is made when the plugin is dropped in; one whose settings are wrong never.
void Engine::make_sources() {
  for (const SourceConfig& source : source_settings_) {
    intake_metrics_.expect(source.name);
    if (sources_.find(source.name)) continue;
    auto made = providers_.create_source(source.name, source.provider, dump(source.settings));
    if (made) {
      spdlog::info("source {} is served by provider {}", source.name, source.provider);
      sources_.put(*made);
      intake_metrics_.guard().watch(source.name, (*made)->disable_rule(), last_delivery_ms(source.name));
    } else {
      spdlog::error("{}: {}", config_.place(source.line), made.error().message);
    }
  }
}

// Whether its plugin is loaded or not.
bool Engine::is_configured(std::string_view source) const {
  return std::ranges::find(config_.sources, source, &SourceConfig::name) != config_.sources.end();
}

// Of what the log kept lately; a start does not search for long.
std::optional<int64_t> Engine::last_delivery_ms(const std::string& source) const {
  std::optional<int64_t> newest;
  auto looked = log_->read_backwards(0, kRecordsLookedBack, [&](const RecordView& record) {
    if (record.kind == RecordKind::delivery && record.source == source) newest = record.time_ms;
    return !newest;
  });
  if (!looked) spdlog::warn("look for the last delivery of {}: {}", source, looked.error().message);
  return newest;
}

void Engine::connect() {
  directory_ = directory_of(config_);
  for (const RouteConfig& route : config_.routes) routes_.add(route.path, {route.source, route.kind});
  answers_ = std::make_unique<Answers>(clock_);
  decoder_ = std::make_unique<Decoder>(sources_, *blobs_);
  commands_ = std::make_unique<CommandLog>(*log_, clock_, [this](uint64_t seq, int64_t deadline_us, auto then) {
    answers_->wait(seq, deadline_us, [then = std::move(then)](std::optional<Answer> answer) {
      then(answer ? std::optional(response_of(std::move(*answer))) : std::nullopt);
    });
  });
  cli_token_ = new_token_secret();
  api_ = std::make_unique<Api>(api_parts());
  Processor::Parts parts{.log = *log_,
                         .store = *store_,
                         .decoder = *decoder_,
                         .directory = directory_,
                         .answers = *answers_,
                         .metrics = process_metrics_,
                         .clock = clock_,
                         .on_commit =
                             [this](uint64_t) {
                               api_->wake();
                               outbox_->wake();
                               syncs_->wake();
                               recordings_->wake();
                               erasures_->wake();
                             },
                         .remember_ms = config_.retention.log_ms,
                         .keep_traces = config_.trace.keep,
                         .configured = [this](std::string_view source) { return is_configured(source); }};
  processor_ = std::make_unique<Processor>(std::move(parts), std::move(first_rules_));
  connect_outbox();
  connect_syncs();
  connect_erasures();
  connect_recordings();
  IngestOptions options{.public_url = config_.public_url, .reply_deadline_ms = config_.limits.reply_deadline_ms};
  options.rates = rates_.get();
  options.on_refused = [this](Delivery& delivery, const Verdict& verdict) {
    if (!data_gone_) doctor_->saw(delivery, verdict);
  };
  options.configured = [this](std::string_view source) { return is_configured(source); };
  options.disk_low = [this] { return reserve_->low(); };
  options.data_gone = [this] { return data_gone_.load(); };
  if (uint64_t lag = config_.limits.lag_records; lag != 0) {
    options.accepting = [this, lag] { return log_->last_seq() - processor_->status().position <= lag; };
  }
  ingest_ = std::make_unique<Ingest>(std::move(options), routes_, sources_, *log_, *blobs_, *answers_, intake_metrics_,
                                     clock_);
  front_ = std::make_unique<Front>(*ingest_, *api_, trusted_proxies());
  metrics_.before_text([this] { export_metrics(); });
}

Status Engine::listen() {
  auto server = Server::start(server_options(config_, sockets_), *front_, clock_);
  if (!server) return std::unexpected(server.error());
  server_ = std::move(*server);
  heartbeat_ = std::make_unique<Heartbeat>(*server_, static_cast<size_t>(config_.listen.threads));
  return {};
}

// Written last: who sees it finds a listening engine. Of https also the key by which it is known.
Status Engine::write_cli_token() {
  const std::string file = config_.data_dir + "/cli.token";
  const uint16_t port = server_->ports().front();
  if (!config_.listen.http.empty()) {
    return replace_private(file, fmt::format("{}\n{}\n", own_url("http", config_.listen.http, port), cli_token_));
  }
  auto pin = key_pin(config_.listen.https->cert);
  if (!pin) return std::unexpected(pin.error());
  const std::string url = own_url("https", config_.listen.https->address, port);
  return replace_private(file, fmt::format("{}\n{}\n{}\n", url, cli_token_, *pin));
}

// A full disk must not keep the engine from starting: a start is what may free some of it.
void Engine::let_cli_in() {
  if (cli_let_in_ || !lock_->in_place()) return;  // another engine's token may lie there
  auto written = write_cli_token();
  cli_let_in_ = written.has_value();
  if (!written && cli_said_.is_news(written.error().message))
    spdlog::warn("{}; verbs that ask this engine are not let in until it can be written", written.error().message);
}

void Engine::look_for_plugins() {
  bool came = false;
  std::string unreadable;
  for (const LoadOutcome& plugin : providers_.rescan()) {
    if (plugin.file == config_.plugins.dir) {
      unreadable = plugin.refused;
    } else if (plugin.refused.empty()) {
      spdlog::info("plugin loaded: {} {}", plugin.provider, plugin.version);
      came = true;
    } else {
      spdlog::error("plugin refused: {}", plugin.refused);
    }
  }
  if (plugins_said_.is_news(unreadable)) {
    unreadable.empty() ? spdlog::info("plugins.dir can be read again")
                       : spdlog::error("plugins.dir cannot be read: {}; what is loaded stays", unreadable);
  }
  if (came) make_sources();
}

void Engine::look_at_data_dir() {
  const bool gone = !lock_->in_place();
  if (data_gone_.exchange(gone) == gone) return;
  gone ? spdlog::error("{} was removed or replaced while in use: what arrives is refused with 503, nothing is sent",
                       config_.data_dir)
       : spdlog::info("{} is back: what arrives is taken, what is due is sent", config_.data_dir);
}

void Engine::tick() {
  look_at_data_dir();
  let_cli_in();
  look_for_plugins();
  reload_keys();
  intake_rate_.look(log_->last_seq(), clock_.steady_us());
  progress_.look(processor_->status().position, log_->last_seq(), clock_.steady_us());
  const std::string said = data_gone_ ? "" : reserve_->tend();  // where ours was, another's may be
  if (!said.empty()) spdlog::warn("{}", said);
}

void Engine::reload() {
  reload_config();
  if (config_.rules.reload != RulesReload::off) rule_watch_->reload();
  outbox_->forgive();
  if (auto done = server_->reload_certificates(); !done) {
    spdlog::error("certificates not reloaded: {}", done.error().message);
  } else {
    cli_let_in_ = false;  // a new certificate may have a new key
    let_cli_in();
  }
}

void Engine::stop() {
  if (server_) server_->drain(limits::kDrainMs);
  if (api_) api_->stop();
  if (rule_watch_) rule_watch_->stop();
  if (syncs_) syncs_->stop();
  if (recordings_) recordings_->stop();
  if (erasures_) erasures_->stop();
  if (outbox_) outbox_->stop();
  if (log_) log_->stop();
  if (processor_) processor_->stop();
  heartbeat_.reset();
  server_.reset();
  if (lock_ && lock_->in_place()) {
    std::error_code ignored;
    fs::remove(config_.data_dir + "/cli.token", ignored);
  }
}

}  // namespace hookswitch::cli
