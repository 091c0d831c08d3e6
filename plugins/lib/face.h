// Turns a provider class (author.h) into the C table: converts values, keeps results in the arena, stops exceptions.
#pragma once

#include <array>

#include "plugins/lib/author.h"
#include "plugins/lib/face_acting.h"
#include "plugins/lib/face_base.h"
#include "plugins/lib/settings.h"

namespace hookswitch::plugin {

inline Request from_c(const hookswitch_request* in) {
  return {.method = view(in->method),
          .url = view(in->url),
          .path = view(in->path),
          .query = view(in->query),
          .kind = view(in->kind),
          .body = view(in->body),
          .peer = view(in->peer),
          .headers = {in->headers, in->header_count},
          .now_ms = in->now_ms};
}

inline Record from_c(const hookswitch_record* in) {
  return {.record_kind = view(in->record_kind),
          .kind = view(in->kind),
          .path = view(in->path),
          .body = view(in->body),
          .headers = {in->headers, in->header_count},
          .time_ms = in->time_ms};
}

inline EventView from_c(const hookswitch_event* in) {
  return {.id = view(in->id),
          .type = view(in->type),
          .subject = view(in->subject),
          .data = view(in->data),
          .raw = view(in->raw)};
}

inline void to_c(hookswitch_call* call, const Verdict& in, hookswitch_verdict* out) {
  out->kind = in.kind;
  out->status = in.status;
  out->code = keep(call, in.code);
  out->reason = keep(call, in.reason);
  out->key = keep(call, in.key);
  out->wants_reply = in.wants_reply;
  out->message = keep(call, in.message);
  out->content_type = keep(call, in.content_type);
  out->body = keep(call, in.body);
}

inline Outcome<void> to_c(hookswitch_call* call, const Outcome<Verdict>& in, hookswitch_verdict* out) {
  if (!in) return std::unexpected(in.error());
  to_c(call, *in, out);
  return {};
}

inline Outcome<void> to_c(hookswitch_call* call, const Outcome<Reply>& in, hookswitch_reply* out) {
  if (!in) return std::unexpected(in.error());
  out->status = in->status;
  out->content_type = keep(call, in->content_type);
  out->body = keep(call, in->body);
  return {};
}

inline Outcome<void> to_c(hookswitch_call* call, const Outcome<Signed>& in, hookswitch_signed* out) {
  if (!in) return std::unexpected(in.error());
  hookswitch_pair* headers = keep(call, in->headers);
  if (headers == nullptr) return std::unexpected("sign: the call's arena is full");
  out->headers = headers;
  out->header_count = in->headers.size();
  out->query = keep(call, in->query);
  return {};
}

inline Outcome<void> emit_to(hookswitch_sink* sink, const Event& event) {
  hookswitch_event out{};
  out.size = sizeof out;
  out.id = str(event.id);
  out.type = str(event.type);
  out.subject = str(event.subject);
  out.time_ms = event.time_ms;
  out.data = str(event.data);
  out.raw = str(event.raw);
  out.wants_reply = event.wants_reply;
  if (sink->emit(sink, &out) != HOOKSWITCH_OK) return std::unexpected("the engine did not take the event");
  return {};
}

inline Outcome<void> send_to(hookswitch_delivery_sink* sink, const Delivery& delivery) {
  std::vector<hookswitch_pair> headers;
  for (const auto& [name, value] : delivery.headers) headers.push_back({str(name), str(value)});
  hookswitch_delivery out{};
  out.size = sizeof out;
  out.kind = str(delivery.kind);
  out.headers = headers.data();
  out.header_count = headers.size();
  out.body = str(delivery.body);
  out.time_ms = delivery.time_ms;
  if (sink->emit(sink, &out) != HOOKSWITCH_OK) return std::unexpected("the engine did not take the delivery");
  return {};
}

/// The extension hookswitch.stream/1 of a provider that has a Stream.
template <class P>
struct StreamFace {
  using Stream = typename P::Stream;
  static const P& self(const void* instance) { return *static_cast<const P*>(instance); }

  static hookswitch_status begin(const void* instance, hookswitch_call* call, const hookswitch_request* request,
                                 void** stream) {
    return guarded(call, [&]() -> Outcome<void> {
      *stream = self(instance).begin(from_c(request)).release();
      return {};
    });
  }
  static hookswitch_status update(const void*, hookswitch_call* call, void* stream, hookswitch_str piece) {
    return guarded(call, [&]() -> Outcome<void> {
      static_cast<Stream*>(stream)->update(view(piece));
      return {};
    });
  }
  static hookswitch_status finish(const void*, hookswitch_call* call, void* stream, hookswitch_verdict* verdict) {
    std::unique_ptr<Stream> owned(static_cast<Stream*>(stream));
    return guarded(call, [&] { return to_c(call, owned->finish(), verdict); });
  }
  static void abandon(const void*, void* stream) { delete static_cast<Stream*>(stream); }

  static constexpr hookswitch_stream kTable{sizeof(hookswitch_stream), begin, update, finish, abandon};
};

/// The extension hookswitch.reply/1 of a provider that renders.
template <class P>
struct ReplyFace {
  static hookswitch_status render(const void* instance, hookswitch_call* call, const hookswitch_event* event,
                                  hookswitch_str reply, hookswitch_reply* out) {
    return guarded(
        call, [&] { return to_c(call, static_cast<const P*>(instance)->render(from_c(event), view(reply)), out); });
  }
  static hookswitch_status default_reply(const void* instance, hookswitch_call* call, const hookswitch_request* request,
                                         hookswitch_reply* out) {
    return guarded(call,
                   [&] { return to_c(call, static_cast<const P*>(instance)->default_reply(from_c(request)), out); });
  }

