// Server-sent events as text.
#pragma once

#include <string>
#include <string_view>

#include "engine/http/message.h"

namespace hookswitch {

/// `data` is one line, such as compact JSON. An empty id leaves the client's last one as it is.
std::string sse_event(std::string_view event, std::string_view data, std::string_view id = {});

/// Moves the client's last id on without an event.
std::string sse_id(std::string_view id);

constexpr std::string_view kSseHeartbeat = ": still here\n\n";

/// 200, text/event-stream, and words for proxies not to hold it back.
Response sse_head();

}  // namespace hookswitch
