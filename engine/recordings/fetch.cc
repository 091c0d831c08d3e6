#include "engine/recordings/fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/recordings/audio_type.h"

namespace hookswitch {
namespace {

constexpr int kRedirects = 3;  // media may lie elsewhere; credentials stay behind, and private addresses are refused
constexpr int64_t kLongestWaitMs = 3'600'000;

std::string_view header(const HttpResponse& response, std::string_view name) {
  for (const auto& [found, value] : response.headers) {
    if (found == name) return value;
  }
  return {};
}

int64_t after_ms(const HttpResponse& response) {
  std::string_view text = header(response, "retry-after");
  int64_t seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return 0;
  return std::clamp<int64_t>(seconds, 0, kLongestWaitMs / 1000) * 1000;
}

bool is_json(const HttpResponse& response) { return header(response, "content-type").starts_with("application/json"); }

std::unexpected<FetchFailure> no_answer(const HttpFailure& failure, const AudioSink& body, const std::string& source) {
  if (body.too_large()) {
    return std::unexpected(FetchFailure{
        .code = "too_large",
        .error = fmt::format("{} sent more than {} bytes, expected at most as many", source, limits::kRecordingBytes)});
  }
  if (!body.disk_error().empty()) return std::unexpected(FetchFailure{.error = body.disk_error(), .ours = true});
  if (failure.redirect_refused)
    return std::unexpected(FetchFailure{.code = "refused_address", .error = failure.error});
  bool sent = failure.sent != Sent::no;
  return std::unexpected(
      FetchFailure{.code = sent ? "cut_off" : "not_sent", .error = failure.error, .silent = sent && body.bytes() == 0});
}

}  // namespace

std::expected<FetchedAudio, FetchFailure> RecordingFetch::from(const std::string& name, const Json& ids) const {
  auto source = sources_.find(name);
  if (!source) {
    return std::unexpected(
        FetchFailure{.code = "unsendable", .error = fmt::format("source \"{}\" is not configured", name)});
  }
  Json found = ids;
  auto answer = ask(*source, dump(ids));
  if (answer && is_json(answer->response)) answer = ask_listed(*source, *answer, found);
  if (!answer) return std::unexpected(answer.error());
  AudioSink& body = *answer->body;
  std::string_view said = header(answer->response, "content-type");
  if (body.bytes() == 0) {
    return std::unexpected(FetchFailure{.code = "none", .error = fmt::format("{} answered with no audio", name)});
  }
  auto type = audio_type(said, body.head());
  if (!type) {
    return std::unexpected(
        FetchFailure{.code = "wrong_type",
                     .error = fmt::format("{} answered with \"{}\", expected audio", name, said.substr(0, 80))});
  }
  auto blob = body.finish();
  if (!blob) return std::unexpected(FetchFailure{.error = blob.error().message, .ours = true});
  return FetchedAudio{std::move(*blob), std::move(*type), body.bytes(), std::move(found)};
}

std::expected<RecordingFetch::Answer, FetchFailure> RecordingFetch::ask(const Source& source,
                                                                        const std::string& item) const {
  auto request = source.build_query({.resource = "recordings", .item = item});
  if (!request) return std::unexpected(FetchFailure{.code = "unsendable", .error = request.error().message});
  auto blob = blobs_.create();
  if (!blob) return std::unexpected(FetchFailure{.error = blob.error().message, .ours = true});
  auto body = std::make_shared<AudioSink>(std::move(*blob));
  HttpAsk ask{.request = std::move(*request)};
  if (auto base = base_url_.find(source.name()); base != base_url_.end()) ask.base_url = base->second;
  ask.redirects = kRedirects;
  ask.on_body = [body](std::string_view piece) { return body->take(piece); };
  auto result = send_(std::move(ask));
  if (!result) return std::unexpected(FetchFailure{.stopping = true});
  if (!*result) return no_answer(result->error(), *body, source.name());
  int status = (*result)->status;
  if (status < 200 || status > 299) {
    return std::unexpected(FetchFailure{.status = status,
                                        .error = fmt::format("{} answered {}", source.name(), status),
                                        .after_ms = after_ms(**result)});
  }
  return Answer{std::move(**result), std::move(body)};
}

// Not the audio yet, but where it lies.
std::expected<RecordingFetch::Answer, FetchFailure> RecordingFetch::ask_listed(const Source& source, const Answer& list,
                                                                               Json& ids) const {
  HttpResponse response{list.response.status, list.response.headers, list.body->head()};
  std::string item = dump(ids);
  auto page = source.read_page({.resource = "recordings", .item = item}, response);
  if (!page) return std::unexpected(FetchFailure{.code = "wrong_type", .error = page.error().message});
  if (page->items.empty()) {
    return std::unexpected(
        FetchFailure{.code = "none", .error = fmt::format("{} knows of no recording of this call", source.name())});
  }
  const SyncItem& first = page->items.front();
  if (!first.id_kind.empty()) ids[first.id_kind] = first.id;
  auto answer = ask(source, first.id);
  if (answer && is_json(answer->response)) {
    return std::unexpected(FetchFailure{
        .code = "wrong_type", .error = fmt::format("{} answered with JSON twice, expected audio", source.name())});
  }
  return answer;
}

}  // namespace hookswitch
