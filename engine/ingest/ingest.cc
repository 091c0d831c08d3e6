#include "engine/ingest/ingest.h"

#include <algorithm>
#include <new>

#include "engine/access/client_address.h"
#include "engine/base/hash.h"
#include "engine/ingest/ack.h"
#include "engine/ingest/delivery.h"
#include "engine/ingest/record_headers.h"

namespace hookswitch {
namespace {

Response rendered(RenderedReply reply) {
  Response response;
  response.status = reply.status;
  if (!reply.content_type.empty()) response.headers = {{"Content-Type", std::move(reply.content_type)}};
  response.body = std::move(reply.body);
  return response;
}

constexpr size_t kPieceBytes = 64 * 1024;  // of a large body, written and hashed at once
constexpr size_t kSmallBytes = 16 * 1024;  // of a body that may wait for its rest without being counted

// Refusals that are about headers: no body could be accepted with them.
constexpr std::string_view kByHeaders[] = {"missing_signature", "malformed_signature", "timestamp_too_old",
                                           "timestamp_in_future", "wrong_content_type"};

// By source, so that one with a wrong secret does not stop its provider's other ones.
std::string refusal_key(const Delivery& delivery) {
  return delivery.route.source + '\0' + rate_key(delivery.request.peer);
}

}  // namespace

// Collects the body: in memory while it is small, else in a blob file while the plugin hashes along. What it has in
// memory, beyond a little, and on disk counts as unverified until it is finished.
class DeliveryReceiver final : public Receiver {
 public:
  DeliveryReceiver(Ingest& ingest, std::unique_ptr<Delivery> delivery)
      : ingest_(ingest), delivery_(std::move(delivery)), client_(rate_key(delivery_->request.peer)) {}
  ~DeliveryReceiver() override { drop(); }

  void on_body(std::string_view piece) override {
    within_memory([&] { collect(piece); });
  }

  void on_complete() override {
    within_memory([&] {
      delivery_->whole = true;
      if (delivery_->blob && !write_collected()) return;
      ingest_.finish(*delivery_);
      drop();
    });
  }

  void on_abort() override { drop(); }

 private:
  // Without memory the provider comes again, as without a disk; after an answer nothing is left to do.
  template <class F>
  void within_memory(F&& work) {
    if (!delivery_) return;
    try {
      work();
    } catch (const std::bad_alloc&) {
      if (!delivery_) return;
      ingest_.metrics_.refused(delivery_->route.source, "memory");
      end(try_again("there is not enough memory now"));
    }
  }

  void collect(std::string_view piece) {
    if (!delivery_->blob && !make_room(piece.size())) return;
    delivery_->body.append(piece);
    // On the disk for want of memory, it keeps no more of that than a small body.
    const size_t most = on_disk_ < limits::kInlineBodyBytes ? kSmallBytes : kPieceBytes;
    if (delivery_->blob && delivery_->body.size() >= most) write_collected();
  }

  // For so much more of a body that is in memory yet. False: it was answered.
  bool make_room(size_t more) {
    const auto& length = delivery_->request.content_length;
    const size_t bytes = delivery_->body.size() + more;
    if (bytes > limits::kRefusalBodyBytes && is_condemned()) return false;
    if (bytes > limits::kInlineBodyBytes) return start_blob();
    if (delivery_->body.empty() && length && *length <= limits::kInlineBodyBytes) delivery_->body.reserve(*length);
    bool waits = !length || bytes < *length;
    return bytes <= kSmallBytes || !waits || hold(bytes);
  }

  // Refuses a body by its headers, once it is too long to be kept for finding out why.
  bool is_condemned() {
    if (std::exchange(headers_seen_, true) || !delivery_->source->can_stream()) return false;
    auto verdict = Ingest::refused_already(*delivery_);
    if (!verdict) return false;
    ingest_.refuse(*delivery_, *verdict);
    drop();
    return true;
  }

  // Counts what waits in memory for its rest. Where there is too much of that it goes to the disk, if it can be checked
  // from there, and is not condemned.
  bool hold(size_t bytes) {
    const uint64_t more = bytes - std::exchange(in_memory_, bytes);
    if (ingest_.unverified_in_memory_.take(client_, more)) return true;
    if (!delivery_->source->can_stream()) return no_room("unverified", "too many bodies are on their way");
    return !is_condemned() && start_blob();
  }

