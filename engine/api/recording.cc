// GET /calls/{id}/recording: the audio, from our own disk; fetched from the provider for the first who asks.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/api/byte_range.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/state/recordings.h"

namespace hookswitch {
namespace {

constexpr int64_t kComeAgainSecs = 2;  // while it is on its way

/// A part of a blob, read as the client takes it.
class BlobPart final : public BodySource {
 public:
  BlobPart(std::unique_ptr<BlobReader> reader, ByteRange range) : reader_(std::move(reader)), range_(range) {}
  uint64_t bytes() const override { return range_.bytes; }
  std::optional<std::string> next(size_t bytes_max) override {
    auto piece = reader_->read(range_.offset + sent_, std::min<uint64_t>(bytes_max, range_.bytes - sent_));
    if (!piece) {
      spdlog::error("a recording breaks off: {}", piece.error().message);
      return std::nullopt;
    }
    sent_ += piece->size();
    return std::move(*piece);
  }

 private:
  const std::unique_ptr<BlobReader> reader_;
  const ByteRange range_;
  uint64_t sent_ = 0;
};

Response later(int status, const std::string& detail, int64_t wait_secs) {
  return problem(status, detail, std::max<int64_t>(wait_secs, 1));
}

// A file to be played, never shown as a page of ours.
HeaderList head_of(const Recording& recording, const std::string& etag) {
  return {{"Content-Type", recording.type},
          {"Accept-Ranges", "bytes"},
          {"ETag", etag},
          {"Cache-Control", "private, no-cache"},
          {"X-Content-Type-Options", "nosniff"},
          {"Content-Security-Policy", "sandbox; default-src 'none'; media-src 'self'"}};
}

Response serve(const ApiParts& parts, const Request& request, const Recording& recording) {
  auto reader = parts.open_blob(recording.blob);
  if (!reader) {
    spdlog::error("the recording of call {}: {}", recording.call, reader.error().message);
    return problem(500, "the recording was kept, and its file cannot be read; the engine's log says why");
  }
  uint64_t size = (*reader)->bytes();
  std::string etag = "\"" + recording.blob + "\"";
  Response response{200, head_of(recording, etag), ""};
  if (request.header("if-none-match") == etag) {
    response.status = 304;
    return response;
  }
  std::string_view only_if = request.header("if-range");
  RangeAsked asked = only_if.empty() || only_if == etag ? asked_range(request.header("range"), size) : RangeAsked{};
  if (asked.kind == RangeKind::unsatisfiable) {
    Response none = problem(416, fmt::format("Range: found one behind the end, expected one within {} bytes", size));
    none.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
    return none;
  }
  ByteRange range = asked.kind == RangeKind::part ? asked.range : ByteRange{0, size};
  if (asked.kind == RangeKind::part) {
    response.status = 206;
    response.headers.emplace_back("Content-Range",
                                  fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.bytes - 1, size));
  }
  response.source = std::make_shared<BlobPart>(std::move(*reader), range);
  return response;
}

Response failed(const Recording& recording, int64_t now_ms) {
  std::string detail = fmt::format("the recording could not be fetched: {} ({})", recording.reason, recording.code);
  if (recording.code == "none") return problem(404, detail);
  bool passes = recording.code == "limited" || recording.code == "unavailable" || recording.code == "not_sent" ||
                recording.code == "cut_off";
  return later(passes ? 503 : 502, detail, (recording.next_ms - now_ms + 999) / 1000);
}

/// What can be said without asking the provider; nullopt: it has to be asked.
std::optional<Response> known_answer(const ApiParts& parts, const Request& request, const Call& call,
                                     const std::optional<Recording>& recording) {
  if (!recording) {
    if (call.get(CallField::has_recording) != FieldValue(false)) return std::nullopt;
    return problem(404, fmt::format("the call {} was not recorded", call.id()));
  }
  switch (recording->status) {
    case RecordingStatus::kept:
      return serve(parts, request, *recording);
    case RecordingStatus::expired:
      return problem(410, "the recording was kept for as long as retention.recordings says, and is gone");
    case RecordingStatus::erased:
      return problem(410, "the recording was erased");
    case RecordingStatus::failed:
      if (recording->next_ms > parts.clock.now_ms()) return failed(*recording, parts.clock.now_ms());
      return std::nullopt;
    case RecordingStatus::known:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Response> answer_now(const ApiParts& parts, const ApiRequest& request, std::string& call_id) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto call = visible_call(**reader, request.caller, request.path[0]);
  if (!call) return problem(call.error());
  call_id = call->id();
  return known_answer(parts, request.http, *call, find_recording(**reader, call->id()));
}

/// After it was tried, or has taken too long.
Response answer_then(const ApiParts& parts, const ApiRequest& request, bool over) {
  std::string call_id;
  if (auto response = answer_now(parts, request, call_id)) return std::move(*response);
  if (over) return later(503, "the recording cannot be fetched just now", kComeAgainSecs);
  Response response = json_answer({{"status", "fetching"}, {"call", call_id}}, 202);
  response.headers.emplace_back("Retry-After", std::to_string(kComeAgainSecs));
  return response;
}

std::optional<Response> recording(const ApiParts& parts, const ApiRequest& request) {
  std::string call_id;
  if (auto response = answer_now(parts, request, call_id)) return response;
  if (!parts.fetch_recording) return problem(404, "recordings are not fetched here");
  // The request is gone when the answer is made: what it said is kept.
  auto copy = std::make_shared<Request>(request.http);
  parts.fetch_recording(
      call_id, [&parts, copy, caller = request.caller, path = request.path, exchange = request.exchange](bool over) {
        ApiRequest again{.http = *copy, .caller = caller, .path = path, .query = {}, .body = {}, .exchange = exchange};
        Response response = answer_then(parts, again, over);
        bool says_how_long =
            std::ranges::any_of(response.headers, [](const auto& h) { return h.first == "Cache-Control"; });
        if (!says_how_long) response.headers.emplace_back("Cache-Control", "no-store");
        exchange->respond(std::move(response));
      });
  return std::nullopt;
}

}  // namespace

void add_recording(Endpoints& to, const ApiParts& parts) {
  to.push_back(
      {.method = "GET",
       .path = "/api/v1/calls/{id}/recording",
       .summary = "Audio of the call, whole or by `Range`: 200, 206, 416. Fetched from the provider for the first who "
                  "asks; 202 with `Retry-After` while it is on its way, 404 when there is none, 410 when it is "
                  "no longer kept, 502 and 503 when the provider does not give it",
       .answers = "Audio",
       .handle = [&parts](ApiRequest& request) { return recording(parts, request); }});
}

}  // namespace hookswitch
