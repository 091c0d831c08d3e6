// What vendors' HTTP answers have in common: what a status says about whether anything happened, and when to come
// again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/lib/author.h"

namespace hookswitch::plugin {

/// What an answer without the expected body means for a request that must not be carried out twice: certainly refused,
/// certainly refused for now, or, where the server may have begun (5xx, timeouts, a 2xx nobody can read), unknown.
Judgement by_status(const HttpAnswer& answer, int64_t now_ms);

/// `retry-after-ms`, or `Retry-After` in seconds or as a date; 0 when there is none or it makes no sense.
int64_t retry_after_ms(const Headers& headers, int64_t now_ms);

/// A vendor's word as a metric's label, [a-z0-9_], never empty, never long.
std::string label(std::string_view word);

/// A vendor's words to people: cut where they get long, between characters.
std::string sentence(std::string_view words);

/// Is it an id: letters, digits, '_' and '-', neither empty nor long? Then it can stand in a path.
bool is_id(std::string_view text);

/// `url` with "?name=value" or "&name=value"; an empty value is left out.
void add_query(std::string& url, std::string_view name, std::string_view value);

}  // namespace hookswitch::plugin
