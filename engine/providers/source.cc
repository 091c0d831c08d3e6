#include "engine/providers/source.h"

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/providers/acting.h"
#include "engine/providers/checks.h"
#include "engine/providers/host.h"
#include "engine/providers/pairs.h"
#include "engine/providers/text.h"

namespace hookswitch {

namespace {

constexpr size_t kStreamChunkBytes = 4 * limits::kKiB;  // of each stream's arena: very many may be open

Result<hookswitch_request> to_request(Arena& arena, const DeliveryRequest& in) {
  auto headers = to_pairs(arena, in.headers);
  if (!headers) return fail(Code::too_large, "hand {} headers to a plugin: the arena is full", in.headers->size());
  return hookswitch_request{sizeof(hookswitch_request),
                            to_c(in.method),
                            to_c(in.url),
                            to_c(in.path),
                            to_c(in.query),
                            to_c(in.kind),
                            headers->pairs,
                            headers->count,
                            to_c(in.body),
                            in.now_ms,
                            to_c(in.peer)};
}

Result<hookswitch_record> to_record(Arena& arena, const DecodeInput& in) {
  auto headers = to_pairs(arena, in.headers);
  if (!headers) return fail(Code::too_large, "hand {} headers to a plugin: the arena is full", in.headers->size());
  return hookswitch_record{sizeof(hookswitch_record),
                           to_c(in.record_kind),
                           to_c(in.kind),
                           to_c(in.path),
                           headers->pairs,
                           headers->count,
                           to_c(in.body),
                           in.time_ms};
}

hookswitch_verdict empty_verdict() {
  hookswitch_verdict verdict{};
  verdict.size = sizeof verdict;
  return verdict;
}

/// Takes the events of one decode; remembers the first thing that was wrong.
struct EventSink {
  hookswitch_sink base;
  const Plugin* plugin;
  std::vector<DecodedEvent> events;
  Status taken;

  static hookswitch_status emit(hookswitch_sink* base, const hookswitch_event* event) noexcept {
    auto* sink = reinterpret_cast<EventSink*>(base);
    if (sink->taken) sink->take(event);
    return sink->taken ? HOOKSWITCH_OK : HOOKSWITCH_INVALID;
  }

  void take(const hookswitch_event* event) {
    if (events.size() == limits::kEventsPerRecord) {
      taken = plugin->breach("decode", fmt::format("emitted more than {} events", limits::kEventsPerRecord));
      return;
    }
    Result<DecodedEvent> checked = checked_event(*plugin, *event);
    if (checked) {
      events.push_back(std::move(*checked));
    } else {
      taken = std::unexpected(checked.error());
    }
  }
};

/// Takes the deliveries of one made-up call; remembers the first thing that was wrong.
struct DeliverySink {
  hookswitch_delivery_sink base;
  const Plugin* plugin;
  std::vector<PlayedDelivery> deliveries;
  Status taken;

  static hookswitch_status emit(hookswitch_delivery_sink* base, const hookswitch_delivery* delivery) noexcept {
    auto* sink = reinterpret_cast<DeliverySink*>(base);
    if (sink->taken) sink->take(delivery);
    return sink->taken ? HOOKSWITCH_OK : HOOKSWITCH_INVALID;
  }

  void take(const hookswitch_delivery* delivery) {
    if (deliveries.size() == limits::kDeliveriesPerCall) {
      taken = plugin->breach("play", fmt::format("emitted more than {} deliveries", limits::kDeliveriesPerCall));
      return;
    }
    Result<PlayedDelivery> checked = checked_delivery(*plugin, *delivery);
    if (checked) {
      deliveries.push_back(std::move(*checked));
    } else {
      taken = std::unexpected(checked.error());
    }
  }
};

class PluginStream final : public StreamedVerify {
 public:
  PluginStream(const Plugin& plugin, const void* instance, const DeliveryRequest& request)
      : plugin_(plugin), instance_(instance) {
    Result<hookswitch_request> in = to_request(arena_, request);
    going_ = in ? plugin_.call(
                      "begin", arena_,
                      [&](hookswitch_call* call) { return plugin_.stream()->begin(instance_, call, &*in, &stream_); })
                : Status(std::unexpected(in.error()));
  }
  ~PluginStream() override {
    if (stream_ != nullptr) plugin_.stream()->abandon(instance_, stream_);
  }

