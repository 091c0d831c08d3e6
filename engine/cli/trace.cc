// `hookswitch trace SEQ`: one record step by step, as it ran or as the present rules would handle it.
#include <fmt/format.h>

#include <memory>

#include "engine/cli/options.h"
#include "engine/cli/print.h"

namespace hookswitch::cli {
namespace {

struct TraceOptions {
  uint64_t seq = 0;
  bool now = false;
  bool then = false;
};

void print_head(const Json& event) {
  if (!event.contains("id")) return fmt::print("event {} of record {}\n", cell(event, "index"), cell(event, "seq"));
  fmt::print("event {}  {}  {}\n", cell(event, "id"), cell(event, "type"), cell(event, "time"));
  if (event.value("duplicate", false)) {
    fmt::print("  a duplicate of record {}: it changed nothing\n", cell(event, "duplicate_of"));
  }
  fmt::print("  data    {}\n", cell(event, "data"));
}

void print_event(const Json& event) {
  print_head(event);
  if (event.contains("call")) fmt::print("  call    {}\n  tenant  {}\n", cell(event, "call"), cell(event, "tenant"));
  for (const Json& run : event.at("rules")) {
    fmt::print("  rule {}  ({} steps, {} bytes, {} us)\n", cell(run, "rule"), cell(run, "steps"),
               cell(run, "memory_bytes"), cell(run, "us"));
    for (const Json& effect : run.at("effects")) fmt::print("    {}\n", dump(effect));
  }
  if (event.contains("effects_left_out")) {
    fmt::print("  {} more effects were too large to keep\n", cell(event, "effects_left_out"));
  }
  if (event.contains("error")) fmt::print("  ended as a dead letter: {}\n", cell(event, "error"));
}

// "result: bytes=48212 call=call_5f0c name=recording"
void print_result(const Json& result) {
  fmt::print("result:");
  for (const auto& [word, value] : result.items()) fmt::print(" {}={}", word, cell(result, word));
  fmt::print("\n");
}

void print_trace(const Json& trace) {
  fmt::print("record {}  {}  {}  {}\n", cell(trace, "seq"), cell(trace, "kind"), cell(trace, "source"),
             cell(trace, "time"));
  if (trace.contains("result")) print_result(trace.at("result"));
  if (trace.contains("error")) {
    fmt::print("{}: {}\n", trace.contains("result") ? "dead letter" : "decode", cell(trace, "error"));
  }
  for (const Json& event : trace.at("events")) print_event(event);
  std::string version = brief(cell(trace, "rules_version"));
  trace.at("as") == "then"
      ? fmt::print("as it ran, by rules {} (in force from record {})\n", version, cell(trace, "rules_from"))
      : fmt::print("as the present rules {} would handle it; nothing was changed\n", version);
}

int trace(const Context& context, const TraceOptions& options) {
  const char* rules = options.now ? "?rules=now" : options.then ? "?rules=then" : "";
  auto answer = ask(context, fmt::format("/events/{}/trace{}", options.seq, rules));
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  print_trace(*answer);
  return kDone;
}

}  // namespace

void add_trace(Verb& program, const Context& context) {
  auto verb = program.add_verb("trace", "one record, step by step: decode, each rule, its effects and its cost");
  verb.footer(
      "Without --now or --then: as it ran if that is kept (trace.keep), else as the present rules would.\n"
      "Example: hookswitch trace 42 --now");
  auto options = std::make_shared<TraceOptions>();
  verb.add_option("seq", options->seq, "sequence").required().positive();
  auto now = verb.add_flag("--now", options->now, "as the present rules would handle it; changes nothing");
  verb.add_flag("--then", options->then, "as it ran, or an error when that is not kept").excludes(now);
  verb.runs([&context, options] { return trace(context, *options); });
}

}  // namespace hookswitch::cli
