#include "engine/isolation/isolated_source.h"

#include <atomic>

#include "engine/isolation/rechecks.h"
#include "engine/providers/source.h"

namespace hookswitch {

namespace {

constexpr size_t kErrorBytes = 4 * limits::kKiB;  // of what a process says went wrong

const HeaderList& headers_of(const HeaderList* headers) {
  static const HeaderList none;
  return headers == nullptr ? none : *headers;
}

/// Reads a hook's own Result.
template <class T>
TakeResult into(Result<T>& result) {
  return [&result](WireReader& in) {
    in(result);
    if (!result && result.error().message.size() > kErrorBytes) result.error().message.resize(kErrorBytes);
    return in.done();
  };
}

/// A stream is a number in the process where it began. Its pieces are short questions: the process is not held between
/// them.
class IsolatedStream final : public StreamedVerify {
 public:
  IsolatedStream(const IsolatedPlugin& home, const SourceSpec& spec, const DeliveryRequest& request)
      : home_(home), spec_(spec) {
    static std::atomic<uint64_t> streams{0};
    number_ = ++streams;
    Status begun;
    Question question(Hook::begin, spec_.number, number_, request, headers_of(request.headers));
    going_ = home_.ask(spec_, question, into(begun), &place_);
    if (going_) going_ = begun;
    open_ = going_.has_value();
  }

  ~IsolatedStream() override {
    if (!open_) return;
    Question question(Hook::abandon, spec_.number, number_);
    Status abandoned;
    if (Status asked = home_.ask_there(place_, question, into(abandoned)); !asked) return;  // it died: all is released
  }

  void update(std::string_view piece) override {
    if (!going_) return;
    Status taken;
    Question question(Hook::update, spec_.number, number_, piece);
    going_ = home_.ask_there(place_, question, into(taken));
    if (going_) going_ = taken;
  }

  Result<Verdict> finish() override {
    if (!going_) return std::unexpected(going_.error());
    open_ = false;
    Result<Verdict> verdict;
    Question question(Hook::finish, spec_.number, number_);
    Status asked = home_.ask_there(place_, question, into(verdict));
    if (!asked) return std::unexpected(asked.error());
    return verdict ? rechecked(*home_.plugin(), *verdict) : verdict;
  }

 private:
  const IsolatedPlugin& home_;
  const SourceSpec& spec_;
  uint64_t number_ = 0;
  Place place_;
  bool open_ = false;  // the process has it
  Status going_;
};

class IsolatedSource final : public Source {
 public:
  IsolatedSource(std::shared_ptr<const IsolatedPlugin> home, SourceSpec spec)
      : home_(std::move(home)), spec_(std::move(spec)), api_base_(api_base_of(spec_.settings)) {}
  ~IsolatedSource() override { home_->forget(spec_); }

  const std::string& name() const override { return spec_.name; }
  const std::string& provider() const override { return plugin().id(); }
  DisableRule disable_rule() const override { return plugin().disable_rule(); }

  Result<Verdict> verify(const DeliveryRequest& request) const override {
    auto verdict = ask<Verdict>(Hook::verify, request, headers_of(request.headers));
    return verdict ? rechecked(plugin(), *verdict) : verdict;
  }

  bool can_stream() const override { return plugin().description().streams; }
  std::unique_ptr<StreamedVerify> begin_verify(const DeliveryRequest& request) const override {
    return std::make_unique<IsolatedStream>(*home_, spec_, request);
  }

  Result<std::vector<DecodedEvent>> decode(const DecodeInput& input) const override {
    auto events = ask<std::vector<DecodedEvent>>(Hook::decode, input, headers_of(input.headers));
    return events ? rechecked(plugin(), *events) : events;
  }

  Result<RenderedReply> render(const DecodedEvent& event, std::string_view said) const override {
    auto reply = ask<RenderedReply>(Hook::render, event, said);
    return reply ? rechecked(plugin(), "render", *reply) : reply;
  }

  RenderedReply default_reply(const DeliveryRequest& request) const override {
    if (!plugin().description().replies) return plain_reply();
    auto reply = ask<RenderedReply>(Hook::default_reply, request, headers_of(request.headers));
    if (reply) reply = rechecked(plugin(), "default_reply", *reply);
    return reply.value_or(plain_reply());
  }

  std::vector<std::string> action_types() const override { return plugin().action_types(); }
  Result<HttpRequest> build_action(const ActionView& action) const override {
    return request_for(Hook::build_action, action);
  }
  Result<ActionOutcome> parse_action(const ActionView& action, const HttpResponse& response) const override {
    return outcome_of(Hook::parse_action, action, response);
  }
  Result<HttpRequest> reconcile_action(const ActionView& action, std::string_view cursor) const override {
    ActionView from = action;
    from.cursor = cursor;
    return request_for(Hook::reconcile_action, from);
  }
  Result<ActionOutcome> match_action(const ActionView& action, const HttpResponse& response) const override {
    return outcome_of(Hook::match_action, action, response);
  }

  std::vector<std::string> sync_resources() const override { return plugin().sync_resources(); }
  Result<HttpRequest> build_query(const SyncQuery& query) const override {
    return request_for(Hook::build_query, query);
  }
  Result<SyncPage> read_page(const SyncQuery& query, const HttpResponse& response) const override {
    auto page = ask<SyncPage>(Hook::read_page, query, response);
    return page ? rechecked(plugin(), query, *page) : page;
  }

  bool can_sign() const override { return plugin().description().signs; }
  Result<SignedRequest> sign(const DeliveryRequest& request) const override {
    auto made = ask<SignedRequest>(Hook::sign, request, headers_of(request.headers));
    return made ? rechecked(plugin(), *made) : made;
  }

  bool can_play() const override { return plugin().description().plays; }
  Result<std::vector<PlayedDelivery>> play(std::string_view story) const override {
    auto deliveries = ask<std::vector<PlayedDelivery>>(Hook::play, story);
    return deliveries ? rechecked(plugin(), *deliveries) : deliveries;
  }

 private:
  template <class T, class... Args>
  Result<T> ask(Hook hook, const Args&... args) const {
    Result<T> result;
    Question question(hook, spec_.number, args...);
    if (Status asked = home_->ask(spec_, question, into(result)); !asked) return std::unexpected(asked.error());
    return result;
  }

  template <class Asked>
  Result<HttpRequest> request_for(Hook hook, const Asked& asked) const {
    auto request = ask<HttpRequest>(hook, asked);
    return request ? rechecked(plugin(), hookswitch::name(hook), *request, api_base_) : request;
  }

  Result<ActionOutcome> outcome_of(Hook hook, const ActionView& action, const HttpResponse& response) const {
    auto outcome = ask<ActionOutcome>(hook, action, response);
    return outcome ? rechecked(plugin(), hookswitch::name(hook), *outcome) : outcome;
  }

  const Plugin& plugin() const { return *home_->plugin(); }

  const std::shared_ptr<const IsolatedPlugin> home_;
  const SourceSpec spec_;
  const std::string api_base_;
};

}  // namespace

std::shared_ptr<Source> make_isolated_source(std::shared_ptr<const IsolatedPlugin> home, SourceSpec spec) {
  return std::make_shared<IsolatedSource>(std::move(home), std::move(spec));
}

}  // namespace hookswitch
