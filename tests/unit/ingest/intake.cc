#include "tests/unit/ingest/intake.h"

namespace hookswitch::test {
namespace {

class ObedientBlobWriter final : public BlobWriter {
 public:
  explicit ObedientBlobWriter(ObedientBlobs& blobs) : blobs_(blobs) { blobs_.last.clear(); }
  Status write(std::string_view piece) override {
    if (blobs_.fails == ObedientBlobs::Fails::write) return fail(Code::unavailable, "write: the disk is full");
    blobs_.last += piece;
    ++blobs_.writes;
    return {};
  }
  Result<std::string> finish() override {
    if (blobs_.fails == ObedientBlobs::Fails::finish) return fail(Code::io, "move: the disk is gone");
    return std::string(64, 'a');
  }
  uint64_t bytes() const override { return blobs_.last.size(); }

 private:
  ObedientBlobs& blobs_;
};

std::shared_ptr<Source> made(Providers& providers, const std::string& name, const std::string& settings) {
  auto source = providers.create_source(name, name, settings);
  if (!source) FAIL(source.error().message);
  return *source;
}

}  // namespace

Status ObedientLog::append(NewRecord& record, Done done) {
  if (mood == Mood::is_full) return fail(Code::unavailable, "append: the queue is full");
  if (mood == Mood::fails) {
    done(fail(Code::unavailable, "append: the disk is full"));
    return {};
  }
  records.push_back(std::move(record));
  done(records.size());
  return {};
}

Result<std::unique_ptr<BlobWriter>> ObedientBlobs::create() {
  if (fails == Fails::create) return fail(Code::unavailable, "make a file: the disk is full");
  ++writers;
  return std::make_unique<ObedientBlobWriter>(*this);
}

Intake::Intake() {
  providers.load_dir(HOOKSWITCH_BINARY_DIR "/plugins");
  sources.put(made(providers, "elevenlabs",
                   R"({"webhook_secret":"w","initiation_secret":{"header":"x-greeting","value":"g"}})"));
  sources.put(made(providers, "twilio", R"({"auth_token":"t"})"));
  routes.add("/api/calls", {"elevenlabs", ""});
  IngestOptions options{.public_url = "https://calls.example.com", .reply_deadline_ms = 1'000};
  options.accepting = [this] { return accepting; };
  options.configured = [](std::string_view source) { return source == "twilio_late"; };
  ingest = std::make_unique<Ingest>(std::move(options), routes, sources, log, blobs, answers, intake_metrics, clock);
}

std::shared_ptr<KeptAnswer> Intake::ask(Request request, const std::string& body, size_t piece) {
  auto exchange = std::make_shared<KeptAnswer>();
  auto receiver = ingest->on_request(std::move(request), exchange);
  if (!receiver) return exchange;
  for (size_t at = 0; at < body.size(); at += piece) receiver->on_body(std::string_view(body).substr(at, piece));
  receiver->on_complete();
  return exchange;
}

Response Intake::answer(Request request, const std::string& body) {
  auto exchange = ask(std::move(request), body);
  REQUIRE(exchange->given);
  return *exchange->given;
}

Request Intake::signed_post(const std::string& source, const std::string& path, const std::string& body) {
  HeaderList headers{
      {"content-type", body.starts_with('{') ? "application/json" : "application/x-www-form-urlencoded"}};
  std::string url = "https://calls.example.com" + path;
  DeliveryRequest delivery;
  delivery.url = url;
  delivery.path = path;
  delivery.headers = &headers;
  delivery.body = body;
  delivery.now_ms = clock.now_ms();
  auto by_provider = sources.find(source)->sign(delivery);
  if (!by_provider) FAIL(by_provider.error().message);
  headers.insert(headers.end(), by_provider->headers.begin(), by_provider->headers.end());
  return post(path, std::move(headers));
}

Request post(const std::string& target, HeaderList headers) {
  Request out;
  out.method = "POST";
  out.target = target;
  out.headers = std::move(headers);
  out.has_body = true;
  return out;
}

}  // namespace hookswitch::test
