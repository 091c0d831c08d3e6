// GET /stream: server-sent events of everything that changes.
#include <charconv>

#include "engine/api/feed.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/api/sse.h"
#include "engine/state/changes.h"

namespace hookswitch {
namespace {

const std::vector<std::string> kStreamTypes{"call", "task", "campaign", "kpi", "activity", "transcript"};

// After which change to go on: what the client saw last, else the newest one now.
Result<uint64_t> starting_point(const ApiRequest& request, const Reader& reader) {
  std::string last(request.http.header("last-event-id"));
  if (last.empty()) last = request.query.text("last_event_id");
  if (last.empty()) return last_change(reader);
  uint64_t id = 0;
  auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), id);
  if (error == std::errc() && end == last.data() + last.size()) return id;
  return fail(Code::invalid, "Last-Event-ID: found \"{}\", expected an id from this stream", last.substr(0, 40));
}

std::optional<Response> stream(const ApiParts& parts, LiveStreams& live, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return problem(tenant.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto after = starting_point(request, **reader);
  if (!after) return problem(after.error());
  if (request.http.method == "HEAD") return sse_head();
  auto types = request.query.has("types") ? request.query.words("types") : kStreamTypes;
  FeedFilter filter{{types.begin(), types.end()}, *tenant};
  Response head = sse_head();
  head.body = std::string(kSseHeartbeat);  // tells the client at once that it is connected
  auto opened = request.exchange->start_stream(std::move(head), request.caller.claimant());
  live.add(std::make_unique<FeedWatcher>(std::move(opened), request.caller, parts, std::move(filter), *after));
  return std::nullopt;
}

}  // namespace

void add_stream(Endpoints& to, const ApiParts& parts, LiveStreams& live) {
  to.push_back({.method = "GET",
                .path = "/api/v1/stream",
                .summary = "Server-sent events: each carries the object as it is now; resumable with Last-Event-ID; "
                           "after a `reset` event fetch everything again",
                .query = {{"types", "kinds of events, all when absent", ParameterType::words, kStreamTypes},
                          {"tenant", "business/location"},
                          {"last_event_id", "the same as the header, for clients that cannot send one"}},
                .answers = "EventStream",
                .handle = [&parts, &live](ApiRequest& request) { return stream(parts, live, request); }});
}

}  // namespace hookswitch
