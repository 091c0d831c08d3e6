#include "engine/api/problem.h"

#include "engine/http/reason.h"

namespace hookswitch {
namespace {

int status_of(Code code) {
  switch (code) {
    case Code::invalid:
      return 400;
    case Code::not_found:
      return 404;
    case Code::conflict:
      return 409;
    case Code::denied:
      return 403;
    case Code::too_large:
      return 413;
    case Code::unavailable:
      return 503;
    case Code::timeout:
      return 504;
    case Code::corrupt:
    case Code::io:
    case Code::internal:
      return 500;
  }
  return 500;
}

}  // namespace

Response problem(int status, const std::string& detail, int64_t retry_secs) {
  Json body{{"type", "about:blank"}, {"title", reason_phrase(status)}, {"status", status}, {"detail", detail}};
  Response out{status, {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}}, dump(body)};
  if (status == 503 && retry_secs == 0) retry_secs = 1;
  if (retry_secs != 0) out.headers.emplace_back("Retry-After", std::to_string(retry_secs));
  return out;
}

Response problem(const Error& error) { return problem(status_of(error.code), error.message); }

Response json_answer(const Json& body, int status) {
  return {status, {{"Content-Type", "application/json"}}, dump(body)};
}

Response list_answer(std::vector<Json> rows, const std::string& next_cursor) {
  return json_answer({{"data", std::move(rows)}, {"next_cursor", next_cursor.empty() ? Json() : Json(next_cursor)}});
}

}  // namespace hookswitch
