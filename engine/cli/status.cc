// `hookswitch status`: a running engine at a glance.
#include <fmt/format.h>

#include "engine/cli/options.h"
#include "engine/cli/print.h"

namespace hookswitch::cli {
namespace {

// Nested objects become lines "intake.records  120".
void print_lines(const Json& value, const std::string& prefix) {
  for (const auto& [key, item] : value.items()) {
    std::string path = prefix.empty() ? key : prefix + "." + key;
    item.is_object() ? print_lines(item, path) : fmt::print("{:<32} {}\n", path, cell(value, key));
  }
}

int status(const Context& context) {
  auto answer = ask(context, "/status");
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  print_lines(*answer, "");
  return kDone;
}

}  // namespace

void add_status(Verb& program, const Context& context) {
  auto verb =
      program.add_verb("status", "a running engine at a glance: intake rate, lag, dead letters, due tasks, disk");
  verb.footer("Example: hookswitch status --json");
  verb.runs([&context] { return status(context); });
}

}  // namespace hookswitch::cli
