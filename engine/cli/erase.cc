// `hookswitch erase`: forgets a person or a tenant, and says what was erased.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/http/url.h"

namespace hookswitch::cli {
namespace {

constexpr auto kErasureLook = std::chrono::milliseconds(250);

struct ErasureChoice {
  std::string phone, tenant;
  bool suppressions = false;
  bool no_wait = false;
};

Json wish(const ErasureChoice& choice) {
  Json body{{"suppressions", choice.suppressions}};
  if (!choice.phone.empty()) body["phone"] = choice.phone;
  if (!choice.tenant.empty()) body["tenant"] = choice.tenant;
  return body;
}

Result<Json> wait_for_end(const Context& context, Json erasure) {
  const std::string path = "/erasures/" + percent_encode(erasure.value("id", ""));
  while (erasure.value("status", "") != "done") {
    std::this_thread::sleep_for(kErasureLook);
    auto now = ask(context, path);
    if (!now) return now;
    erasure = std::move(*now);
  }
  return erasure;
}

void print(const Json& erasure) {
  if (erasure.value("status", "") != "done") {
    fmt::print("{} goes on by itself\n", erasure.value("id", ""));
    return;
  }
  fmt::print("{} is done\n", erasure.value("id", ""));
  for (const auto& [what, count] : erasure.at("erased").items())
    fmt::print("  {:<20} {}\n", what, count.get<uint64_t>());
  if (erasure.at("erased").empty()) fmt::print("  nothing was there\n");
}

int run(const Context& context, const ErasureChoice& choice) {
  if (choice.phone.empty() == choice.tenant.empty()) {
    fmt::print(stderr, "erase: expected either --phone or --tenant\n");
    return kBadUsage;
  }
  auto begun = tell(context, "POST", "/erasures", wish(choice));
  if (!begun) return report(begun.error());
  auto ended = choice.no_wait ? begun : wait_for_end(context, *begun);
  if (!ended) return report(ended.error());
  context.json ? void(print_json(*ended)) : print(*ended);
  return kDone;
}

}  // namespace

void add_erase(Verb& program, const Context& context) {
  auto erase = program.add_verb("erase", "forget a person or a tenant: calls, transcripts, recordings, log records");
  erase.footer(
      "Key figures stay, and so does the number's place on the do-not-call list. What providers and sinks have, they "
      "keep.\n"
      "Example: hookswitch erase --phone +40722123456");
  auto choice = std::make_shared<ErasureChoice>();
  erase.add_option("--phone", choice->phone, "of the person, with country code");
  erase.add_option("--tenant", choice->tenant, "business/location");
  erase.add_flag("--forget-suppression", choice->suppressions, "the do-not-call list forgets the number too");
  erase.add_flag("--no-wait", choice->no_wait, "only begin");
  erase.runs([&context, choice] { return run(context, *choice); });
}

}  // namespace hookswitch::cli
