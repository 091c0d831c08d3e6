// `hookswitch audit`: who changed what, and from where.
#include <fmt/format.h>

#include <memory>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/http/url.h"

namespace hookswitch::cli {
namespace {

struct AuditChoice {
  std::string by, command, target, tenant, from, to;
  int limit = 50;
};

std::string query_of(const AuditChoice& choice) {
  std::string query = fmt::format("?limit={}", choice.limit);
  const std::pair<const char*, const std::string&> filters[] = {{"by", choice.by},         {"command", choice.command},
                                                                {"target", choice.target}, {"tenant", choice.tenant},
                                                                {"from", choice.from},     {"to", choice.to}};
  for (const auto& [name, value] : filters) {
    if (!value.empty()) query += fmt::format("&{}={}", name, percent_encode(value));
  }
  return query;
}

int list(const Context& context, const AuditChoice& choice) {
  auto answer = ask(context, "/audit" + query_of(choice));
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  std::vector<std::vector<std::string>> rows;
  for (const Json& row : answer->at("data")) {
    rows.push_back({cell(row, "seq"), cell(row, "time"), cell(row, "by"), cell(row, "from"), cell(row, "command"),
                    cell(row, "target"), cell(row, "tenant"), cell(row, "status")});
  }
  print_table({"SEQ", "TIME", "BY", "FROM", "COMMAND", "TARGET", "TENANT", "STATUS"}, rows);
  return kDone;
}

}  // namespace

void add_audit(Verb& program, const Context& context) {
  auto choice = std::make_shared<AuditChoice>();
  auto verb = program.add_verb("audit", "who changed what, and from where, newest first");
  verb.add_option("--by", choice->by, "id of a token, jwt: and a subject, or cli");
  verb.add_option("--command", choice->command, "such as task.update; may end in *");
  verb.add_option("--target", choice->target, "id of what was changed");
  verb.add_option("--tenant", choice->tenant, "business/location");
  verb.add_option("--from", choice->from, "at or after this time");
  verb.add_option("--to", choice->to, "before this time");
  verb.add_option("--limit", choice->limit, "rows, 1 to 200").in_range(1, 200);
  verb.footer(
      "A status from 400 on: it was refused. `events show SEQ` has all of it.\nExample: hookswitch audit "
      "--command 'token.*'");
  verb.runs([&context, choice] { return list(context, *choice); });
}

}  // namespace hookswitch::cli
