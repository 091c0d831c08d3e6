// What a rule may say as an answer, read into the HTTP answer it stands for.
#pragma once

#include <string_view>

#include "plugins/lib/author.h"
#include "plugins/lib/json_read.h"

namespace hookswitch::plugin {

inline Reply json_reply(std::string body) { return {200, "application/json", std::move(body)}; }
inline Reply twiml_reply(std::string body) { return {200, "text/xml", std::move(body)}; }

/// {"status":..,"body":..,"content_type":..}; an error that names `forms` when `reply` has none of these.
Outcome<Reply> plain_reply(JsonValue reply, std::string_view forms);

/// Is the content type of a request `expected` (parameters aside), or absent?
bool type_fits(std::string_view content_type, std::string_view expected);

}  // namespace hookswitch::plugin
