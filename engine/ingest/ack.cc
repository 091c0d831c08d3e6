#include "engine/ingest/ack.h"

#include <algorithm>

#include "engine/base/json.h"

namespace hookswitch {
namespace {
constexpr const char* kJson = "application/json";
constexpr std::string_view kReceived = "Event received";
// As JSON, with its quotes. Most need no escapes, and are on the path of every delivery.
void append_json(std::string& out, std::string_view text) {
  bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (plain) {
    out.append("\"").append(text).append("\"");
  } else {
    out += dump(Json(text));
  }
}

}  // namespace

Response accepted(uint64_t seq, std::string_view message) {
  Response response;
  response.headers.emplace_back("Content-Type", kJson);
  response.body.reserve(96);
  response.body += R"({"success":true,"message":)";
  append_json(response.body, message.empty() ? kReceived : message);
  response.body.append(R"(,"id":")").append(std::to_string(seq)).append("\"}");
  return response;
}

Response refused(int status, std::string_view code, std::string_view message) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", kJson}};
  response.body = dump(Json{{"success", false}, {"error", code}, {"message", message}});
  return response;
}

Response try_again(std::string_view message, int64_t wait_secs) {
  Response response = refused(503, "unavailable", message);
  response.headers.emplace_back("Retry-After", std::to_string(wait_secs));
  return response;
}

}  // namespace hookswitch
