#include "tests/unit/http/test_server.h"

#include <catch2/catch.hpp>

namespace hookswitch::test {
namespace {

class Collector final : public Receiver {
 public:
  Collector(TestHandler& handler, Request&& request, std::shared_ptr<Exchange> exchange, TestHandler::Answer answer)
      : handler_(handler), request_(std::move(request)), exchange_(std::move(exchange)), answer_(std::move(answer)) {}
  void on_body(std::string_view piece) override { body_ += piece; }
  void on_complete() override {
    ++handler_.completed;
    answer_(std::move(request_), std::move(body_), std::move(exchange_));
  }
  void on_abort() override { ++handler_.aborted; }

 private:
  TestHandler& handler_;
  Request request_;
  std::shared_ptr<Exchange> exchange_;
  TestHandler::Answer answer_;
  std::string body_;
};

void echo(Request&& request, const std::string& body, const std::shared_ptr<Exchange>& exchange) {
  exchange->respond({200, {{"Content-Type", "text/plain"}}, request.method + " " + request.target + " " + body});
}

}  // namespace

std::unique_ptr<Receiver> TestHandler::on_request(Request&& request, std::shared_ptr<Exchange> exchange) {
  ++requests;
  std::string path(request.path());
  if (auto start = starts_.find(path); start != starts_.end()) return start->second(std::move(request), exchange);
  auto answer = answers_.find(path);
  return std::make_unique<Collector>(*this, std::move(request), std::move(exchange),
                                     answer == answers_.end() ? Answer(echo) : answer->second);
}

TestServer::TestServer(ServerOptions given) : options(std::move(given)) {
  if (options.listeners.empty()) options.listeners.push_back({"127.0.0.1:0", false, "", ""});
  options.tick_ms = 10;
}

Server& TestServer::start() {
  auto started = Server::start(options, handler, clock_);
  if (!started) FAIL(started.error().message);
  server_ = std::move(*started);
  return *server_;
}

uint64_t TestServer::refused(const std::string& reason) const {
  auto refusals = server_->stats().refusals;
  return refusals.contains(reason) ? refusals.at(reason) : 0;
}

}  // namespace hookswitch::test
