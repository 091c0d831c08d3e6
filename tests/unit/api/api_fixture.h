// The API over a real log and state in a directory of its own, with everything else made up by the test.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/api.h"
#include "engine/state/call.h"
#include "tests/unit/api/fake_exchange.h"

namespace hookswitch::test {

constexpr int64_t kNow = 1'739'537'297'000;  // 2025-02-14T12:48:17Z

/// An answer as a test looks at it.
struct Reply {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string text;
  Json json;
  std::shared_ptr<FakeExchange> exchange;
};

class ApiFixture {
 public:
  /// `change` may set parts before the API is made of them.
  explicit ApiFixture(int64_t heartbeat_ms = 60'000, const std::function<void(ApiParts&)>& change = {});
  ~ApiFixture();

  /// With the token of `as`: "viewer", "operator", "admin", "bound" (a viewer of tenant B1/L1), "bound_admin", or "".
  Reply get(const std::string& target, const std::string& as = "admin", const HeaderList& headers = {});
  Reply send(const std::string& method, const std::string& target, const std::string& body,
             const std::string& as = "admin", const HeaderList& headers = {});

  void write(const std::function<void(Writer&)>& fn);
  /// Its name.
  std::string add_blob(const std::string& body);
  /// A call with id, tenant, status, start and a provider's id; everything a test wants of it in `fields`.
  void put_call(const std::string& id, const std::map<CallField, FieldValue>& fields = {});
  uint64_t append(RecordKind kind, const std::string& source, const std::string& body, const Headers& headers = {});

  Api& api() { return *api_; }
  Metrics& metrics() { return metrics_; }
  ManualClock& clock() { return clock_; }
  Log& log() { return *log_; }

  // What the made-up parts say and were told.
  std::vector<std::string> not_ready;
  std::vector<Command> commands;
  std::vector<Json> refusals_asked;
  std::vector<Json> evaluated;
  std::vector<std::string> recordings_asked;           // calls
  std::function<bool()> fetch = [] { return false; };  // what asking for a recording does: whether it is over
  Response command_answer{200, {{"Content-Type", "application/json"}}, "{}"};
  Result<std::vector<Event>> decoded = std::vector<Event>{};
  Result<Json> ran = fail(Code::not_found, "nothing is kept");

 private:
  ApiParts parts(int64_t heartbeat_ms);
  void make_tokens();

  std::string dir_;
  ManualClock clock_{kNow};
  Metrics metrics_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Blobs> blobs_;
  std::map<std::string, std::string> secrets_;
  std::unique_ptr<Api> api_;
};

}  // namespace hookswitch::test
