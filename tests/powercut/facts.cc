#include "tests/powercut/facts.h"

#include <cstdlib>

namespace hookswitch::powercut {
namespace {

// What stands between `before` and the next quotation mark; "" when it is not there.
std::string quoted(std::string_view text, std::string_view before) {
  size_t at = text.find(before);
  if (at == text.npos) return "";
  text.remove_prefix(at + before.size());
  return std::string(text.substr(0, text.find('"')));
}

}  // namespace

Facts read_facts(const Recording& recording) {
  Facts facts;
  for (uint64_t number = 0; number < recording.events().size(); ++number) {
    const Event& event = recording.events()[number];
    if (event.kind != recorded_send) continue;
    if (event.data.starts_with("HTTP/1.1 200") && event.data.find(R"("success":true)") != event.data.npos) {
      if (std::string id = quoted(event.data, R"("id":")"); !id.empty())
        facts.accepted.push_back({number, std::strtoull(id.c_str(), nullptr, 10)});
    }
    if (event.data.starts_with("HTTP/1.1 200") && event.data.find(R"("status":"done")") != event.data.npos) {
      if (std::string id = quoted(event.data, R"("id":")"); id.starts_with("era_"))
        facts.forgotten.push_back({number, id, ""});
    }
    if (event.data.starts_with("HTTP/1.1 202")) {
      if (std::string id = quoted(event.data, R"("action_id":")"); !id.empty()) facts.promised.push_back({number, id});
      if (quoted(event.data, R"("id":")").starts_with("era_")) facts.erasures.push_back(number);
    }
    if (!event.data.starts_with("HTTP/1.1")) {
      if (std::string id = quoted(event.data, R"("hookswitch_action":")"); !id.empty())
        facts.placed.push_back({number, id});
    }
  }
  return facts;
}

}  // namespace hookswitch::powercut
