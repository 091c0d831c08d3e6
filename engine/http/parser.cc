#include "engine/http/parser.h"

#include <http_parser.h>

#include <span>

#include "engine/http/head_rules.h"

namespace hookswitch {
namespace {

struct Build {
  Head head;
  bool in_value = true;  // so that the first field starts a header
};

Build& build_of(http_parser* parser) { return *static_cast<Build*>(parser->data); }

int on_url(http_parser* parser, const char* at, size_t size) {
  build_of(parser).head.request.target.append(at, size);
  return 0;
}

int on_field(http_parser* parser, const char* at, size_t size) {
  Build& build = build_of(parser);
  if (build.in_value) build.head.request.headers.emplace_back();
  build.in_value = false;
  std::string& name = build.head.request.headers.back().first;
  size_t from = name.size();
  name.append(at, size);
  for (char& c : std::span(name).subspan(from)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return 0;
}

int on_value(http_parser* parser, const char* at, size_t size) {
  Build& build = build_of(parser);
  build.in_value = true;
  build.head.request.headers.back().second.append(at, size);
  return 0;
}

// 1 tells http_parser that no body follows: the framing of bodies is ours.
int on_headers_complete(http_parser* parser) {
  build_of(parser).head.keep_alive = http_should_keep_alive(parser) != 0;
  return 1;
}

constexpr http_parser_settings kSettings = [] {
  http_parser_settings settings{};
  settings.on_url = on_url;
  settings.on_header_field = on_field;
  settings.on_header_value = on_value;
  settings.on_headers_complete = on_headers_complete;
  return settings;
}();

bool run_http_parser(std::string_view block, Build& build) {
  http_parser parser;
  http_parser_init(&parser, HTTP_REQUEST);
  parser.data = &build;
  http_parser_execute(&parser, &kSettings, block.data(), block.size());
  // An Upgrade header makes it stop at the end of the headers, which is where we are; the header is ignored.
  return HTTP_PARSER_ERRNO(&parser) == HPE_OK;
}

std::expected<void, Problem> check_headers(Head& head) {
  for (auto& [name, value] : head.request.headers) {
    if (!is_token(name)) return std::unexpected(Problem{400, Refusal::bad_request, "a header name is not a name"});
    value.erase(value.find_last_not_of(" \t") + 1);
    if (name != "expect") continue;
    if (!equal_ignoring_case(value, "100-continue")) {
      return std::unexpected(Problem{417, Refusal::expectation, "Expect may only be 100-continue"});
    }
    head.expects_continue = true;
  }
  return {};
}

}  // namespace

std::expected<Head, Problem> parse_head(std::string_view block, size_t target_bytes_max) {
  if (block.starts_with("\r\n")) block.remove_prefix(2);
  auto line = split_request_line(block.substr(0, block.find('\r')));
  if (!line) return std::unexpected(line.error());
  if (line->target.size() > target_bytes_max) {
    return std::unexpected(Problem{414, Refusal::target_too_long, "the target is too long"});
  }
  Build build;
  build.head.request.method = line->method;
  build.head.minor_version = line->minor_version;
  build.head.request.headers.reserve(16);
  if (!run_http_parser(block, build)) return std::unexpected(Problem{400, Refusal::bad_request, "not an HTTP request"});
  if (auto checked = check_headers(build.head); !checked) return std::unexpected(checked.error());
  auto chunked = apply_head_rules(build.head.request, line->minor_version);
  if (!chunked) return std::unexpected(chunked.error());
  build.head.chunked = *chunked;
  return std::move(build.head);
}

}  // namespace hookswitch
