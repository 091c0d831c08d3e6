#include "engine/http/server.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <thread>

#include "engine/http/loop.h"

namespace hookswitch {
namespace {

// Signals are for the main thread. SIGPIPE too: a TLS write to a gone client must be an error, not the end.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

class LoopServer final : public Server {
 public:
  LoopServer(std::shared_ptr<ServerState> state) : state_(std::move(state)) {}
  ~LoopServer() override;

  Status open();
  Status run();

  std::vector<uint16_t> ports() const override { return ports_; }
  Status reload_certificates() override;
  void stop_accepting() override;
  bool drain(int64_t max_ms) override;
  void post(size_t loop, std::function<void()> task) override;
  ServerStats stats() const override;

 private:
  Status open_listener_of_all_loops(const ListenerOptions& options);

  const std::shared_ptr<ServerState> state_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
  std::vector<std::shared_ptr<TlsContext>> certificates_;
  std::vector<uint16_t> ports_;
  bool drain_asked_ = false;
};

LoopServer::~LoopServer() {
  for (size_t i = 0; i < threads_.size(); ++i) {
    loops_[i]->mailbox()->post(Task([loop = loops_[i].get()] { loop->stop(); }));
  }
  for (std::thread& thread : threads_) thread.join();
}

Status LoopServer::open() {
  if (state_->options.threads < 1) return fail(Code::invalid, "start the server: {} threads", state_->options.threads);
  for (int i = 0; i < state_->options.threads; ++i) loops_.push_back(std::make_unique<Loop>(state_));
  for (const ListenerOptions& listener : state_->options.listeners) {
    if (auto opened = open_listener_of_all_loops(listener); !opened) return opened;
  }
  return {};
}

Status LoopServer::open_listener_of_all_loops(const ListenerOptions& options) {
  auto address = parse_address(options.address);
  if (!address) return std::unexpected(address.error());
  std::shared_ptr<TlsContext> tls;
  if (options.tls) {
    auto loaded = TlsContext::load(options.cert_file, options.key_file);
    if (!loaded) return std::unexpected(loaded.error());
    certificates_.push_back(tls = *loaded);
  }
  bool inherited = options.inherited_fd >= 0;
  if (!inherited) {
    if (auto unused = check_address_free(*address); !unused) return unused;
  }
  for (auto& loop : loops_) {
    auto socket = inherited ? share_listener(options.inherited_fd) : open_listener(*address);
    if (!socket) return std::unexpected(socket.error());
    // The first socket settles the port when the system was to choose it.
    getsockname(socket->fd(), address->get(), &address->size);
    loop->listen(std::move(*socket), inherited ? Acceptor::Ownership::shared : Acceptor::Ownership::own, tls);
  }
  ports_.push_back(address->port());
  if (inherited) close(options.inherited_fd);
  return {};
}

Status LoopServer::run() {
  for (auto& loop : loops_) {
    try {
      threads_.emplace_back([&loop] {
        block_signals();
        loop->run();
      });
    } catch (const std::system_error& error) {
      return fail(Code::io, "start a server thread: {}", error.what());
    }
  }
  return {};
}

Status LoopServer::reload_certificates() {
  Status out;
  for (auto& certificate : certificates_) {
    if (auto reloaded = certificate->reload(); !reloaded && out) out = reloaded;
  }
  return out;
}

void LoopServer::stop_accepting() {
  for (auto& loop : loops_) {
    loop->mailbox()->post(Task([loop = loop.get()] { loop->stop_accepting(); }));
  }
}

bool LoopServer::drain(int64_t max_ms) {
  if (!std::exchange(drain_asked_, true)) {
    for (auto& loop : loops_) {
      loop->mailbox()->post(Task([loop = loop.get()] { loop->drain(); }));
    }
  }
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, std::chrono::milliseconds(max_ms), [this] {
    return state_->draining_loops == loops_.size() && state_->open_connections == 0;
  });
}

void LoopServer::post(size_t loop, std::function<void()> task) {
  loops_.at(loop)->mailbox()->post(Task(std::move(task)));
}

ServerStats LoopServer::stats() const {
  ServerStats out;
  out.open_connections = state_->open_connections;
  out.open_streams = state_->open_streams.count();
  for (const auto& loop : loops_) {
    Counters& counters = loop->counters();
    out.connections += counters.connections;
    out.requests += counters.requests;
    for (size_t i = 0; i < counters.refusals.size(); ++i) {
      if (uint64_t count = counters.refusals[i]) out.refusals[name(static_cast<Refusal>(i))] += count;
    }
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler& handler, const Clock& clock) {
  auto server = std::make_unique<LoopServer>(std::make_shared<ServerState>(std::move(options), handler, clock));
  if (auto opened = server->open(); !opened) return std::unexpected(opened.error());
  if (auto running = server->run(); !running) return std::unexpected(running.error());
  return server;
}

}  // namespace hookswitch
