#include "engine/http/answer_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/base/limits.h"
#include "engine/http/head_rules.h"
#include "engine/http/reason.h"

namespace hookswitch {
namespace {

bool is_servers_own(std::string_view name) {
  for (std::string_view own : {"content-length", "connection", "date", "transfer-encoding"}) {
    if (equal_ignoring_case(name, own)) return true;
  }
  return false;
}

void append_clean(std::string& out, std::string_view text) {
  size_t from = out.size();
  out.append(text);
  auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; };
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(from), out.end(), is_control, ' ');
}

void append_given(std::string& out, const HeaderList& headers) {
  for (const auto& [name, value] : headers) {
    if (is_servers_own(name) || !is_token(name)) continue;
    out.append(name).append(": ");
    append_clean(out, value);
    out.append("\r\n");
  }
}

bool has_header(const HeaderList& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](const auto& header) { return equal_ignoring_case(header.first, name); });
}

void append_always(std::string& out, const HeaderList& always, const HeaderList& given) {
  for (const auto& [name, value] : always) {
    if (!has_header(given, name)) out.append(name).append(": ").append(value).append("\r\n");
  }
}

void append_number(std::string& out, uint64_t value) {
  fmt::format_int text(value);
  out.append(text.data(), text.size());
}

}  // namespace

void append_answer_head(std::string& out, const Response& response, const AnswerForm& form) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<uint64_t>(response.status));
  out.append(" ").append(reason_phrase(response.status)).append("\r\n");
  append_given(out, response.headers);
  if (form.always != nullptr) append_always(out, *form.always, response.headers);
  if (form.ending == Ending::length) {
    out.append("Content-Length: ");
    append_number(out, response.source != nullptr ? response.source->bytes() : response.body.size());
    out.append("\r\n");
  }
  if (form.ending == Ending::chunked) out.append("Transfer-Encoding: chunked\r\n");
  out.append("Date: ").append(form.date).append("\r\n");
  // Kept open is what HTTP/1.1 assumes and what HTTP/1.0 must be told.
  if (!form.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (form.http_1_0) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

Response refusal_response(const Problem& problem) {
  Response response{problem.status, {{"Content-Type", "text/plain"}}, std::string(reason_phrase(problem.status))};
  if (*problem.detail != '\0') response.body += fmt::format(": {}", problem.detail);
  response.body += '\n';
  if (problem.status == 503) response.headers.emplace_back("Retry-After", std::to_string(limits::kRetryAfterSeconds));
  return response;
}

std::string http_date(int64_t now_ms) {
  namespace chr = std::chrono;
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto at = chr::floor<chr::seconds>(chr::sys_time<chr::milliseconds>{chr::milliseconds{now_ms}});
  auto day = chr::floor<chr::days>(at);
  chr::year_month_day date{day};
  chr::hh_mm_ss time{at - day};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[chr::weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

}  // namespace hookswitch
