#include "engine/http/reason.h"

#include <algorithm>
#include <iterator>

namespace hookswitch {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

// Sorted by status.
constexpr Phrase kPhrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

constexpr std::string_view kClasses[] = {"Continue", "OK", "Multiple Choices", "Bad Request", "Internal Server Error"};

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* found = std::lower_bound(std::begin(kPhrases), std::end(kPhrases), status,
                                       [](const Phrase& phrase, int wanted) { return phrase.status < wanted; });
  if (found != std::end(kPhrases) && found->status == status) return found->text;
  return status >= 100 && status < 600 ? kClasses[status / 100 - 1] : "Unknown";
}

}  // namespace hookswitch