  void update(std::string_view piece) override {
    if (!going_) return;
    going_ = plugin_.call("update", arena_, [&](hookswitch_call* call) {
      return plugin_.stream()->update(instance_, call, stream_, to_c(piece));
    });
  }

  Result<Verdict> finish() override {
    if (!going_) return std::unexpected(going_.error());
    hookswitch_verdict verdict = empty_verdict();
    void* stream = std::exchange(stream_, nullptr);
    Status done = plugin_.call("finish", arena_, [&](hookswitch_call* call) {
      return plugin_.stream()->finish(instance_, call, stream, &verdict);
    });
    if (!done) return std::unexpected(done.error());
    return checked_verdict(plugin_, verdict);
  }

 private:
  const Plugin& plugin_;
  const void* instance_;
  Arena arena_{limits::kArenaBytes, kStreamChunkBytes};
  void* stream_ = nullptr;
  Status going_;
};

class PluginSource final : public Source {
 public:
  PluginSource(std::shared_ptr<const Plugin> plugin, std::string name, std::string api_base, void* instance)
      : plugin_(std::move(plugin)), name_(std::move(name)), api_base_(std::move(api_base)), instance_(instance) {}
  ~PluginSource() override { plugin_->table().destroy(instance_); }

  const std::string& name() const override { return name_; }
  const std::string& provider() const override { return plugin_->id(); }
  bool can_stream() const override { return plugin_->stream() != nullptr; }
  DisableRule disable_rule() const override { return plugin_->disable_rule(); }

  Result<Verdict> verify(const DeliveryRequest& request) const override {
    ArenaLease arena;
    Result<hookswitch_request> in = to_request(*arena, request);
    if (!in) return std::unexpected(in.error());
    hookswitch_verdict verdict = empty_verdict();
    Status done = plugin_->call("verify", *arena, [&](hookswitch_call* call) {
      return plugin_->table().verify(instance_, call, &*in, &verdict);
    });
    if (!done) return std::unexpected(done.error());
    return checked_verdict(*plugin_, verdict);
  }

  std::unique_ptr<StreamedVerify> begin_verify(const DeliveryRequest& request) const override {
    return std::make_unique<PluginStream>(*plugin_, instance_, request);
  }

  Result<std::vector<DecodedEvent>> decode(const DecodeInput& input) const override {
    ArenaLease arena;
    Result<hookswitch_record> in = to_record(*arena, input);
    if (!in) return std::unexpected(in.error());
    EventSink sink{{sizeof(hookswitch_sink), &EventSink::emit}, plugin_.get(), {}, {}};
    Status done = plugin_->call("decode", *arena, [&](hookswitch_call* call) {
      return plugin_->table().decode(instance_, call, &*in, &sink.base);
    });
    if (!sink.taken) return std::unexpected(sink.taken.error());
    if (!done) return std::unexpected(done.error());
    return std::move(sink.events);
  }

  Result<RenderedReply> render(const DecodedEvent& event, std::string_view reply) const override {
    if (plugin_->replies() == nullptr) {
      return fail(Code::invalid, "render a reply: provider {} has no {}", provider(), HOOKSWITCH_EXT_REPLY);
    }
    hookswitch_event in{sizeof in,     to_c(event.id),   to_c(event.type), to_c(event.subject),
                        event.time_ms, to_c(event.data), to_c(event.raw),  event.wants_reply};
    return replied("render", [&](hookswitch_call* call, hookswitch_reply* out) {
      return plugin_->replies()->render(instance_, call, &in, to_c(reply), out);
    });
  }

  RenderedReply default_reply(const DeliveryRequest& request) const override {
    RenderedReply plain = plain_reply();
    if (plugin_->replies() == nullptr) return plain;
    Arena headers;
    Result<hookswitch_request> in = to_request(headers, request);
    if (!in) return plain;
    return replied("default_reply",
                   [&](hookswitch_call* call, hookswitch_reply* out) {
                     return plugin_->replies()->default_reply(instance_, call, &*in, out);
                   })
        .value_or(plain);
  }

