// One action on its way: request, claim, grant, answer, outcome.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

#include "engine/outbox/dispatcher.h"
#include "engine/outbox/result_record.h"
#include "engine/processor/actions.h"

namespace hookswitch {
namespace {

constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;
constexpr int kDone = 200;

std::string sink_of(const Action& action) { return json_text(action.params, "sink"); }

// Seconds of a Retry-After; a date in it is read as the usual pause.
int64_t retry_after_ms(const HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    int64_t secs = 0;
    if (name != "retry-after") continue;
    auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), secs);
    if (code == std::errc{} && end == value.data() + value.size() && secs > 0) return secs * 1000;
  }
  return limits::kPauseMs;
}

std::string why_bad(const HttpResult& result) {
  return result ? fmt::format("it answered {}", result->status) : result.error().error;
}

}  // namespace

// What is to be sent is known before it is claimed, because the claim says whether it is harmless.
void Dispatcher::plan(Recipient& to, Flight& flight) {
  const std::string& id = flight.action.id;
  auto ask = request_of(to, flight);
  if (!ask) {
    flight.unsendable = ask.error().message;
  } else {
    flight.ask = std::move(*ask);
    flight.ask.base_url = to.base_url();
    flight.ask.timeout_ms = options_.timeout_ms;
  }
  if (!flight.look) return claims_.push_back(id);
  flight.ask.request.harmless = true;
  send(id, flight);
}

Result<HttpAsk> Dispatcher::request_of(const Recipient& to, const Flight& flight) {
  const Action& action = flight.action;
  if (to.is_sink()) {
    std::string sink = sink_of(action);
    if (sinks_.is_file(sink)) return HttpAsk{.request = {.harmless = true}};
    return sinks_.ask(sink, action.id, dump(action.params.value("record", Json())), parts_.clock.now_ms() / 1000);
  }
  auto source = parts_.sources.find(action.source);
  if (!source) return fail(Code::not_found, "send action {}: source {} is not there", action.id, action.source);
  ToldAction told;
  tell(action, options_.public_url + "/hooks/" + action.source, told);
  told.view.now_ms = parts_.clock.now_ms();
  if (flight.look)
    told.view.now_ms = surely_now_ms(action, elapsed_.since_ms(action.sent_ms), told.view.now_ms);
  told.view.attempt = flight.attempt;
  told.view.cursor = action.cursor;
  auto request = flight.look ? source->reconcile_action(told.view, action.cursor) : source->build_action(told.view);
  if (!request) return std::unexpected(request.error());
  return HttpAsk{.request = std::move(*request)};
}

void Dispatcher::claim_all() {
  if (claims_.empty()) return;
  std::vector<std::string> ids;
  ids.swap(claims_);
  auto synced = parts_.store.durable_sync();
  for (const std::string& id : ids) {
    Flight& flight = flights_.at(id);
    NewRecord claim = claim_record(flight.action, flight.attempt, flight.ask.request.harmless, parts_.clock.now_ms());
    synced ? append(id, std::move(claim)) : unwritten(id, synced.error());
  }
}

void Dispatcher::append(const std::string& id, NewRecord record) {
  Log::Done done = [this, mail = mail_, id](Result<uint64_t> seq) mutable {
    mail->post(
        [this, id = std::move(id), seq = std::move(seq)] { seq ? await(id, *seq) : unwritten(id, seq.error()); });
  };
  if (auto taken = parts_.log.append(record, std::move(done)); !taken) unwritten(id, taken.error());
}

// A claim that is not in the log was never made, but the log may be mistaken: see clear_doubts(). An outcome is kept
// until it is there; one that the log will never take gives way to the word that nobody could read it.
void Dispatcher::unwritten(const std::string& id, const Error& error) {
  auto at = flights_.find(id);
  if (at == flights_.end()) return;
  bool never = error.code == Code::too_large || error.code == Code::invalid;
  if (never && at->second.stage == Stage::reporting) return report_unreadable(id, at->second, error);
  int64_t now_us = parts_.clock.steady_us();
  if (now_us >= complain_us_) spdlog::error("the outbox waits for room in the log: {}", error.message);
  if (now_us >= complain_us_) complain_us_ = now_us + limits::kOutboxComplaintMs * 1000;
  rest_until_us_ = now_us + limits::kOutcomeRetryMs * 1000;
  if (at->second.stage == Stage::claiming) {
    doubtful_[id] = at->second.attempt;
    return release(at);
  }
  later(limits::kOutcomeRetryMs, [this, id] {
    auto still = flights_.find(id);
    if (still != flights_.end() && still->second.record) append(id, *still->second.record);
  });
}

void Dispatcher::await(const std::string& id, uint64_t seq) {
  auto at = flights_.find(id);
  if (at == flights_.end()) return;
  at->second.record.reset();
  int64_t deadline_us = parts_.clock.steady_us() + limits::kGrantWaitMs * 1000;
  parts_.answers.wait(seq, deadline_us, [this, mail = mail_, id, seq](std::optional<Answer> answer) {
    mail->post([this, id, seq, answer = std::move(answer)] { heard(id, seq, answer); });
  });
}

void Dispatcher::heard(const std::string& id, uint64_t seq, const std::optional<Answer>& answer) {
  auto at = flights_.find(id);
  if (at == flights_.end()) return;
  auto word = word_of(at->second, seq, answer);
  if (!word) return await(id, seq);
  if (at->second.stage != Stage::claiming) return settled(at, *word);
  if (word->value("granted", false)) return granted(at);
  metrics_.not_granted(receiver_of(at->second.action));
  release(at);
}

