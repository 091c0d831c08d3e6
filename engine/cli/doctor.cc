// `hookswitch doctor`: why deliveries were refused, which setting would accept them, and letting them in.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "engine/base/nearest.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/config/offline.h"
#include "engine/http/url.h"

namespace hookswitch::cli {
namespace {

struct DoctorChoice {
  std::string source;
  int limit = 20;
  std::vector<std::string> ids;
};

void print_refusal(const Json& refusal) {
  fmt::print("{}  {}  {}  {} {}\n", cell(refusal, "id"), cell(refusal, "time"), cell(refusal, "path"),
             cell(refusal, "status"), cell(refusal, "code"));
  fmt::print("    {}\n", cell(refusal, "advice"));
  if (!refusal.value("setting", Json()).is_null() && !refusal.value("value", Json()).is_null()) {
    fmt::print("    {}: {}\n", cell(refusal, "setting"), cell(refusal, "value"));
  }
}

/// A source that is mistyped has no refusals either. One that is not configured may have some: the address at the
/// provider may be wrong.
Status check_source(const Context& context, const std::string& source) {
  ConfigReading reading = load_config_offline(config_path(context));
  std::vector<std::string> known;
  for (const SourceConfig& one : reading.config.sources) known.push_back(one.name);
  if (source.empty() || !reading.ok() || std::ranges::find(known, source) != known.end()) return {};
  return fail(Code::not_found, "find refused deliveries to {}: there are none, and {} has no source of that name{}",
              source, reading.config.file, suggestion(source, known));
}

int look(const Context& context, const DoctorChoice& options) {
  std::string query = fmt::format("/refusals?limit={}", options.limit);
  if (!options.source.empty()) query += "&source=" + percent_encode(options.source);
  auto answer = ask(context, query);
  if (!answer) return report(answer.error());
  const Json& refusals = answer->at("data");
  if (refusals.empty()) {
    if (auto known = check_source(context, options.source); !known) return report(known.error());
  }
  if (context.json) return print_json(*answer);
  for (const Json& refusal : refusals) print_refusal(refusal);
  if (refusals.empty()) fmt::print("no delivery was refused lately\n");
  return kDone;
}

/// The ids, else those of the source, else all. An option without a value is one that is empty.
Result<Json> choice_of(const DoctorChoice& options) {
  Json ids = Json::array();
  for (const std::string& text : options.ids) {
    uint64_t id = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (text.empty() || text == "{}") continue;
    if (error != std::errc() || end != text.data() + text.size()) {
      return fail(Code::invalid, "--redrive: found {}, expected ids as `doctor` lists them", text);
    }
    ids.push_back(id);
  }
  if (!ids.empty()) return Json{{"ids", ids}};
  return options.source.empty() ? Json{{"all", true}} : Json{{"source", options.source}};
}

/// Exit code 1 when any is still refused.
int redrive(const Context& context, const DoctorChoice& options) {
  auto choice = choice_of(options);
  if (!choice) return report(choice.error());
  auto answer = tell(context, "POST", "/refusals/redrive", *choice);
  if (!answer) return report(answer.error());
  const Json& refused = answer->at("refused");
  if (refused.empty() && answer->at("redriven").empty() && choice->contains("source")) {
    if (auto known = check_source(context, options.source); !known) return report(known.error());
  }
  if (context.json) {
    print_json(*answer);
  } else {
    for (const Json& each : answer->at("redriven")) {
      fmt::print("{} is record {}\n", cell(each, "id"), cell(each, "seq"));
    }
    for (const Json& each : refused) {
      fmt::print("{} is still refused: {}: {}\n", cell(each, "id"), cell(each, "code"), cell(each, "reason"));
    }
    fmt::print("{} redriven, {} still refused\n", answer->at("redriven").size(), refused.size());
  }
  return refused.empty() ? kDone : kFailed;
}

}  // namespace

void add_doctor(Verb& program, const Context& context) {
  auto options = std::make_shared<DoctorChoice>();
  auto verb = program.add_verb("doctor", "refused deliveries: why, and which setting would accept them");
  verb.add_option("source", options->source, "only deliveries to this source");
  verb.add_option("--limit", options->limit, "how many, newest first").in_range(1, 200);
  auto ids = verb.add_option("--redrive", options->ids,
                             "verify these again (by default all), and take in what is authentic now");
  ids.expected(0, -1);
  verb.footer("Example: hookswitch doctor twilio\n         hookswitch doctor --redrive 17 18");
  verb.runs([&context, options, ids] { return ids.given() ? redrive(context, *options) : look(context, *options); });
}

}  // namespace hookswitch::cli