  std::vector<std::string> action_types() const override { return plugin_->action_types(); }

  Result<HttpRequest> build_action(const ActionView& action) const override {
    return plugin_->actions() ? acting().build(action) : Source::build_action(action);
  }
  Result<ActionOutcome> parse_action(const ActionView& action, const HttpResponse& response) const override {
    return plugin_->actions() ? acting().parse(action, response) : Source::parse_action(action, response);
  }
  Result<HttpRequest> reconcile_action(const ActionView& action, std::string_view cursor) const override {
    return plugin_->can_reconcile() ? acting().reconcile(action, cursor) : Source::reconcile_action(action, cursor);
  }
  Result<ActionOutcome> match_action(const ActionView& action, const HttpResponse& response) const override {
    return plugin_->can_reconcile() ? acting().match(action, response) : Source::match_action(action, response);
  }

  std::vector<std::string> sync_resources() const override { return plugin_->sync_resources(); }

  Result<HttpRequest> build_query(const SyncQuery& query) const override {
    return plugin_->syncs() ? acting().build(query) : Source::build_query(query);
  }
  Result<SyncPage> read_page(const SyncQuery& query, const HttpResponse& response) const override {
    return plugin_->syncs() ? acting().read(query, response) : Source::read_page(query, response);
  }

  bool can_sign() const override { return plugin_->signing() != nullptr; }

  Result<SignedRequest> sign(const DeliveryRequest& request) const override {
    if (!can_sign()) return Source::sign(request);
    ArenaLease arena;
    Result<hookswitch_request> in = to_request(*arena, request);
    if (!in) return std::unexpected(in.error());
    hookswitch_signed made{};
    made.size = sizeof made;
    Status done = plugin_->call(
        "sign", *arena, [&](hookswitch_call* call) { return plugin_->signing()->sign(instance_, call, &*in, &made); });
    if (!done) return std::unexpected(done.error());
    return checked_signed(*plugin_, made);
  }

  bool can_play() const override { return plugin_->simulation() != nullptr; }

  Result<std::vector<PlayedDelivery>> play(std::string_view story) const override {
    if (!can_play()) return Source::play(story);
    ArenaLease arena;
    DeliverySink sink{{sizeof(hookswitch_delivery_sink), &DeliverySink::emit}, plugin_.get(), {}, {}};
    Status done = plugin_->call("play", *arena, [&](hookswitch_call* call) {
      return plugin_->simulation()->play(instance_, call, to_c(story), &sink.base);
    });
    if (!sink.taken) return std::unexpected(sink.taken.error());
    if (!done) return std::unexpected(done.error());
    return std::move(sink.deliveries);
  }

 private:
  template <class Fn>
  Result<RenderedReply> replied(const char* hook, Fn&& fn) const {
    ArenaLease arena;
    hookswitch_reply reply{};
    reply.size = sizeof reply;
    Status done = plugin_->call(hook, *arena, [&](hookswitch_call* call) { return fn(call, &reply); });
    if (!done) return std::unexpected(done.error());
    return checked_reply(*plugin_, hook, reply);
  }

  ActingInstance acting() const { return {*plugin_, instance_, api_base_}; }

  std::shared_ptr<const Plugin> plugin_;
  std::string name_, api_base_;
  void* instance_;
};

}  // namespace

std::string api_base_of(const std::string& config) {
  Json settings = parse_json(config);
  auto found = settings.is_object() ? settings.find("api_base") : settings.end();
  return found != settings.end() && found->is_string() ? found->get<std::string>() : "";
}

RenderedReply plain_reply() { return {200, "application/json", R"({"success":true})"}; }

Result<std::shared_ptr<Source>> make_source(std::shared_ptr<const Plugin> plugin, const std::string& name,
                                            const std::string& config) {
  ArenaLease arena;
  hookswitch_config in{sizeof in, to_c(name), to_c(config)};
  void* instance = nullptr;
  Status done = plugin->call("create", *arena, [&](hookswitch_call* call) {
    return plugin->table().create(plugin_host(), call, &in, &instance);
  });
  if (!done) return wrap(done.error(), "configure source " + name);
  return std::make_shared<PluginSource>(std::move(plugin), name, api_base_of(config), instance);
}

}  // namespace hookswitch
