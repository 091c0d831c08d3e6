// `hookswitch events list|show|tail`: the log, through the running engine.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "engine/cli/client.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/cli/verbs.h"
#include "engine/http/url.h"

namespace hookswitch::cli {
namespace {

constexpr std::chrono::milliseconds kFollowPause{500};

struct Filter {
  int limit = 20;
  std::string source, from, to;
  uint64_t seq = 0;
  bool follow = false;
};

std::string query_of(const Filter& filter) {
  std::string query = fmt::format("/events?limit={}", filter.limit);
  if (!filter.source.empty()) query += "&source=" + percent_encode(filter.source);
  if (!filter.from.empty()) query += "&from=" + percent_encode(filter.from);
  if (!filter.to.empty()) query += "&to=" + percent_encode(filter.to);
  return query;
}

std::vector<std::string> row_of(const Json& record) {
  return {cell(record, "seq"),    cell(record, "time"), cell(record, "kind"),
          cell(record, "source"), cell(record, "path"), cell(record, "bytes")};
}

const std::vector<std::string> kTitles{"SEQ", "TIME", "KIND", "SOURCE", "PATH", "BYTES"};

int list(const Context& context, const Filter& filter) {
  auto answer = ask(context, query_of(filter));
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  std::vector<std::vector<std::string>> rows;
  for (const Json& record : answer->at("data")) rows.push_back(row_of(record));
  print_table(kTitles, rows);
  return kDone;
}

int show(const Context& context, const Filter& filter) {
  auto answer = ask(context, fmt::format("/events/{}", filter.seq));
  if (!answer) return report(answer.error());
  return print_json(*answer);
}

// Prints what came since the last look, oldest first; with -f for ever.
int tail(const Context& context, Filter filter) {
  uint64_t last = 0;
  do {
    auto answer = ask(context, query_of(filter));
    if (!answer) return report(answer.error());
    const Json& data = answer->at("data");
    for (auto record = data.rbegin(); record != data.rend(); ++record) {
      uint64_t seq = std::stoull(cell(*record, "seq"));
      if (seq <= last) continue;
      last = seq;
      context.json ? fmt::print("{}\n", dump(*record)) : fmt::print("{}\n", fmt::join(row_of(*record), "  "));
    }
    std::fflush(stdout);
    filter.limit = 200;
    if (filter.follow) std::this_thread::sleep_for(kFollowPause);
  } while (filter.follow);
  return kDone;
}

void add_filter(Verb& verb, Filter& filter) {
  verb.add_option("--limit", filter.limit, "how many").in_range(1, 200);
  verb.add_option("--source", filter.source, "only this source");
}

}  // namespace

void add_events(Verb& program, const Context& context) {
  auto events = program.add_verb("events", "the log: records and what they decode to");
  events.footer("Example: hookswitch events list --source twilio --limit 5");
  auto filter = std::make_shared<Filter>();

  auto list_verb = events.add_verb("list", "the newest records");
  add_filter(list_verb, *filter);
  list_verb.add_option("--from", filter->from, "arrived at or after (RFC 3339)");
  list_verb.add_option("--to", filter->to, "arrived before");
  list_verb.runs([&context, filter] { return list(context, *filter); });

  auto show_verb = events.add_verb("show", "one record with its events");
  show_verb.add_option("seq", filter->seq, "sequence").required().positive();
  show_verb.runs([&context, filter] { return show(context, *filter); });

  add_events_save(events, context);

  auto tail_verb = events.add_verb("tail", "the newest records, oldest first");
  add_filter(tail_verb, *filter);
  tail_verb.add_flag("-f,--follow", filter->follow, "go on printing what arrives");
  tail_verb.runs([&context, filter] { return tail(context, *filter); });
}

}  // namespace hookswitch::cli
