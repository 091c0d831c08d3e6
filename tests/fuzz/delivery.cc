#include "tests/fuzz/delivery.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "engine/base/check.h"
#include "engine/base/json.h"

namespace hookswitch::fuzz {
namespace {

constexpr const char* kPublicUrl = "https://hooks.example.com";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

// Of a body in pieces the plugin keeps only so much to see what it is; a longer one may be told by less.
constexpr size_t kLookedAt = 4096;

bool same(const Verdict& whole, const Verdict& streamed, size_t body_bytes) {
  const bool judged = whole.kind == streamed.kind && whole.code == streamed.code && whole.status == streamed.status;
  const bool told = whole.wants_reply == streamed.wants_reply && whole.message == streamed.message;
  return judged && (told || body_bytes > kLookedAt);
}

Verdict verdict_of(const Source& source, const DeliveryRequest& request) {
  auto verdict = source.verify(request);
  ENSURE(verdict, "{}", verdict.error().message);
  return std::move(*verdict);
}

Verdict streamed(const Source& source, DeliveryRequest request) {
  auto body = pieces(std::exchange(request.body, {}));
  auto stream = source.begin_verify(request);
  for (std::string_view piece : body) stream->update(piece);
  auto verdict = stream->finish();
  ENSURE(verdict, "{}", verdict.error().message);
  return std::move(*verdict);
}

void check_signed(const Source& source, Delivery delivery) {
  auto made = source.sign(delivery.request());
  if (!made) return;  // of a type that is never sent
  for (auto& [name, value] : made->headers) {
    std::erase_if(delivery.headers, [&](const auto& header) { return header.first == name; });
    delivery.headers.emplace_back(std::move(name), std::move(value));
  }
  if (!made->query.empty()) delivery.query = made->query;
  delivery.url = kPublicUrl + delivery.path + (delivery.query.empty() ? "" : "?" + delivery.query);
  Verdict verdict = verdict_of(source, delivery.request());
  ENSURE(verdict.kind == Verdict::Kind::accept, "signed, and refused: {}", verdict.reason);
  if (source.can_stream())
    ENSURE(same(verdict, streamed(source, delivery.request()), delivery.body.size()), "signed, in pieces");
}

bool parses(const std::string& json) {
  thread_local simdjson::dom::parser parser;
  return parser.parse(json).error() == simdjson::SUCCESS;
}

std::string shown(const DecodedEvent& event) {
  return fmt::format("{} {} {} {} {} {}", event.id, event.type, event.subject, event.time_ms, event.wants_reply,
                     event.data);
}

// The plugin may say that what it was given is wrong; what it gives must keep the contract.
template <class T>
bool is_given(const Result<T>& result) {
  if (!result) ENSURE(result.error().code != Code::internal, "{}", result.error().message);
  return result.has_value();
}

HttpResponse response_of(const Delivery& answer) {
  HttpResponse out{200, answer.headers, answer.body};
  for (const auto& [name, value] : answer.headers) {
    if (name == "status") std::from_chars(value.data(), value.data() + value.size(), out.status);
  }
  out.status = std::clamp(out.status, 100, 599);
  return out;
}

}  // namespace

DeliveryRequest Delivery::request() const {
  return {.url = url,
          .path = path,
          .query = query,
          .kind = kind,
          .headers = &headers,
          .body = body,
          .now_ms = kNowMs,
          .peer = "192.0.2.1"};
}

Delivery read_delivery(std::string_view input) {
  Input in(input);
  Delivery out;
  auto line_without = [&](const char* ends) {
    std::string_view line = in.line();
    return line.substr(0, line.find_first_of(ends));
  };
  out.kind = line_without("?#");  // no request's path or query holds these
  out.query = line_without("#");
  for (std::string_view line = in.line(); !line.empty(); line = in.line()) {
    size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    out.headers.emplace_back(lower(line.substr(0, colon)), value);
  }
  out.body = in.rest();
  out.path = "/hooks/fuzz/" + out.kind;
  out.url = kPublicUrl + out.path + (out.query.empty() ? "" : "?" + out.query);
  return out;
}

std::shared_ptr<Source> source_of(const std::string& provider) {
  static Providers providers;
  static const std::vector<LoadOutcome> loaded = providers.load_dir("/nonexistent");
  Json settings{{"auth_token", "3f9a-not-in-any-input-71c2"},
                {"account_sid", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
                {"phone_number", "+15551230000"}};
  if (provider == "elevenlabs") {
    settings = {{"webhook_secret", {"3f9a-not-in-any-input-71c2", "wsec_e1-not-in-any-input"}},
                {"initiation_secret", {{"header", "x-fuzz"}, {"value", "77-not-in-any-input-aa"}}},
                {"formats", {"flat"}},
                {"answer_call", true},
                {"api_key", "xi"},
                {"agent_id", "agent_1"},
                {"phone_number_id", "phnum_1"}};
  }
  auto made = providers.create_source("fuzz", provider, settings.dump());
  ENSURE(made, "{}", made.error().message);
  return *made;
}

void check_verify(const Source& source, const Delivery& delivery) {
  Verdict verdict = verdict_of(source, delivery.request());
  ENSURE(verdict.kind != Verdict::Kind::accept, "accepted what nobody signed");
  if (source.can_stream())
    ENSURE(same(verdict, streamed(source, delivery.request()), delivery.body.size()), "{}", verdict.code);
  source.default_reply(delivery.request());
  check_signed(source, delivery);
}

std::vector<DecodedEvent> check_decode(const Source& source, const Delivery& delivery, std::string_view record_kind) {
  DecodeInput input{record_kind, delivery.kind, delivery.path, &delivery.headers, delivery.body, kNowMs};
  auto events = source.decode(input);
  auto again = source.decode(input);
  ENSURE(events.has_value() == again.has_value(), "decoded once of twice");
  if (!is_given(events)) return {};
  ENSURE(events->size() == again->size(), "{} events, then {}", events->size(), again->size());
  for (size_t i = 0; i < events->size(); ++i) {
    const DecodedEvent& event = (*events)[i];
    ENSURE(shown(event) == shown((*again)[i]), "{}\nand then\n{}", shown(event), shown((*again)[i]));
    ENSURE(parses(event.data) && parses(event.raw), "{}\n{}", event.data, event.raw);
    if (event.wants_reply) is_given(source.render(event, R"({"twiml":"<Response/>"})"));
  }
  return std::move(*events);
}

void check_answer(const Source& source, const Delivery& answer) {
  const HttpResponse response = response_of(answer);
  ActionView action{.id = "axn_0123456789abcdef01234567",
                    .type = answer.kind,
                    .params = R"({"to":"+15558675310"})",
                    .hook_url = "https://hooks.example.com/hooks/fuzz",
                    .made_ms = kNowMs - 60'000,
                    .sent_ms = kNowMs - 50'000,
                    .now_ms = kNowMs};
  if (auto parsed = source.parse_action(action, response); is_given(parsed)) {
    ENSURE(parsed->retry_after_ms >= 0, "again after {} ms", parsed->retry_after_ms);
  }
  if (auto matched = source.match_action(action, response); is_given(matched) && !matched->cursor.empty()) {
    is_given(source.reconcile_action(action, matched->cursor));
  }
  SyncQuery query{.resource = answer.kind, .from_ms = 1, .to_ms = kNowMs};
  auto page = source.read_page(query, response);
  if (!is_given(page)) return;
  query.cursor = page->next_cursor;
  is_given(source.build_query(query));
  for (const SyncItem& item : page->items) {
    ENSURE(!item.id.empty(), "an item without an id");
    query.item = item.id;
    is_given(source.build_query(query));
  }
}

}  // namespace hookswitch::fuzz
