// `hookswitch new rule NAME`: a rule and its test to begin with.
#include <fmt/format.h>

#include <memory>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/config/config.h"
#include "engine/workbench/scaffold.h"

namespace hookswitch::cli {
namespace {

int make_rule(const Context& context, const std::string& name, const std::string& dir) {
  auto files = write_rule_scaffold(dir.empty() ? load_config(config_path(context)).config.rules.dir : dir, name);
  if (!files) return report(files.error());
  if (context.json) return print_json({{"rule", (*files)[0]}, {"test", (*files)[1]}});
  fmt::print("{}\n{}\nrun: hookswitch test {}\n", (*files)[0], (*files)[1], (*files)[1]);
  return kDone;
}

}  // namespace

void add_new(Verb& program, const Context& context) {
  auto verb = program.add_verb("new", "begin something new");
  auto rule = verb.add_verb("rule", "a rule and its test, which passes as it is");
  rule.footer("Example: hookswitch new rule vip_callers");
  auto name = std::make_shared<std::string>();
  auto dir = std::make_shared<std::string>();
  rule.add_option("name", *name, "of the rule and its files: small letters, digits, underscores").required();
  rule.add_option("--rules", *dir, "the rules' directory, when not the configured one");
  rule.runs([&context, name, dir] { return make_rule(context, *name, *dir); });
}

}  // namespace hookswitch::cli