// What the processor said of record `seq`. When nobody was there to hear it in time, the row says it; nullopt: it has
// not come that far.
std::optional<Json> Dispatcher::word_of(const Flight& flight, uint64_t seq, const std::optional<Answer>& answer) const {
  if (answer) {
    Json word = parse_json(answer->body);
    return word.is_object() ? word : Json::object();
  }
  if (parts_.position() < seq) return std::nullopt;
  auto reader = parts_.store.read();
  if (!reader) return std::nullopt;
  auto row = find_action(**reader, flight.action.id);
  bool granted = row && row->status == ActionStatus::sending && row->attempt == flight.attempt;
  return Json{{"granted", granted}};
}

// "": it may be.
std::string Dispatcher::why_not_sent() const {
  if (stop_by_us_ != 0) return "the engine is stopping";
  return parts_.may_send() ? "" : "the data directory is not in place";
}

void Dispatcher::granted(Flights::iterator at) {
  auto& [id, flight] = *at;
  flight.stage = Stage::granted;
  if (std::string why = flight.unsendable.empty() ? why_not_sent() : ""; !why.empty()) {
    // Claimed, but nothing has gone out: said so, it is simply tried again.
    HttpResult unsent = std::unexpected(HttpFailure{std::move(why), Sent::no});
    return report(id, flight, answer_record("answer", flight.action, flight.attempt, unsent, parts_.clock.now_ms()));
  }
  if (std::string sink = sink_of(flight.action); flight.action.type == "emit" && sinks_.is_file(sink))
    return files_[sink].push_back(id);
  send(id, flight);
}

void Dispatcher::send(const std::string& id, Flight& flight) {
  flight.stage = Stage::sending;
  if (!flight.unsendable.empty()) {
    const char* word = flight.look ? "looked" : "answer";
    auto never = never_record(word, flight.action, flight.attempt, flight.unsendable, parts_.clock.now_ms());
    return report(id, flight, std::move(never));
  }
  flight.began_us = parts_.clock.steady_us();
  parts_.http.send(std::move(flight.ask), [this, mail = mail_, id](HttpResult result) {
    mail->post([this, id, result = std::move(result)]() mutable { answered(id, std::move(result)); });
  });
}

// All lines that were granted together are synced together.
void Dispatcher::write_files() {
  auto files = std::exchange(files_, {});
  for (const auto& [sink, ids] : files) {
    std::vector<std::string> lines;
    for (const std::string& id : ids) {
      const Json& params = flights_.at(id).action.params;
      lines.push_back(dump(params.value("record", Json())));
    }
    auto written = sinks_.write(sink, lines);
    for (const std::string& id : ids) {
      HttpResult result = HttpResponse{.status = kDone};
      if (!written) result = std::unexpected(HttpFailure{written.error().message, Sent::no});
      answered(id, std::move(result));
    }
  }
}

void Dispatcher::answered(const std::string& id, HttpResult result) {
  auto at = flights_.find(id);
  if (at == flights_.end()) return;
  Flight& flight = at->second;
  if (Recipient* to = recipient_of(receiver_of(flight.action))) judge(*to, flight, result);
  const char* word = flight.look ? "looked" : "answer";
  report(id, flight, answer_record(word, flight.action, flight.attempt, std::move(result), parts_.clock.now_ms()));
}

// Whether the recipient is well. What the answer says about the action is the processor's to read.
void Dispatcher::judge(Recipient& to, Flight& flight, const HttpResult& result) {
  int64_t now_us = parts_.clock.steady_us();
  metrics_.answered(to.name(), flight.look, result, now_us - flight.began_us);
  bool was_well = to.well(now_us);
  flight.judged = true;
  if (!result || result->status >= kServerError) {
    to.breaker().bad(now_us, why_bad(result));
  } else if (result->status == kTooManyRequests) {
    to.breaker().pause(now_us, retry_after_ms(*result));
  } else {
    to.breaker().good();
  }
  if (was_well && !to.well(now_us)) spdlog::warn("nothing is sent to {} for now: {}", to.name(), to.breaker().why());
  if (!was_well && to.well(now_us)) spdlog::info("{} is sent to again", to.name());
}

void Dispatcher::report(const std::string& id, Flight& flight, NewRecord record) {
  flight.stage = Stage::reporting;
  if (flight.look)
    record.headers.emplace_back(":waited", std::to_string(elapsed_.since_ms(flight.action.sent_ms)));
  flight.record = record;
  append(id, std::move(record));
}

void Dispatcher::report_unreadable(const std::string& id, Flight& flight, const Error& error) {
  spdlog::error("the answer to action {} cannot be kept: {}", id, error.message);
  HttpResult unread = std::unexpected(HttpFailure{"its answer cannot be kept: " + error.message, Sent::maybe});
  const char* word = flight.look ? "looked" : "answer";
  report(id, flight, answer_record(word, flight.action, flight.attempt, std::move(unread), parts_.clock.now_ms()));
}

void Dispatcher::settled(Flights::iterator at, const Json& outcome) {
  const Action& action = at->second.action;
  Recipient* to = recipient_of(receiver_of(action));
  if (to != nullptr && outcome.value("denied", false)) {
    int64_t now_us = parts_.clock.steady_us();
    to->breaker().denied(now_us, fmt::format("the account may not: {}", outcome.value("code", "")));
    spdlog::error("nothing is sent to {} until it is configured anew, but for a try now and then: {}", to->name(),
                  to->breaker().why());
  }
  if (!at->second.look) metrics_.outcome(receiver_of(action), outcome.value("status", "unread"));
  release(at);
}

void Dispatcher::release(Flights::iterator at) {
  const Flight& flight = at->second;
  if (Recipient* to = recipient_of(receiver_of(flight.action))) {
    if (!flight.judged) to->breaker().withdraw();
    to->end(flight.look);
  }
  flights_.erase(at);
  changed_ = true;
  wake();
}

}  // namespace hookswitch
