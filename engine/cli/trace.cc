// `hookswitch trace SEQ`: one record step by step, as the present rules would handle it.
#include <fmt/format.h>

#include <memory>

#include "engine/cli/options.h"
#include "engine/cli/print.h"

namespace hookswitch::cli {
namespace {

void print_event(const Json& event) {
  fmt::print("event {}  {}  {}\n", cell(event, "id"), cell(event, "type"), cell(event, "time"));
  fmt::print("  call    {}\n", cell(event, "call"));
  fmt::print("  tenant  {}\n", cell(event, "tenant"));
  fmt::print("  data    {}\n", cell(event, "data"));
  for (const Json& run : event.at("rules")) {
    fmt::print("  rule {}  ({} steps, {} bytes, {} us)\n", cell(run, "rule"), cell(run, "steps"),
               cell(run, "memory_bytes"), cell(run, "us"));
    for (const Json& effect : run.at("effects")) fmt::print("    {}\n", dump(effect));
  }
  if (event.contains("error")) fmt::print("  ends as a dead letter: {}\n", cell(event, "error"));
}

int trace(const Context& context, uint64_t seq) {
  auto answer = ask(context, fmt::format("/events/{}/trace", seq));
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  fmt::print("record {}  {}  {}  {}\n", cell(*answer, "seq"), cell(*answer, "kind"), cell(*answer, "source"),
             cell(*answer, "time"));
  if (answer->contains("error")) fmt::print("decode: {}\n", cell(*answer, "error"));
  for (const Json& event : answer->at("events")) print_event(event);
  fmt::print("rules {}\n", cell(*answer, "rules_version"));
  return kDone;
}

}  // namespace

void add_trace(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("trace", "one record, step by step: decode, each rule, its effects and its cost");
  verb->footer("Example: hookswitch trace 42");
  auto seq = std::make_shared<uint64_t>(0);
  verb->add_option("seq", *seq, "sequence")->required();
  verb->callback([&context, seq] { context.run = [&context, seq] { return trace(context, *seq); }; });
}

}  // namespace hookswitch::cli
