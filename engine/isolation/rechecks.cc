#include "engine/isolation/rechecks.h"

#include "engine/base/limits.h"
#include "engine/providers/acting_checks.h"
#include "engine/providers/checks.h"
#include "engine/providers/pairs.h"

namespace hookswitch {

namespace {

/// Checks each of a bounded list.
template <class T, class Check>
Result<std::vector<T>> each_checked(const Plugin& plugin, const char* hook, const std::vector<T>& list, size_t most,
                                    Check&& check) {
  if (list.size() > most) return plugin.breach(hook, fmt::format("emitted more than {}", most));
  std::vector<T> out;
  out.reserve(list.size());
  for (const T& item : list) {
    Result<T> checked = check(item);
    if (!checked) return std::unexpected(std::move(checked.error()));
    out.push_back(std::move(*checked));
  }
  return out;
}

/// Headers as a plugin would have given them, as long as the arena lives.
Result<PairList> borrowed(Arena& arena, const Plugin& plugin, const char* hook, const HeaderList& headers) {
  auto pairs = to_pairs(arena, &headers);
  if (!pairs) return plugin.breach(hook, "its headers do not fit in the arena");
  return *pairs;
}

}  // namespace

Result<Verdict> rechecked(const Plugin& plugin, const Verdict& v) {
  hookswitch_verdict theirs{};
  theirs.size = sizeof theirs;
  theirs.kind = static_cast<int32_t>(v.kind) + HOOKSWITCH_ACCEPT;
  theirs.code = to_c(v.code);
  theirs.reason = to_c(v.reason);
  theirs.status = v.status;
  theirs.key = to_c(v.key);
  theirs.wants_reply = v.wants_reply;
  theirs.message = to_c(v.message);
  theirs.content_type = to_c(v.content_type);
  theirs.body = to_c(v.body);
  return checked_verdict(plugin, theirs);
}

Result<std::vector<DecodedEvent>> rechecked(const Plugin& plugin, const std::vector<DecodedEvent>& events) {
  return each_checked(plugin, "decode", events, limits::kEventsPerRecord, [&](const DecodedEvent& e) {
    return checked_event(plugin, {sizeof(hookswitch_event), to_c(e.id), to_c(e.type), to_c(e.subject), e.time_ms,
                                  to_c(e.data), to_c(e.raw), e.wants_reply});
  });
}

Result<RenderedReply> rechecked(const Plugin& plugin, const char* hook, const RenderedReply& reply) {
  return checked_reply(plugin, hook,
                       {sizeof(hookswitch_reply), reply.status, to_c(reply.content_type), to_c(reply.body)});
}

Result<HttpRequest> rechecked(const Plugin& plugin, const char* hook, const HttpRequest& request,
                              const std::string& api_base) {
  Arena arena;
  auto headers = borrowed(arena, plugin, hook, request.headers);
  if (!headers) return std::unexpected(headers.error());
  return checked_request(plugin, hook,
                         {sizeof(hookswitch_http_request), to_c(request.method), to_c(request.url), headers->pairs,
                          headers->count, to_c(request.body), request.harmless},
                         api_base);
}

Result<ActionOutcome> rechecked(const Plugin& plugin, const char* hook, const ActionOutcome& v) {
  return checked_outcome(plugin, hook,
                         {sizeof(hookswitch_outcome), static_cast<int32_t>(v.kind) + HOOKSWITCH_DONE, v.retry_after_ms,
                          to_c(v.code), to_c(v.reason), to_c(v.result), to_c(v.cursor)});
}

Result<SyncPage> rechecked(const Plugin& plugin, const SyncQuery& query, const SyncPage& page) {
  auto items = each_checked(plugin, "read", page.items, limits::kSyncItems, [&](const SyncItem& item) {
    return checked_item(plugin, {sizeof(hookswitch_item), to_c(item.id), item.time_ms, to_c(item.body),
                                 to_c(item.event_id), to_c(item.id_kind)});
  });
  if (!items) return std::unexpected(items.error());
  if (Status fits = checked_item_count(plugin, query, items->size()); !fits) return std::unexpected(fits.error());
  Result<std::string> cursor = checked_cursor(plugin, to_c(page.next_cursor));
  if (!cursor) return std::unexpected(cursor.error());
  return SyncPage{std::move(*items), std::move(*cursor)};
}

Result<SignedRequest> rechecked(const Plugin& plugin, const SignedRequest& made) {
  Arena arena;
  auto headers = borrowed(arena, plugin, "sign", made.headers);
  if (!headers) return std::unexpected(headers.error());
  return checked_signed(plugin, {sizeof(hookswitch_signed), headers->pairs, headers->count, to_c(made.query)});
}

Result<std::vector<PlayedDelivery>> rechecked(const Plugin& plugin, const std::vector<PlayedDelivery>& deliveries) {
  Arena arena;
  return each_checked(plugin, "play", deliveries, limits::kDeliveriesPerCall,
                      [&](const PlayedDelivery& v) -> Result<PlayedDelivery> {
                        auto headers = borrowed(arena, plugin, "play", v.headers);
                        if (!headers) return std::unexpected(headers.error());
                        return checked_delivery(plugin, {sizeof(hookswitch_delivery), to_c(v.kind), headers->pairs,
                                                         headers->count, to_c(v.body), v.time_ms});
                      });
}

}  // namespace hookswitch
