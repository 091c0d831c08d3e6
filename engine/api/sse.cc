#include "engine/api/sse.h"

#include <fmt/format.h>

namespace hookswitch {

std::string sse_event(std::string_view event, std::string_view data, std::string_view id) {
  std::string out = fmt::format("event: {}\ndata: {}\n", event, data);
  if (!id.empty()) out += fmt::format("id: {}\n", id);
  return out + "\n";
}

std::string sse_id(std::string_view id) { return fmt::format("id: {}\n\n", id); }

Response sse_head() {
  return {200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}}, ""};
}

}  // namespace hookswitch