  // What was collected so far moves to the file.
  bool start_blob() {
    if (!delivery_->source->can_stream()) {
      ingest_.metrics_.refused(delivery_->route.source, "too_large");
      end(refused(413, "too_large", "the body is larger than this provider's signature can be checked for"));
      return false;
    }
    auto writer = ingest_.blobs_.create();
    if (!writer) return cannot_store(writer.error());
    delivery_->verifier = Ingest::verifier_of(*delivery_);
    delivery_->blob = std::move(*writer);
    if (!write_collected()) return false;
    release_memory();
    return true;
  }

  // What came since the last time, from memory to the file.
  bool write_collected() {
    std::string& piece = delivery_->body;
    if (ingest_.options_.disk_low && ingest_.options_.disk_low()) return no_room("disk", "the disk is nearly full");
    on_disk_ += piece.size();
    if (!ingest_.unverified_on_disk_.take(client_, piece.size()))
      return no_room("unverified", "too many large bodies are on their way");
    delivery_->verifier->update(piece);
    if (auto written = delivery_->blob->write(piece); !written) return cannot_store(written.error());
    piece.clear();
    piece.shrink_to_fit();
    return true;
  }

  bool no_room(const char* reason, const char* said) {
    ingest_.metrics_.refused(delivery_->route.source, reason);
    end(try_again(said));
    return false;
  }

  bool cannot_store(const Error& why) {
    ingest_.cannot_store(*delivery_, why);
    drop();
    return false;
  }

  void end(Response response) {
    delivery_->exchange->respond(std::move(response));
    drop();
  }

  void drop() {
    delivery_.reset();
    ingest_.unverified_on_disk_.give_back(client_, std::exchange(on_disk_, 0));
    release_memory();
  }

  void release_memory() { ingest_.unverified_in_memory_.give_back(client_, std::exchange(in_memory_, 0)); }

