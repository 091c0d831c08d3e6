#include "tests/unit/api/api_fixture.h"

#include <stdlib.h>

#include <filesystem>

#include "engine/base/hash.h"
#include "engine/state/calls.h"
#include "engine/state/tokens.h"

namespace hookswitch::test {
namespace {

std::string lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Reply reply_of(std::shared_ptr<FakeExchange> exchange) {
  Reply out;
  out.exchange = exchange;
  if (!exchange->response()) return out;
  const Response& response = *exchange->response();
  out.status = response.status;
  out.text = response.body;
  while (response.source && out.text.size() < response.source->bytes()) {
    auto piece = response.source->next(3);
    REQUIRE(piece);
    out.text += *piece;
  }
  for (const auto& [name, value] : response.headers) {
    CHECK_FALSE(out.headers.contains(lowered(name)));  // none of ours may come twice
    out.headers[lowered(name)] = value;
  }
  out.json = Json::parse(out.text, nullptr, false);
  return out;
}

}  // namespace

ApiFixture::ApiFixture(int64_t heartbeat_ms, const std::function<void(ApiParts&)>& change) {
  char dir[] = "/tmp/hookswitch_api_test_XXXXXX";
  REQUIRE(::mkdtemp(dir) != nullptr);
  dir_ = dir;
  auto store = Store::open({.dir = dir_ + "/state", .map_bytes_initial = 64 << 20}, clock_);
  REQUIRE(store);
  store_ = std::move(*store);
  LogOptions options;
  options.dir = dir_ + "/log";
  options.blob_dir = dir_ + "/blobs";
  options.extend_bytes = 0;
  auto log = Log::open(options, clock_);
  REQUIRE(log);
  log_ = std::move(*log);
  blobs_ = Blobs::open(options.blob_dir).value();
  make_tokens();
  ApiParts all = parts(heartbeat_ms);
  if (change) change(all);
  api_ = std::make_unique<Api>(std::move(all));
}

ApiFixture::~ApiFixture() {
  api_.reset();
  log_.reset();
  store_.reset();
  std::filesystem::remove_all(dir_);
}

ApiParts ApiFixture::parts(int64_t heartbeat_ms) {
  return {.store = *store_,
          .log = *log_,
          .metrics = metrics_,
          .clock = clock_,
          .decode = [this](const RecordView&) { return decoded; },
          .trace = [](uint64_t seq, auto done) { done(Json{{"seq", seq}, {"events", Json::array()}}); },
          .ran = [this](const RecordView&, const auto&) { return ran; },
          .eval =
              [this](const Json& wish, auto done) {
                evaluated.push_back(wish);
                done(Json{{"values", {1}}, {"effects", Json::array()}});
              },
          .submit =
              [this](Command command, auto done) {
                commands.push_back(std::move(command));
                done(command_answer);
              },
          .refusals =
              [this](const std::string& source, size_t count, auto done) {
                refusals_asked.push_back({{"source", source}, {"count", count}});
                done(Json{{"data", Json::array()}, {"next_cursor", nullptr}});
              },
          .redrive_refusals =
              [this](const Json& choice, auto done) {
                refusals_asked.push_back(choice);
                done(Json{{"redriven", Json::array()}, {"refused", Json::array()}});
              },
          .not_ready = [this] { return not_ready; },
          .processor_status = [] { return Json{{"rules_version", "v1"}}; },
          .plugins = [] { return std::vector<Json>{{{"provider", "twilio"}}}; },
          .rules = [] { return Json{{"version", "v1"}, {"rules", Json::array()}}; },
          .timezone_of = [](const std::string&) { return std::string("Europe/Bucharest"); },
          .fetch_recording =
              [this](std::string call, auto done) {
                recordings_asked.push_back(std::move(call));
                done(fetch());
              },
          .open_blob = [this](std::string_view blob) { return blobs_->open_reader(blob); },
          .version = "1.2.3",
          .cli_token_hash = sha256_hex("hs_cli"),
          .heartbeat_ms = heartbeat_ms};
}

void ApiFixture::make_tokens() {
  const Token kTokens[] = {
      {.id = "viewer", .hash = {}, .role = "viewer", .tenant = {}, .created_ms = kNow, .revoked_ms = {}},
      {.id = "operator", .hash = {}, .role = "operator", .tenant = {}, .created_ms = kNow, .revoked_ms = {}},
      {.id = "admin", .hash = {}, .role = "admin", .tenant = {}, .created_ms = kNow, .revoked_ms = {}},
      {.id = "bound", .hash = {}, .role = "viewer", .tenant = "B1/L1", .created_ms = kNow, .revoked_ms = {}},
      {.id = "bound_admin", .hash = {}, .role = "admin", .tenant = "B1/L1", .created_ms = kNow, .revoked_ms = {}},
      {.id = "revoked", .hash = {}, .role = "admin", .tenant = {}, .created_ms = kNow, .revoked_ms = kNow}};
  write([&](Writer& writer) {
    for (Token token : kTokens) {
      secrets_[token.id] = "hs_" + token.id;
      token.hash = sha256_hex(secrets_[token.id]);
      put_token(writer, token);
    }
  });
}

Reply ApiFixture::get(const std::string& target, const std::string& as, const HeaderList& headers) {
  return send("GET", target, "", as, headers);
}

Reply ApiFixture::send(const std::string& method, const std::string& target, const std::string& body,
                       const std::string& as, const HeaderList& headers) {
  Request request;
  request.method = method;
  request.target = target;
  request.headers = headers;
  request.peer = "203.0.113.9";
  for (const auto& [name, value] : headers) {
    if (name == "test-peer") request.peer = value;
    if (name == "test-shared") request.peer_shared = true;
  }
  if (!as.empty()) request.headers.emplace_back("authorization", "Bearer " + secrets_[as]);
  request.has_body = !body.empty();
  auto exchange = std::make_shared<FakeExchange>();
  auto receiver = api_->on_request(std::move(request), exchange);
  if (receiver) {
    receiver->on_body(body);
    receiver->on_complete();
  }
  api_->settle();
  return reply_of(exchange);
}

std::string ApiFixture::add_blob(const std::string& body) {
  auto writer = blobs_->create().value();
  REQUIRE(writer->write(body));
  return writer->finish().value();
}

void ApiFixture::write(const std::function<void(Writer&)>& fn) {
  auto written = store_->write([&](Writer& writer) {
    fn(writer);
    return Status{};
  });
  REQUIRE(written);
}

void ApiFixture::put_call(const std::string& id, const std::map<CallField, FieldValue>& fields) {
  Call call;
  call.set(CallField::id, id);
  call.set(CallField::tenant, std::string("B1/L1"));
  call.set(CallField::status, std::string("completed"));
  call.set(CallField::started_at, kNow);
  for (const auto& [field, value] : fields) call.set(field, value);
  call.add_external_id("conversation_id", "conv_" + id);
  write([&](Writer& writer) {
    CHECK(hookswitch::put_call(writer, call));
    link_call(writer, "conversation_id", "conv_" + id, id);
  });
}

uint64_t ApiFixture::append(RecordKind kind, const std::string& source, const std::string& body,
                            const Headers& headers) {
  NewRecord record;
  record.kind = kind;
  record.time_ms = kNow;
  record.source = source;
  record.body = body;
  record.headers = headers;
  auto seq = log_->append_and_wait(std::move(record));
  REQUIRE(seq);
  return *seq;
}

}  // namespace hookswitch::test
