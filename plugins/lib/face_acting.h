// The extensions hookswitch.action/1 and hookswitch.sync/1 of a provider class that reaches out (acting.h).
#pragma once

#include <array>

#include "plugins/lib/acting.h"
#include "plugins/lib/face_base.h"

namespace hookswitch::plugin {

inline Action from_c(const hookswitch_action* in) {
  return {.id = view(in->id),
          .type = view(in->type),
          .params = view(in->params),
          .hook_url = view(in->hook_url),
          .cursor = view(in->cursor),
          .made_ms = in->made_ms,
          .sent_ms = in->sent_ms,
          .now_ms = in->now_ms,
          .attempt = in->attempt};
}

inline HttpAnswer from_c(const hookswitch_http_response* in) {
  return {.status = in->status, .headers = {in->headers, in->header_count}, .body = view(in->body)};
}

inline Query from_c(const hookswitch_query* in) {
  return {.resource = view(in->resource),
          .item = view(in->item),
          .cursor = view(in->cursor),
          .filter = view(in->filter),
          .from_ms = in->from_ms,
          .to_ms = in->to_ms};
}

inline Outcome<void> to_c(hookswitch_call* call, const Outcome<HttpRequest>& in, hookswitch_http_request* out) {
  if (!in) return std::unexpected(in.error());
  hookswitch_pair* headers = keep(call, in->headers);
  out->body = keep(call, in->body);
  if (headers == nullptr || out->body.size != in->body.size()) return std::unexpected("the call's arena is full");
  out->method = keep(call, in->method);
  out->url = keep(call, in->url);
  out->headers = headers;
  out->header_count = in->headers.size();
  out->harmless = in->harmless;
  return {};
}

inline Outcome<void> to_c(hookswitch_call* call, const Judgement& in, hookswitch_outcome* out) {
  out->kind = in.kind;
  out->retry_after_ms = in.retry_after_ms;
  out->code = keep(call, in.code);
  out->reason = keep(call, in.reason);
  out->result = keep(call, in.result);
  out->cursor = keep(call, in.cursor);
  return {};
}

inline Outcome<void> take_to(hookswitch_item_sink* sink, const Item& item) {
  hookswitch_item out{sizeof out, str(item.id), item.time_ms, str(item.body), str(item.event_id), str(item.id_kind)};
  if (sink->emit(sink, &out) != HOOKSWITCH_OK) return std::unexpected("the engine did not take the item");
  return {};
}

template <class P>
struct ActionFace {
  static const P& self(const void* instance) { return *static_cast<const P*>(instance); }

  static hookswitch_status build(const void* instance, hookswitch_call* call, const hookswitch_action* action,
                                 hookswitch_http_request* out) {
    return guarded(call, [&] { return to_c(call, self(instance).build_action(from_c(action)), out); });
  }
  static hookswitch_status parse(const void* instance, hookswitch_call* call, const hookswitch_action* action,
                                 const hookswitch_http_response* response, hookswitch_outcome* out) {
    return guarded(call,
                   [&] { return to_c(call, self(instance).parse_action(from_c(action), from_c(response)), out); });
  }
  static hookswitch_status reconcile(const void* instance, hookswitch_call* call, const hookswitch_action* action,
                                     hookswitch_http_request* out) {
    return guarded(call, [&] { return to_c(call, self(instance).reconcile(from_c(action)), out); });
  }
  static hookswitch_status match(const void* instance, hookswitch_call* call, const hookswitch_action* action,
                                 const hookswitch_http_response* response, hookswitch_outcome* out) {
    return guarded(call, [&] { return to_c(call, self(instance).match(from_c(action), from_c(response)), out); });
  }

  static const hookswitch_actions* table() {
    static const auto types = [] {
      std::array<hookswitch_str, P::kActionTypes.size()> out{};
      for (size_t i = 0; i < out.size(); ++i) out[i] = str(P::kActionTypes[i]);
      return out;
    }();
    static const hookswitch_actions actions{
        sizeof(hookswitch_actions), types.data(), types.size(), build, parse, reconcile, match};
    return &actions;
  }
};

template <class P>
struct SyncFace {
  static const P& self(const void* instance) { return *static_cast<const P*>(instance); }

  static hookswitch_status build(const void* instance, hookswitch_call* call, const hookswitch_query* query,
                                 hookswitch_http_request* out) {
    return guarded(call, [&] { return to_c(call, self(instance).build_query(from_c(query)), out); });
  }
  static hookswitch_status read(const void* instance, hookswitch_call* call, const hookswitch_query* query,
                                const hookswitch_http_response* response, hookswitch_item_sink* sink) {
    return guarded(call, [&]() -> Outcome<void> {
      Take take = [sink](const Item& item) { return take_to(sink, item); };
      Outcome<std::string> next = self(instance).read_page(from_c(query), from_c(response), take);
      if (!next) return std::unexpected(next.error());
      sink->next_cursor = keep(call, *next);
      return {};
    });
  }

  static const hookswitch_syncs* table() {
    static const auto resources = [] {
      std::array<hookswitch_str, P::kResources.size()> out{};
      for (size_t i = 0; i < out.size(); ++i) out[i] = str(P::kResources[i]);
      return out;
    }();
    static const hookswitch_syncs syncs{sizeof(hookswitch_syncs), resources.data(), resources.size(), build, read};
    return &syncs;
  }
};

}  // namespace hookswitch::plugin
