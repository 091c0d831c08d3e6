// A server on a port of its own with a handler that tests can steer.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/base/clock.h"
#include "engine/http/server.h"

namespace hookswitch::test {

/// Answers with a function; "/..." paths without one are echoed: method, target and body.
class TestHandler final : public Handler {
 public:
  using Answer = std::function<void(Request&&, std::string body, std::shared_ptr<Exchange>)>;
  using Start = std::function<std::unique_ptr<Receiver>(Request&&, std::shared_ptr<Exchange>)>;

  /// At the end of the body. Before the server is used.
  void on(const std::string& path, Answer answer) { answers_[path] = std::move(answer); }
  /// At the end of the headers. Before the server is used.
  void at_head(const std::string& path, Start start) { starts_[path] = std::move(start); }
  std::unique_ptr<Receiver> on_request(Request&& request, std::shared_ptr<Exchange> exchange) override;

  std::atomic<int> requests{0}, completed{0}, aborted{0};

 private:
  std::map<std::string, Answer> answers_;
  std::map<std::string, Start> starts_;
};

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {});
  TestHandler handler;
  /// Starts with what the handler and options then are. Call once.
  Server& start();
  Server& operator*() { return *server_; }
  Server* operator->() { return server_.get(); }
  uint16_t port() const { return server_->ports().at(0); }
  uint64_t refused(const std::string& reason) const;
  void stop() { server_.reset(); }

  ServerOptions options;

 private:
  SystemClock clock_;
  std::unique_ptr<Server> server_;
};

}  // namespace hookswitch::test
