// One request on its way: the libcurl handle, what it may do, and what came back so far.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "engine/base/owned.h"
#include "engine/outbox/http_client.h"

namespace hookswitch {

class Transfer {  // [http client]
 public:
  Transfer(const HttpClientOptions& options, HttpAsk ask, HttpClient::Done done);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* handle() { return curl_.get(); }
  /// Prepares the handle. An error: it can never be sent.
  Status prepare();
  /// libcurl has ended it. True: it is to be added again, for a redirect.
  bool finished(CURLcode code);
  /// Somebody gave it up.
  void give_up(const std::string& why);

 private:
  static size_t on_header(char* bytes, size_t size, size_t count, void* self);
  static size_t on_body(char* bytes, size_t size, size_t count, void* self);
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  void set_body();
  void set_limits();
  Status set_headers();
  void take_header(std::string_view line);
  bool take_body(std::string_view piece);
  bool may_connect(const sockaddr* address);
  /// Whether the answer sends us elsewhere and we may follow; prepares that.
  bool follow();
  void deliver(HttpResult result);
  HttpFailure failure(CURLcode code) const;
  Sent sent() const;
  int64_t taken_ms() const;
  int status() const;

  const HttpClientOptions& options_;
  HttpAsk ask_;
  HttpClient::Done done_;
  Owned<curl_slist, curl_slist_free_all> headers_;
  HttpResponse response_;
  size_t header_bytes_ = 0;
  bool may_be_private_ = false, is_redirected_ = false;
  bool redirect_refused_ = false;
  std::string refused_;                  // why we ended it ourselves
  Owned<CURL, curl_easy_cleanup> curl_;  // last: it refers to what is above
};

}  // namespace hookswitch
