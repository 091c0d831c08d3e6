// Requests of one sync to its source: several may be on their way at once, and each is made again while that may help.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "engine/outbox/http_client.h"
#include "engine/providers/provider.h"
#include "engine/sync/bell.h"

namespace hookswitch {

/// Why something brought nothing.
struct Trouble {
  std::string reason;
  bool denied = false;    // the account may not: nothing else will be answered either
  bool stopping = false;  // it is time to stop, nothing is wrong
  bool gone = false;      // the provider has it no more, and asking again would not bring it back
};
template <class T>
using Fetched = std::expected<T, Trouble>;

class SyncRequests {  // [sync]
 public:
  /// `first_wait_ms` is before a request is made again the first time; doubled each time.
  SyncRequests(HttpClient& http, Bell& bell, Source& source, std::string base_url, int64_t first_wait_ms,
               int64_t timeout_ms)
      : http_(http),
        bell_(bell),
        source_(source),
        base_url_(std::move(base_url)),
        first_wait_ms_(first_wait_ms),
        timeout_ms_(timeout_ms) {}

  /// One on its way.
  class Pending {
    friend class SyncRequests;
    SyncQuery query;
    std::shared_ptr<Bell::Parcel<HttpResult>> parcel;  // null when the plugin could not write the request
    std::string unsendable;
    int64_t wait_ms = 0;
    int tried = 0;
  };
  /// What the query refers to has to live until it was awaited.
  Pending begin(const SyncQuery& query);
  /// The answer with a status of success. Waits before it asks again, at least as long as the source says.
  Fetched<HttpResponse> await(Pending pending);

 private:
  void send(Pending& pending);

  HttpClient& http_;
  Bell& bell_;
  Source& source_;
  const std::string base_url_;
  const int64_t first_wait_ms_;
  const int64_t timeout_ms_;
};

}  // namespace hookswitch
