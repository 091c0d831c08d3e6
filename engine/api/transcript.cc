// GET /calls/{id}/transcript: the turns, or while the call runs each turn as it comes.
#include "engine/state/transcripts.h"

#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/api/sse.h"
#include "engine/base/hash.h"

namespace hookswitch {
namespace {

std::vector<Json> turns_of(const Reader& reader, std::string_view call_id) {
  auto transcript = find_transcript(reader, call_id);
  if (!transcript) return {};
  Json turns = parse_json(transcript->json);
  return turns.is_array() ? turns.get<std::vector<Json>>() : std::vector<Json>{};
}

constexpr int64_t kTranscriptWaitMs = 10 * 60'000;  // after the end of a call; then none is waited for any more

// Whether a call that is over may still get a transcript that it does not have.
bool may_get_one(const Call& call, int64_t now_ms) {
  std::string_view status = call.text(CallField::status);
  if (status == "failed" || status == "no_answer" || status == "busy" || status == "canceled") return false;
  auto ended_ms = call.integer(CallField::ended_at);
  if (!ended_ms) ended_ms = call.integer(CallField::updated_at);
  return ended_ms && now_ms - *ended_ms < kTranscriptWaitMs;
}

/// Sends the turns of one call, and closes when the call is over and its transcript is there, or will not come.
class TurnsWatcher final : public Watcher {
 public:
  TurnsWatcher(std::shared_ptr<Stream> stream, Caller caller, std::string call_id, const Clock& clock)
      : Watcher(std::move(stream), std::move(caller)), call_id_(std::move(call_id)), clock_(clock) {}

  After look(const Reader& reader, ShownCache&) override {
    auto call = visible_call(reader, caller(), call_id_);
    if (!call) return finish();
    const size_t room = stream().room();
    if (room == 0) return After::idle;
    std::vector<Json> turns = turns_of(reader, call->id());
    std::string text = sent_still_holds(turns) ? "" : start_over();
    while (sent_.size() < turns.size() && text.size() < room) {
      std::string turn = dump(turns[sent_.size()]);
      sent_.push_back(hash64(turn));
      text += sse_event("turn", turn);
    }
    if (!text.empty() && !stream().write(std::move(text))) return After::over;
    if (sent_.size() < turns.size()) return After::more;
    bool is_over =
        is_final_status(call->text(CallField::status)) && (!turns.empty() || !may_get_one(*call, clock_.now_ms()));
    return is_over ? finish() : After::idle;
  }

 private:
  // A later delivery may bring a better transcript than the one that was sent.
  bool sent_still_holds(const std::vector<Json>& turns) const {
    if (turns.size() < sent_.size()) return false;
    for (size_t i = 0; i < sent_.size(); ++i) {
      if (hash64(dump(turns[i])) != sent_[i]) return false;
    }
    return true;
  }

  std::string start_over() {
    sent_.clear();
    return sse_event("reset", R"({"reason":"a better transcript came: all turns follow"})");
  }

  After finish() {
    stream().write(sse_event("end", "{}"));
    stream().close();
    return After::over;
  }

  const std::string call_id_;
  const Clock& clock_;
  std::vector<uint64_t> sent_;  // hashes of the turns
};

bool wants_stream(const Request& request) {
  return request.header("accept").find("text/event-stream") != std::string_view::npos;
}

std::optional<Response> transcript(const ApiParts& parts, LiveStreams& live, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto call = visible_call(**reader, request.caller, request.path[0]);
  if (!call) return problem(call.error());
  if (!wants_stream(request.http)) return list_answer(turns_of(**reader, call->id()), "");
  if (request.http.method == "HEAD") return sse_head();
  auto stream = request.exchange->start_stream(sse_head(), request.caller.claimant());
  live.add(std::make_unique<TurnsWatcher>(std::move(stream), request.caller, call->id(), parts.clock));
  return std::nullopt;
}

}  // namespace

void add_transcript(Endpoints& to, const ApiParts& parts, LiveStreams& live) {
  to.push_back(
      {.method = "GET",
       .path = "/api/v1/calls/{id}/transcript",
       .summary = "Turns of the call; with `Accept: text/event-stream` each as an event, live while it runs. An `end` "
                  "event closes: the call is over, and its transcript was sent or is no longer expected",
       .answers = "TurnList",
       .handle = [&parts, &live](ApiRequest& request) { return transcript(parts, live, request); }});
}

}  // namespace hookswitch
