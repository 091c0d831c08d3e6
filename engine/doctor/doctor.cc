#include "engine/doctor/doctor.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>

#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/ingest/record_headers.h"

namespace hookswitch {
namespace {

RefusedDelivery refusal_of(Delivery& delivery, const Verdict& verdict) {
  RefusedDelivery out;
  out.time_ms = delivery.arrived_ms;
  out.source = delivery.route.source.substr(0, limits::kSourceNameBytes);
  out.kind = delivery.route.kind;
  out.status = verdict.status;
  out.code = verdict.code;
  out.reason = verdict.reason;
  out.method = delivery.request.method;
  out.target = delivery.request.target;
  out.peer = delivery.request.peer;
  keep_headers(delivery.request.headers, out);
  out.body_bytes = delivery.blob ? delivery.blob->bytes() : delivery.body.size();
  // Refused by its headers, its end was not waited for: what has come of it is no body to try settings on.
  const Request& request = delivery.request;
  if (!delivery.whole) {
    out.body_bytes = std::max<uint64_t>(out.body_bytes, request.content_length.value_or(request.has_body ? 1 : 0));
  }
  bool kept = delivery.whole && !delivery.blob && out.body_bytes <= limits::kRefusalBodyBytes;
  if (kept) out.body = std::move(delivery.body);
  return out;
}

NewRecord record_of(const RefusedDelivery& refusal) {
  const Request request{.method = refusal.method, .target = refusal.target, .headers = refusal.headers};
  NewRecord record;
  record.kind = RecordKind::delivery;
  record.time_ms = refusal.time_ms;  // the log moves it forward
  record.source = refusal.source;
  record.headers = record_headers(request, refusal.kind);
  record.body = refusal.body;
  return record;
}

const char* code_of_lost_body(const RefusedDelivery& refusal) {
  return refusal.body_bytes > limits::kRefusalBodyBytes && !refusal.of_unknown_source() ? "too_large" : "not_kept";
}

}  // namespace

Result<std::unique_ptr<Doctor>> Doctor::start(const std::string& dir, Surroundings around, Log& log, const Clock& clock,
                                              RefusalBounds bounds, std::shared_ptr<const Keys> keys) {
  auto files = RefusalFiles::open(dir, bounds, std::move(keys));
  if (!files) return std::unexpected(files.error());
  return std::unique_ptr<Doctor>(new Doctor(std::move(*files), std::move(around), log, clock));
}

Doctor::Doctor(RefusalFiles files, Surroundings around, Log& log, const Clock& clock)
    : files_(std::move(files)), around_(std::move(around)), log_(log), clock_(clock), thread_([this] { work(); }) {}

Doctor::~Doctor() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Doctor::saw(Delivery& delivery, const Verdict& verdict) {
  {
    std::lock_guard lock(mutex_);
    if (arrived_.size() >= limits::kRefusalQueue) return;
    // What names no source shares one allowance, or names could be made up without end.
    bool unknown = verdict.code == kUnknownSource;
    if (!sampler_.wants(unknown ? "" : delivery.route.source, delivery.request.peer, delivery.arrived_ms)) return;
    arrived_.push_back(refusal_of(delivery, verdict));
  }
  wake_.notify_one();
}

void Doctor::take_question(std::function<void()> question, const Done& done) {
  {
    std::unique_lock lock(mutex_);
    if (stopping_ || questions_.size() >= limits::kDoctorQuestions) {
      lock.unlock();
      return done(fail(Code::unavailable, "ask about refused deliveries: too many ask at once"));
    }
    questions_.push_back(std::move(question));
  }
  wake_.notify_one();
}

void Doctor::list(std::string source, size_t count, Done done) {
  auto look = [this, source = std::move(source), count, done] {
    files_.remove_older_than(clock_.now_ms() - limits::kRefusalKeepMs);
    Json rows = Json::array();
    for (const RefusedDelivery& refusal : files_.newest(source, count)) rows.push_back(shown(refusal));
    done(Json{{"data", std::move(rows)}, {"next_cursor", nullptr}});
  };
  take_question(std::move(look), done);
}

void Doctor::redrive(Choice choice, Done done) {
  take_question([this, choice = std::move(choice), done] { done(redrive_now(choice)); }, done);
}

Result<uint64_t> Doctor::forget(const std::function<bool(const RecordView&)>& is_meant) {
  const auto would_be_meant = [&](const RefusedDelivery& refusal) {
    const NewRecord record = record_of(refusal);
    const std::string headers = encode_headers(record.headers);
    RecordView view;
    view.kind = record.kind;
    view.time_ms = record.time_ms;
    view.source = record.source;
    view.header_block = headers;
    view.body = record.body;
    return is_meant(view);
  };
  std::promise<Result<Json>> answer;
  auto forgotten = answer.get_future();
  Done done = [&](Result<Json> outcome) { answer.set_value(std::move(outcome)); };
  take_question([&] { done(Json(files_.forget(would_be_meant))); }, done);
  auto outcome = forgotten.get();
  if (!outcome) return std::unexpected(outcome.error());
  return outcome->get<uint64_t>();
}

// What arrived comes first, so that a question sees all that was refused before it.
void Doctor::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !arrived_.empty() || !questions_.empty(); });
    if (!arrived_.empty()) {
      RefusedDelivery refusal = std::move(arrived_.front());
      arrived_.pop_front();
      lock.unlock();
      write(std::move(refusal));
      lock.lock();
    } else if (!questions_.empty()) {
      auto question = std::move(questions_.front());
      questions_.pop_front();
      lock.unlock();
      question();
      lock.lock();
    } else {
      return;
    }
  }
}

