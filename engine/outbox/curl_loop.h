// libcurl's multi interface on a libevent loop: sockets and times of all transfers on one thread, and mail to it.
#pragma once

#include <curl/curl.h>
#include <event2/event.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/base/owned.h"
#include "engine/outbox/http_client.h"
#include "engine/outbox/transfer.h"

namespace hookswitch {

class CurlLoop final : public HttpClient {
 public:
  explicit CurlLoop(HttpClientOptions options) : options_(std::move(options)) {}
  ~CurlLoop() override;

  Status open();
  void send(HttpAsk ask, Done done) override;
  size_t under_way() const override;

 private:
  using LoopEvent = Owned<event, event_free>;

  static int on_socket_wish(CURL* easy, curl_socket_t socket, int what, void* self, void* of_socket);
  static int on_timer_wish(CURLM* multi, long timeout_ms, void* self);
  static void on_ready(evutil_socket_t socket, short what, void* self);
  static void on_time(evutil_socket_t, short, void* self);
  static void on_mail(evutil_socket_t, short, void* self);

  void run();
  void wake();
  void take_mail();
  void begin(std::unique_ptr<Transfer> transfer);
  void act(curl_socket_t socket, int what);
  void collect();
  void end_all();

  const HttpClientOptions options_;
  // [http client]
  Owned<event_base, event_base_free> base_;
  LoopEvent timer_, mail_event_;
  std::map<curl_socket_t, LoopEvent> watched_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
  Owned<CURLM, curl_multi_cleanup> multi_;

  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<Transfer>> mail_;
  size_t under_way_ = 0;
  bool stopping_ = false;

  int wake_fd_ = -1;
  std::thread thread_;
};

}  // namespace hookswitch
