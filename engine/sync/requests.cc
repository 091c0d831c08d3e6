#include "engine/sync/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/base/limits.h"

namespace hookswitch {
namespace {

constexpr int64_t kLongestWaitMs = 60'000;  // before a request is made again

bool is_denied(int status) { return status == 401 || status == 402 || status == 403; }

bool is_passing(int status) {
  return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

/// Seconds of Retry-After as milliseconds; 0 for none.
int64_t retry_after_ms(const HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    int64_t seconds = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (name == "retry-after" && error == std::errc() && end == value.data() + value.size()) {
      return std::clamp<int64_t>(seconds, 0, kLongestWaitMs / 1000) * 1000;
    }
  }
  return 0;
}

Trouble stopped() { return {.reason = "stopped", .stopping = true}; }

}  // namespace

SyncRequests::Pending SyncRequests::begin(const SyncQuery& query) {
  Pending pending;
  pending.query = query;
  pending.wait_ms = first_wait_ms_;
  send(pending);
  return pending;
}

void SyncRequests::send(Pending& pending) {
  ++pending.tried;
  auto request = source_.build_query(pending.query);
  if (!request) {
    pending.unsendable = request.error().message;
    return;
  }
  HttpAsk ask{.request = std::move(*request), .base_url = base_url_};
  ask.timeout_ms = timeout_ms_;
  ask.answer_bytes_max = limits::kSyncAnswerBytes;
  pending.parcel = std::make_shared<Bell::Parcel<HttpResult>>(bell_);
  http_.send(std::move(ask), [parcel = pending.parcel](HttpResult result) { parcel->bring(std::move(result)); });
}

Fetched<HttpResponse> SyncRequests::await(Pending pending) {
  for (;;) {
    if (!pending.unsendable.empty()) return std::unexpected(Trouble{pending.unsendable});
    auto result = pending.parcel->wait();
    if (!result) return std::unexpected(stopped());
    int status = *result ? (*result)->status : 0;
    if (status >= 200 && status < 300) return std::move(**result);
    bool again = !*result || is_passing(status);
    if (!again || pending.tried == limits::kSyncTries) {
      if (!*result) return std::unexpected(Trouble{result->error().error});
      Trouble trouble{fmt::format("{} answered {}", source_.name(), status), is_denied(status)};
      trouble.gone = status == 404 || status == 410;
      return std::unexpected(std::move(trouble));
    }
    if (*result) pending.wait_ms = std::max(pending.wait_ms, retry_after_ms(**result));
    if (!bell_.sleep(pending.wait_ms)) return std::unexpected(stopped());
    pending.wait_ms = std::min(2 * pending.wait_ms, kLongestWaitMs);
    send(pending);
  }
}

}  // namespace hookswitch
