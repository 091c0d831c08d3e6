#include "plugins/lib/replies.h"

#include <algorithm>

namespace hookswitch::plugin {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

Outcome<Reply> plain_reply(JsonValue reply, std::string_view forms) {
  JsonValue status = reply["status"], body = reply["body"];
  if (!status.exists() && !body.exists()) {
    return std::unexpected("render the reply: found none of its forms, expected " + std::string(forms) +
                           " or status and body");
  }
  int64_t number = status.integer().value_or(200);
  if (number < 200 || number > 599) {
    return std::unexpected("render the reply: found status " + std::to_string(number) + ", expected 200 to 599");
  }
  std::string_view type = reply["content_type"].text();
  return Reply{static_cast<int32_t>(number), std::string(type.empty() ? "text/plain; charset=utf-8" : type),
               std::string(body.text())};
}

bool type_fits(std::string_view content_type, std::string_view expected) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return type.empty() || std::ranges::equal(type, expected, {}, lower);
}

}  // namespace hookswitch::plugin