  Ingest& ingest_;
  std::unique_ptr<Delivery> delivery_;
  const std::string client_;  // whose share it takes: also a shared address has one, for a header makes any shared
  uint64_t on_disk_ = 0;
  uint64_t in_memory_ = 0;  // counted
  bool headers_seen_ = false;
};

Ingest::Ingest(IngestOptions options, const Routes& routes, const Sources& sources, Log& log, Blobs& blobs,
               Answers& answers, IntakeMetrics& metrics, const Clock& clock)
    : options_(std::move(options)),
      routes_(routes),
      sources_(sources),
      log_(log),
      blobs_(blobs),
      answers_(answers),
      metrics_(metrics),
      clock_(clock),
      unverified_on_disk_(options_.unverified_bytes, options_.unverified_bytes_each),
      unverified_in_memory_(options_.unverified_in_memory, options_.unverified_in_memory_each) {}

std::unique_ptr<Receiver> Ingest::on_request(Request&& request, std::shared_ptr<Exchange> exchange) {
  auto delivery = std::make_unique<Delivery>();
  delivery->arrived_ms = clock_.now_ms();
  delivery->arrived_us = clock_.steady_us();
  delivery->route = routes_.find(request.path()).value_or(Route{});
  delivery->request = std::move(request);
  delivery->exchange = std::move(exchange);
  auto answer = [&](Response response) {
    delivery->exchange->respond(std::move(response));
    return nullptr;
  };
  delivery->source = sources_.find(delivery->route.source);
  if (!delivery->source && options_.configured && options_.configured(delivery->route.source)) {
    metrics_.refused(delivery->route.source, "no_provider");
    return answer(try_again("the source's provider is not loaded"));
  }
  if (!delivery->source) {
    metrics_.refused("", "unknown_source");
    if (options_.on_refused) {
      options_.on_refused(*delivery, {.code = "unknown_source", .reason = "there is no such source", .status = 404});
    }
    return answer(refused(404, "not_found", "no such source"));
  }
  const std::string& method = delivery->request.method;
  if (method != "POST" && method != "GET") {
    metrics_.refused(delivery->route.source, "method");
    Response response = refused(405, "method_not_allowed", "webhooks are POST, or GET where the provider can");
    response.headers.emplace_back("Allow", "GET, POST");
    return answer(std::move(response));
  }
  if (options_.data_gone && options_.data_gone()) {
    metrics_.refused(delivery->route.source, "data");
    return answer(try_again("the data directory is gone"));
  }
  if (options_.disk_low && options_.disk_low()) {
    metrics_.refused(delivery->route.source, "disk");
    return answer(try_again("the disk is nearly full"));
  }
  if (options_.accepting && !options_.accepting()) {
    metrics_.refused(delivery->route.source, "lag");
    return answer(try_again("processing is too far behind"));
  }
  if (auto wait = too_often(*delivery)) {
    come_later(*delivery, *wait);
    return nullptr;
  }
  delivery->url = options_.public_url + delivery->request.target;
  return std::make_unique<DeliveryReceiver>(*this, std::move(delivery));
}

// A client whose deliveries are refused again and again is not listened to for a while. One behind whose address the
// provider itself could be is: what it sends is verified, and only what is not authentic is answered so.
std::optional<int64_t> Ingest::too_often(const Delivery& delivery) const {
  if (options_.rates == nullptr) return std::nullopt;
  if (!delivery.request.peer_shared && !options_.rates->idle(Limited::refused_webhooks)) {
    if (auto wait = options_.rates->look(Limited::refused_webhooks, refusal_key(delivery))) return wait;
  }
  return options_.rates->look(Limited::source, delivery.route.source);
}

// What a source may send is taken by what is authentic alone, so that nobody else can use it up.
std::optional<int64_t> Ingest::take_turn(const Delivery& delivery) const {
  if (options_.rates == nullptr) return std::nullopt;
  return options_.rates->take(Limited::source, delivery.route.source);
}

void Ingest::finish(Delivery& delivery) {
  auto verdict = delivery.verifier ? delivery.verifier->finish() : delivery.source->verify(delivery.to_verify());
  if (!verdict) {
    metrics_.refused(delivery.route.source, "plugin_error");
    metrics_.complain(delivery.route.source, verdict.error().message);
    return delivery.exchange->respond(try_again("the signature cannot be checked now"));
  }
  switch (verdict->kind) {
    case Verdict::Kind::refuse:
      return refuse(delivery, *verdict);
    case Verdict::Kind::accept:
      if (auto wait = take_turn(delivery)) return come_later(delivery, *wait);
      return append(delivery, std::move(*verdict));
    case Verdict::Kind::answer:
      return delivery.exchange->respond(rendered({verdict->status, verdict->content_type, verdict->body}));
  }
}

void Ingest::come_later(const Delivery& delivery, int64_t wait_secs) {
  metrics_.refused(delivery.route.source, "rate");
  delivery.exchange->respond(try_again("too many deliveries", wait_secs));
}

void Ingest::refuse(Delivery& delivery, const Verdict& verdict) {
  auto wait =
      options_.rates == nullptr ? std::nullopt : options_.rates->take(Limited::refused_webhooks, refusal_key(delivery));
  if (wait) return come_later(delivery, *wait);
  metrics_.refused(delivery.route.source, verdict.code);
  metrics_.complain(delivery.route.source, verdict.code + ": " + verdict.reason);
  // The sender learns that it was refused, not why: the reason is for the operator.
  std::string_view said = verdict.status == 415 ? "the content type is not one this provider sends" : "not authentic";
  delivery.exchange->respond(refused(verdict.status, verdict.status == 401 ? "not_authentic" : verdict.code, said));
  if (options_.on_refused) options_.on_refused(delivery, verdict);
}

void Ingest::append(Delivery& delivery, Verdict verdict) {
  Stored stored{delivery.exchange, delivery.source, delivery.arrived_us, std::move(verdict.message), nullptr};
  NewRecord record;
  record.kind = RecordKind::delivery;
  record.time_ms = delivery.arrived_ms;
  record.key_hash = verdict.key.empty() ? 0 : hash64(verdict.key);
  record.source = delivery.route.source;
  record.headers = record_headers(delivery.request, delivery.route.kind);
  stored.special = special_answer(delivery, std::move(verdict));
  record.body = std::move(delivery.body);  // of a GET webhook the parameters are in the ":query" header
  if (delivery.blob) {
    auto name = delivery.blob->finish();
    if (!name) return cannot_store(delivery, name.error());
    record.blob = std::move(*name);
    record.blob_bytes = delivery.blob->bytes();
  }
  auto done = [this, stored = std::move(stored)](Result<uint64_t> seq) mutable {
    answer(std::move(seq), std::move(stored));
  };
  if (!log_.append(record, std::move(done))) {
    metrics_.refused(record.source, "queue_full");
    delivery.exchange->respond(try_again("too many events are waiting to be stored"));
  }
}

std::unique_ptr<StreamedVerify> Ingest::verifier_of(const Delivery& delivery) {
  DeliveryRequest request = delivery.to_verify();
  request.body = {};
  return delivery.source->begin_verify(request);
}

std::optional<Verdict> Ingest::refused_already(const Delivery& delivery) {
  auto verdict = verifier_of(delivery)->finish();
  bool refused = verdict && verdict->kind == Verdict::Kind::refuse;
  if (!refused || std::ranges::find(kByHeaders, verdict->code) == std::end(kByHeaders)) return std::nullopt;
  return std::move(*verdict);
}

void Ingest::cannot_store(Delivery& delivery, const Error& why) {
  metrics_.refused(delivery.route.source, "store");
  metrics_.complain(delivery.route.source, why.message);
  delivery.exchange->respond(try_again("the body cannot be stored now"));
}

// A long body is left out: no provider asks for an answer with one.
std::unique_ptr<Ingest::Special> Ingest::special_answer(const Delivery& delivery, Verdict verdict) {
  if (!verdict.wants_reply && verdict.body.empty()) return nullptr;
  auto out = std::make_unique<Special>();
  out->verdict = std::move(verdict);
  if (!out->verdict.wants_reply) return out;
  out->method = delivery.request.method;
  out->target = delivery.request.target;
  out->kind = delivery.route.kind;
  out->headers = {{"content-type", std::string(delivery.request.header("content-type"))}};
  if (delivery.body.size() <= kSmallBytes) out->body = delivery.body;
  out->arrived_ms = delivery.arrived_ms;
  return out;
}

RenderedReply Ingest::default_reply(const Stored& waiting) {
  const Special& asked = *waiting.special;
  Request request;
  request.target = asked.target;
  DeliveryRequest told;
  told.method = asked.method;
  told.path = request.path();
  told.query = request.query();
  told.kind = asked.kind;
  told.headers = &asked.headers;
  told.body = asked.body;
  told.now_ms = asked.arrived_ms;
  return waiting.source->default_reply(told);
}

void Ingest::answer(Result<uint64_t> seq, Stored stored) {
  const std::string& source = stored.source->name();
  if (!seq) {
    metrics_.refused(source, "store");
    return stored.exchange->respond(try_again("the event cannot be stored now"));
  }
  metrics_.accepted(source, clock_.steady_us() - stored.arrived_us);
  if (!stored.special) return stored.exchange->respond(accepted(*seq, stored.message));
  Verdict& verdict = stored.special->verdict;
  if (verdict.wants_reply) return await_reply(*seq, std::move(stored));
  stored.exchange->respond(rendered({200, std::move(verdict.content_type), std::move(verdict.body)}));
}

void Ingest::await_reply(uint64_t seq, Stored waiting) {
  int64_t deadline_us = waiting.arrived_us + options_.reply_deadline_ms * 1000;
  // Whoever still waits when the engine ends is told so after this has gone.
  answers_.wait(seq, deadline_us, [&metrics = metrics_, waiting = std::move(waiting)](std::optional<Answer> answer) {
    if (answer) {
      return waiting.exchange->respond(
          rendered({answer->status, std::move(answer->content_type), std::move(answer->body)}));
    }
    metrics.missed_deadline(waiting.source->name());
    waiting.exchange->respond(rendered(default_reply(waiting)));
  });
}

}  // namespace hookswitch
