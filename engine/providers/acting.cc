#include "engine/providers/acting.h"

#include "engine/base/limits.h"
#include "engine/providers/acting_checks.h"
#include "engine/providers/pairs.h"
#include "engine/providers/text.h"

namespace hookswitch {

namespace {

hookswitch_action borrowed(const ActionView& in) {
  return {sizeof(hookswitch_action), to_c(in.id), to_c(in.type), to_c(in.params),
          to_c(in.hook_url),         in.made_ms,  in.sent_ms,    in.now_ms,
          to_c(in.cursor),           in.attempt};
}

hookswitch_query borrowed(const SyncQuery& in) {
  return {sizeof(hookswitch_query), to_c(in.resource), to_c(in.item), to_c(in.cursor),
          to_c(in.filter),          in.from_ms,        in.to_ms};
}

Result<hookswitch_http_response> to_response(Arena& arena, const HttpResponse& in) {
  auto headers = to_pairs(arena, &in.headers);
  if (!headers) return fail(Code::too_large, "hand {} headers to a plugin: the arena is full", in.headers.size());
  return hookswitch_http_response{sizeof(hookswitch_http_response), in.status, headers->pairs, headers->count,
                                  to_c(in.body)};
}

/// Runs a hook that writes a request.
template <class Fn>
Result<HttpRequest> written(const ActingInstance& self, const char* hook, Fn&& fn) {
  ArenaLease arena;
  hookswitch_http_request request{};
  request.size = sizeof request;
  Status done = self.plugin.call(hook, *arena, [&](hookswitch_call* call) { return fn(call, &request); });
  if (!done) return std::unexpected(done.error());
  return checked_request(self.plugin, hook, request, self.api_base);
}

/// Runs a hook that reads the answer to an action.
template <class Fn>
Result<ActionOutcome> judged(const ActingInstance& self, const char* hook, const HttpResponse& response, Fn&& fn) {
  ArenaLease arena;
  Result<hookswitch_http_response> in = to_response(*arena, response);
  if (!in) return std::unexpected(in.error());
  hookswitch_outcome outcome{};
  outcome.size = sizeof outcome;
  Status done = self.plugin.call(hook, *arena, [&](hookswitch_call* call) { return fn(call, &*in, &outcome); });
  if (!done) return std::unexpected(done.error());
  return checked_outcome(self.plugin, hook, outcome);
}

/// Takes the items of one page; remembers the first thing that was wrong.
struct ItemSink {
  hookswitch_item_sink base;
  const Plugin* plugin;
  std::vector<SyncItem> items;
  Status taken;

  static hookswitch_status emit(hookswitch_item_sink* base, const hookswitch_item* item) noexcept {
    auto* sink = reinterpret_cast<ItemSink*>(base);
    if (sink->taken) sink->take(item);
    return sink->taken ? HOOKSWITCH_OK : HOOKSWITCH_INVALID;
  }

  void take(const hookswitch_item* item) {
    if (items.size() == limits::kSyncItems) {
      taken = plugin->breach("read", fmt::format("emitted more than {} items", limits::kSyncItems));
      return;
    }
    Result<SyncItem> checked = checked_item(*plugin, *item);
    if (checked) {
      items.push_back(std::move(*checked));
    } else {
      taken = std::unexpected(checked.error());
    }
  }
};

}  // namespace

Result<HttpRequest> ActingInstance::build(const ActionView& action) const {
  hookswitch_action in = borrowed(action);
  return written(*this, "build", [&](hookswitch_call* call, hookswitch_http_request* out) {
    return plugin.actions()->build(instance, call, &in, out);
  });
}

Result<ActionOutcome> ActingInstance::parse(const ActionView& action, const HttpResponse& response) const {
  hookswitch_action in = borrowed(action);
  return judged(*this, "parse", response,
                [&](hookswitch_call* call, const hookswitch_http_response* answer, hookswitch_outcome* out) {
                  return plugin.actions()->parse(instance, call, &in, answer, out);
                });
}

Result<HttpRequest> ActingInstance::reconcile(const ActionView& action, std::string_view cursor) const {
  ActionView from = action;
  from.cursor = cursor;
  hookswitch_action in = borrowed(from);
  return written(*this, "reconcile", [&](hookswitch_call* call, hookswitch_http_request* out) {
    return plugin.actions()->reconcile(instance, call, &in, out);
  });
}

Result<ActionOutcome> ActingInstance::match(const ActionView& action, const HttpResponse& response) const {
  hookswitch_action in = borrowed(action);
  return judged(*this, "match", response,
                [&](hookswitch_call* call, const hookswitch_http_response* answer, hookswitch_outcome* out) {
                  return plugin.actions()->match(instance, call, &in, answer, out);
                });
}

Result<HttpRequest> ActingInstance::build(const SyncQuery& query) const {
  hookswitch_query in = borrowed(query);
  return written(*this, "build", [&](hookswitch_call* call, hookswitch_http_request* out) {
    return plugin.syncs()->build(instance, call, &in, out);
  });
}

Result<SyncPage> ActingInstance::read(const SyncQuery& query, const HttpResponse& response) const {
  ArenaLease arena;
  Result<hookswitch_http_response> answer = to_response(*arena, response);
  if (!answer) return std::unexpected(answer.error());
  hookswitch_query in = borrowed(query);
  ItemSink sink{{sizeof(hookswitch_item_sink), &ItemSink::emit, {}}, &plugin, {}, {}};
  Status done = plugin.call("read", *arena, [&](hookswitch_call* call) {
    return plugin.syncs()->read(instance, call, &in, &*answer, &sink.base);
  });
  if (!sink.taken) return std::unexpected(sink.taken.error());
  if (!done) return std::unexpected(done.error());
  if (Status fits = checked_item_count(plugin, query, sink.items.size()); !fits) return std::unexpected(fits.error());
  Result<std::string> cursor = checked_cursor(plugin, sink.base.next_cursor);
  if (!cursor) return std::unexpected(cursor.error());
  return SyncPage{std::move(sink.items), std::move(*cursor)};
}

}  // namespace hookswitch