void Doctor::write(RefusedDelivery refusal) {
  if (auto written = files_.add(refusal, clock_.now_ms()); !written) {
    spdlog::warn("a refused delivery is not kept: {}", written.error().message);
  }
}

Json Doctor::shown(const RefusedDelivery& refusal) const {
  Diagnosis diagnosis = diagnose(refusal, around_);
  return {{"id", refusal.id},
          {"time", rfc3339(refusal.time_ms)},
          {"source", refusal.source},
          {"path", refusal.path()},
          {"status", refusal.status},
          {"code", refusal.code},
          {"reason", refusal.reason},
          {"peer", refusal.peer},
          {"bytes", refusal.body_bytes},
          {"accepted_now", diagnosis.accepted_now},
          {"found", diagnosis.found},
          {"advice", diagnosis.advice},
          {"setting", diagnosis.setting.empty() ? Json() : Json(diagnosis.setting)},
          {"value", diagnosis.value.empty() ? Json() : Json(diagnosis.value)}};
}

std::vector<RefusedDelivery> Doctor::chosen(const Choice& choice) const {
  std::vector<RefusedDelivery> out;
  if (choice.ids.empty()) {
    out = files_.newest(choice.source, files_.count());
    return {std::make_move_iterator(out.rbegin()), std::make_move_iterator(out.rend())};
  }
  for (uint64_t id : choice.ids) {
    if (auto refusal = files_.find(id)) out.push_back(std::move(*refusal));
  }
  return out;
}

/// In the order in which they came.
Json Doctor::redrive_now(const Choice& choice) {
  Json redriven = Json::array(), refused = Json::array();
  for (uint64_t id : choice.ids) {
    if (!files_.find(id)) refused.push_back({{"id", id}, {"code", "not_found"}, {"reason", "it is not kept"}});
  }
  for (const RefusedDelivery& refusal : chosen(choice)) {
    Attempt attempt = attempt_of(refusal, around_);
    Verdict verdict{.code = std::string(kUnknownSource), .reason = "there is no such source"};
    if (attempt.source) verdict = attempt.verdict();
    if (!refusal.whole()) verdict = {.code = code_of_lost_body(refusal), .reason = refusal.why_not_whole()};
    if (verdict.kind == Verdict::Kind::refuse) {
      refused.push_back({{"id", refusal.id}, {"code", verdict.code}, {"reason", verdict.reason}});
      continue;
    }
    auto seq = append(refusal, verdict);
    if (!seq) {
      refused.push_back({{"id", refusal.id}, {"code", name(seq.error().code)}, {"reason", seq.error().message}});
      continue;
    }
    files_.remove(refusal.id);
    redriven.push_back({{"id", refusal.id}, {"seq", *seq}});
  }
  return {{"redriven", std::move(redriven)}, {"refused", std::move(refused)}};
}

Result<uint64_t> Doctor::append(const RefusedDelivery& refusal, const Verdict& verdict) {
  NewRecord record = record_of(refusal);
  record.key_hash = verdict.key.empty() ? 0 : hash64(verdict.key);
  return log_.append_and_wait(std::move(record));
}

}  // namespace hookswitch