  static constexpr hookswitch_replies kTable{sizeof(hookswitch_replies), render, default_reply};
};

/// The extension hookswitch.sign/1 of a provider that signs.
template <class P>
struct SignFace {
  static hookswitch_status sign(const void* instance, hookswitch_call* call, const hookswitch_request* request,
                                hookswitch_signed* out) {
    return guarded(call, [&] { return to_c(call, static_cast<const P*>(instance)->sign(from_c(request)), out); });
  }

  static constexpr hookswitch_signing kTable{sizeof(hookswitch_signing), sign};
};

/// The extension hookswitch.simulate/1 of a provider that plays.
template <class P>
struct SimulateFace {
  static hookswitch_status play(const void* instance, hookswitch_call* call, hookswitch_str story,
                                hookswitch_delivery_sink* sink) {
    return guarded(call, [&] {
      Send send = [sink](const Delivery& delivery) { return send_to(sink, delivery); };
      return static_cast<const P*>(instance)->play(view(story), send);
    });
  }

  static constexpr hookswitch_simulation kTable{sizeof(hookswitch_simulation), play};
};

template <class P>
class Face {
 public:
  static const hookswitch_table* table(const hookswitch_host* host) {
    const auto* crypto = static_cast<const hookswitch_crypto*>(host->get_extension(host, HOOKSWITCH_EXT_CRYPTO));
    const auto* log = static_cast<const hookswitch_log*>(host->get_extension(host, HOOKSWITCH_EXT_LOG));
    if (crypto == nullptr || log == nullptr) return nullptr;
    services_ = {crypto, log};
    for (size_t i = 0; i < kTypes; ++i) types_[i] = str(P::kEventTypes[i]);
    return &kTable;
  }

 private:
  static hookswitch_status create(const hookswitch_host*, hookswitch_call* call, const hookswitch_config* config,
                                  void** instance) {
    return guarded(call, [&]() -> Outcome<void> {
      Outcome<Settings> settings = Settings::parse(view(config->json));
      if (!settings) return std::unexpected(settings.error());
      Outcome<std::unique_ptr<P>> made = P::create(services_, *settings);
      if (Outcome<void> clean = settings->check(); !clean) return clean;
      if (!made) return std::unexpected(made.error());
      *instance = made->release();
      return {};
    });
  }

  static void destroy(void* instance) { delete static_cast<P*>(instance); }

  static hookswitch_status verify(const void* instance, hookswitch_call* call, const hookswitch_request* request,
                                  hookswitch_verdict* verdict) {
    return guarded(call, [&] { return to_c(call, static_cast<const P*>(instance)->verify(from_c(request)), verdict); });
  }

  static hookswitch_status decode(const void* instance, hookswitch_call* call, const hookswitch_record* record,
                                  hookswitch_sink* sink) {
    return guarded(call, [&] {
      Emit emit = [sink](const Event& event) { return emit_to(sink, event); };
      return static_cast<const P*>(instance)->decode(from_c(record), emit);
    });
  }

  static const void* get_extension(const char* id) {
    if constexpr (requires { typename P::Stream; }) {
      if (std::string_view(id) == HOOKSWITCH_EXT_STREAM) return &StreamFace<P>::kTable;
    }
    if constexpr (requires { &P::render; }) {
      if (std::string_view(id) == HOOKSWITCH_EXT_REPLY) return &ReplyFace<P>::kTable;
    }
    if constexpr (requires { &P::build_action; }) {
      if (std::string_view(id) == HOOKSWITCH_EXT_ACTION) return ActionFace<P>::table();
    }
    if constexpr (requires { &P::build_query; }) {
      if (std::string_view(id) == HOOKSWITCH_EXT_SYNC) return SyncFace<P>::table();
    }
    if constexpr (requires { &P::sign; }) {
      if (std::string_view(id) == HOOKSWITCH_EXT_SIGN) return &SignFace<P>::kTable;
    }
    if constexpr (requires { &P::play; }) {
      if (std::string_view(id) == HOOKSWITCH_EXT_SIMULATE) return &SimulateFace<P>::kTable;
    }
    return nullptr;
  }

  static constexpr size_t kTypes = P::kEventTypes.size();
  static inline Host services_{};
  static inline std::array<hookswitch_str, kTypes> types_{};
  static constexpr uint64_t disable_failures() {
    if constexpr (requires { P::kDisableFailures; }) return P::kDisableFailures;
    return 0;
  }
  static constexpr int64_t disable_quiet_ms() {
    if constexpr (requires { P::kDisableQuietMs; }) return P::kDisableQuietMs;
    return 0;
  }
  static inline const hookswitch_descriptor kDescriptor{sizeof(hookswitch_descriptor),
                                                        str(P::kId),
                                                        str(P::kVersion),
                                                        str(P::kSchema),
                                                        types_.data(),
                                                        kTypes,
                                                        disable_failures(),
                                                        disable_quiet_ms()};
  static inline const hookswitch_table kTable{sizeof(hookswitch_table),
                                              HOOKSWITCH_ABI_MAJOR,
                                              HOOKSWITCH_ABI_MINOR,
                                              &kDescriptor,
                                              create,
                                              destroy,
                                              verify,
                                              decode,
                                              get_extension};
};

}  // namespace hookswitch::plugin
