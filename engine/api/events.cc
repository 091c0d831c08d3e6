// GET /events: the log itself, record by record.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <expected>

#include "engine/api/problem.h"
#include "engine/api/record_json.h"
#include "engine/api/resources.h"
#include "engine/log/kept_record.h"
#include "engine/state/cursor.h"

namespace hookswitch {
namespace {

constexpr const char* kScope = "events";

std::optional<uint64_t> parse_seq(const std::string& text) {
  uint64_t seq = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error != std::errc() || end != text.data() + text.size() || seq == 0) return std::nullopt;
  return seq;
}

// The newest record the page may show; 0: there is none.
Result<uint64_t> start_of(const ApiParts& parts, const ApiRequest& request) {
  uint64_t start = parts.log.last_seq();
  if (request.query.has("to")) {
    auto end = parts.log.seq_at(request.query.time("to", 0));
    if (!end) return end;
    start = std::min(start, *end - 1);
  }
  if (request.query.cursor().empty()) return start;
  auto place = decode_cursor(kScope, request.query.cursor());
  if (!place) return std::unexpected(place.error());
  return std::min(start, parse_seq(*place).value_or(1) - 1);
}

struct EventPage {
  std::vector<Json> rows;
  uint64_t last_seen = 0;  // of all looked at
  bool over = false;       // no older one can be wanted
};

Response list_events(const ApiParts& parts, const ApiRequest& request) {
  auto start = start_of(parts, request);
  if (!start) return problem(start.error());
  std::string source = request.query.text("source"), kind = request.query.text("kind");
  int64_t from_ms = request.query.time("from", 0);
  EventPage page;
  auto look = [&](const RecordView& record) {
    page.over = record.time_ms < from_ms;
    if (page.over) return false;
    page.last_seen = record.seq;
    bool wanted = (source.empty() || source == record.source) && (kind.empty() || kind == name(record.kind));
    if (wanted) page.rows.push_back(summary_of(record));
    return page.rows.size() < request.query.limit();
  };
  if (*start > 0) {
    auto read = parts.log.read_backwards(*start, limits::kRowsExamined, look);
    if (!read) return problem(read.error());
  }
  bool more = !page.over && page.last_seen > std::max<uint64_t>(1, parts.log.stats().first_seq);
  return list_answer(std::move(page.rows), more ? encode_cursor(kScope, std::to_string(page.last_seen)) : "");
}

Response not_there(const ApiParts& parts, const std::string& seq) {
  LogStats log = parts.log.stats();
  std::string kept = log.first_seq == log.next_seq
                         ? "the log is empty"
                         : fmt::format("the log keeps {} to {}", log.first_seq, log.next_seq - 1);
  return problem(404, fmt::format("get record {}: found none of that sequence; {}", seq.substr(0, 40), kept));
}

// A copy, for a plugin may take its time with it and the log is not to be held open meanwhile. Else the answer to give.
std::expected<KeptRecord, Response> record_of(const ApiParts& parts, const std::string& text) {
  auto seq = parse_seq(text);
  if (!seq) return std::unexpected(not_there(parts, text));
  std::optional<KeptRecord> found;
  auto visit = [&](const RecordView& record) {
    if (record.seq == *seq) found.emplace(record);
    return false;
  };
  auto read = parts.log.read(*seq, 1, visit);
  if (!read) return std::unexpected(problem(read.error()));
  if (!found) return std::unexpected(not_there(parts, text));
  return std::move(*found);
}

Response one_event(const ApiParts& parts, const ApiRequest& request) {
  auto record = record_of(parts, request.path[0]);
  return record ? json_answer(details_of(record->view(), parts)) : std::move(record.error());
}

Response uncached(const Result<Json>& trace) {
  if (!trace) return problem(trace.error());  // uncached as it is
  Response response = json_answer(*trace);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// As it ran, unless the present rules are asked for or nothing is kept. Those run on a thread of their own, so the
// answer comes later.
std::optional<Response> trace(const ApiParts& parts, const ApiRequest& request) {
  auto record = record_of(parts, request.path[0]);
  if (!record) return std::move(record.error());
  const RecordView& view = record->view();
  std::string rules = request.query.text("rules");
  if (rules != "now") {
    auto ran = parts.ran(view, parts.decode(view));
    bool forgotten = !ran && ran.error().code == Code::not_found;
    if (rules == "then" || !forgotten) return uncached(ran);
  }
  parts.trace(view.seq,
              [exchange = request.exchange](const Result<Json>& trace) { exchange->respond(uncached(trace)); });
  return std::nullopt;
}

}  // namespace

void add_events(Endpoints& to, const ApiParts& parts) {
  to.push_back(
      {.method = "GET",
       .path = "/api/v1/events",
       .role = Role::operate,
       .every_tenant = true,
       .summary = "Records of the log, newest first",
       .query =
           {{"source", "configured source"},
            {"kind", "of record", ParameterType::word, {"delivery", "command", "timer", "result", "frame", "import"}},
            {"from", "arrived at or after", ParameterType::time},
            {"to", "arrived before", ParameterType::time}},
       .answers = "Record",
       .list = true,
       .handle = [&parts](ApiRequest& request) { return list_events(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/events/{seq}",
                .role = Role::operate,
                .every_tenant = true,
                .summary = "One record with headers, body and the events it decodes into",
                .answers = "RecordDetails",
                .slow = true,
                .handle = [&parts](ApiRequest& request) { return one_event(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/events/{seq}/trace",
                .role = Role::operate,
                .every_tenant = true,
                .summary = "One record step by step: decode, each rule, its effects and its cost; changes nothing",
                .query = {{"rules",
                           "then: as it ran; now: as the present rules would handle it. Left out: as it ran if that is "
                           "kept, else now; the answer's `as` says which",
                           ParameterType::word,
                           {"then", "now"}}},
                .answers = "Trace",
                .slow = true,
                .handle = [&parts](ApiRequest& request) { return trace(parts, request); }});
}

}  // namespace hookswitch
