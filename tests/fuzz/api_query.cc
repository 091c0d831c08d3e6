// What a client of the API writes into a URL: parameters of each type, cursors, byte ranges.
#include "engine/api/query.h"

#include "engine/api/byte_range.h"
#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/state/cursor.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {
namespace {

const std::vector<Parameter> kKnown = {
    {"tenant", "", ParameterType::text},
    {"cursor", "", ParameterType::text},
    {"limit", "", ParameterType::number},
    {"from", "", ParameterType::time},
    {"to", "", ParameterType::time},
    {"period", "", ParameterType::word, {"hour", "day", "month"}},
    {"status", "", ParameterType::words, {"completed", "failed", "busy"}},
};

void try_query(std::string_view raw) {
  auto query = Query::parse(raw, kKnown);
  if (!query) {
    ENSURE(query.error().code == Code::invalid, "{}", query.error().message);
    ENSURE(query.error().message.size() < 1000 + raw.size(), "an error of {} bytes", query.error().message.size());
    return;
  }
  ENSURE(query->limit() >= 1 && query->limit() <= limits::kPageRows, "limit {}", query->limit());
  query->time("from", 0);
  for (const std::string& word : query->words("status")) {
    ENSURE(word == "completed" || word == "failed" || word == "busy", "word {}", word);
  }
  auto place = decode_cursor("calls", query->cursor());
  if (place) ENSURE(decode_cursor("calls", encode_cursor("calls", *place)) == *place, "a cursor that was read");
}

void try_cursor(std::string_view scope, std::string_view place) {
  std::string cursor = encode_cursor(scope, place);
  ENSURE(decode_cursor(scope, cursor) == place, "cursor {}", cursor);
  ENSURE(!decode_cursor(std::string(scope) + "x", cursor), "a cursor of another listing");
}

void try_range(uint64_t size, std::string_view header) {
  RangeAsked asked = asked_range(header, size);
  if (asked.kind != RangeKind::part) return;
  ENSURE(asked.range.bytes > 0 && asked.range.offset < size && asked.range.bytes <= size - asked.range.offset,
         "{} bytes at {} of {}", asked.range.bytes, asked.range.offset, size);
}

}  // namespace

// The first byte says what it is: a query, a cursor's scope and place, a range.
void try_input(std::string_view input) {
  Input in(input);
  switch (in.byte()) {
    case 'c': {
      std::string_view scope = in.line();
      return try_cursor(scope, in.rest());
    }
    case 'r': {
      uint64_t size = in.number();
      return try_range(size, in.rest());
    }
    case 'd':
      decode_cursor("calls", in.rest());
      return;
    default:
      return try_query(in.rest());
  }
}

}  // namespace hookswitch::fuzz
