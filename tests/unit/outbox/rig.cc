#include "tests/unit/outbox/rig.h"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "engine/processor/actions.h"

namespace hookswitch::test {
namespace {

template <class T>
T expect(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

}  // namespace

Status FullLog::append(NewRecord& record, Done done) {
  if (refuse > 0) {
    --refuse;
    return fail(Code::unavailable, "append a record: the log is full");
  }
  if (mislead > 0) {
    --mislead;
    return log_.append(record, [done = std::move(done)](const Result<uint64_t>&) mutable {
      done(std::unexpected(Error{Code::unavailable, "append a record: the disk fails"}));
    });
  }
  return log_.append(record, std::move(done));
}

Rig::Rig(Faults faults, RecipientOptions pace, std::map<std::string, SinkOptions> sinks) : provider(faults) {
  Json eleven{{"webhook_secret", "wsec_test"},
              {"api_key", "key"},
              {"api_base", provider.url()},
              {"agent_id", "xyz"},
              {"phone_number_id", "phnum_1"}};
  Json twilio{{"account_sid", "AC00000000000000000000000000000000"},
              {"auth_token", "token"},
              {"api_base", provider.url()},
              {"phone_number", "+15551230000"}};
  engine.sources().put(expect(engine.providers().create_source("elevenlabs", "elevenlabs", dump(eleven))));
  engine.sources().put(expect(engine.providers().create_source("twilio", "twilio", dump(twilio))));
  pace.base_url = provider.url();
  options_ = {.public_url = "https://calls.example.com",
              .sources = {{"elevenlabs", pace}, {"twilio", pace}},
              .sinks = std::move(sinks),
              .timeout_ms = 5'000,
              .drain_ms = 5'000};
  http_ = expect(HttpClient::start({}));
  replace();
}

// The clock stands still, so nothing would end by its deadline.
Rig::~Rig() {
  log.refuse = 0;
  advance_ms(60'000);
  settle();
  outbox_.reset();
  http_.reset();
}

void Rig::replace() {
  outbox_.reset();
  Dispatcher::Parts parts{.log = log,
                          .store = engine.store(),
                          .sources = engine.sources(),
                          .answers = engine.answers(),
                          .http = *http_,
                          .metrics = metrics,
                          .clock = engine.clock(),
                          .position = [this] { return engine.processor().status().position; },
                          .may_send = [this] { return may_send(); }};
  outbox_ = std::make_unique<Dispatcher>(std::move(parts), options_);
}

void Rig::start() { outbox_->start(); }

std::string Rig::make(Action asked, int64_t after_ms) {
  asked.next_ms = engine.clock().now_ms() + after_ms;
  asked.rule = "test";
  RecordView record;
  record.seq = 1'000'000 + static_cast<uint64_t>(++made_);
  record.time_ms = engine.clock().now_ms();
  std::string id;
  auto written = engine.store().write([&](Writer& writer) -> Status {
    auto made = make_action(writer, record, fmt::format("test/{}", made_), asked);
    if (!made) return std::unexpected(made.error());
    id = *made;
    return {};
  });
  if (!written) throw std::runtime_error(written.error().message);
  outbox_->wake();
  return id;
}

std::string Rig::call(const std::string& source, int n, int priority, int64_t after_ms) {
  Action asked;
  asked.source = source;
  asked.type = "call";
  asked.params = {{"to", fmt::format("+4072{}{:06}", source == "twilio" ? 1 : 2, n)},
                  {"window", {{"days", "mon-sun"}, {"from", "00:00"}, {"to", "24:00"}}}};
  if (source == "twilio") asked.params["twiml"] = "<Response/>";
  asked.priority = priority;
  return make(std::move(asked), after_ms);
}

std::string Rig::end_call(const std::string& source, const std::string& call_sid) {
  Action asked;
  asked.source = source;
  asked.type = "end_call";
  asked.params = {{"external_ids", {{"call_sid", call_sid}}}};
  return make(std::move(asked), 0);
}

std::string Rig::sms(int n, const std::string& body) {
  Action asked;
  asked.source = "twilio";
  asked.type = "sms";
  asked.params = {{"to", fmt::format("+40721{:06}", n)}, {"body", body}, {"window", "any"}};
  return make(std::move(asked), 0);
}

std::string Rig::redirect(const std::string& call_sid, Json instructions) {
  Action asked;
  asked.source = "twilio";
  asked.type = "redirect";
  asked.params = std::move(instructions);
  asked.params["external_ids"] = {{"call_sid", call_sid}};
  return make(std::move(asked), 0);
}

std::string Rig::emit(const std::string& sink, int n) {
  Action asked;
  asked.type = "emit";
  asked.params = {{"sink", sink}, {"record", {{"n", n}}}};
  return make(std::move(asked), 0);
}

Action Rig::action(const std::string& id) {
  auto reader = expect(engine.store().read());
  auto found = find_action(*reader, id);
  if (!found) throw std::runtime_error("no such action");
  return *found;
}

bool Rig::until(const std::function<bool()>& condition) {
  return eventually([&] {
    outbox_->wake();
    return condition();
  });
}

void Rig::settle() {
  for (int i = 0; i < 10; ++i) {
    outbox_->wake();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  engine.settle();
}

}  // namespace hookswitch::test
