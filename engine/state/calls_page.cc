#include "engine/state/calls_page.h"

#include <algorithm>
#include <optional>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/state/cursor.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

// Rows counted to compare two indexes: enough to tell a rare value from a common one, few enough to cost nothing.
constexpr size_t kProbeRows = 256;

struct Wanted {
  CallTag tag;
  const std::string& value;
};

// The filters that have an index, the usually rarest values first.
std::array<Wanted, 7> wanted_fields(const CallFilter& filter) {
  return {{{CallTag::agent, filter.agent},
           {CallTag::intent, filter.intent},
           {CallTag::disposition, filter.disposition},
           {CallTag::tenant, filter.tenant},
           {CallTag::status, filter.status},
           {CallTag::source, filter.source},
           {CallTag::direction, filter.direction}}};
}

bool has_phone(const Call& call, std::string_view phone) {
  const std::string digits = phone_digits(phone);
  if (digits.empty()) return false;
  return std::ranges::any_of(call_phones(call), [&](auto known) { return phone_digits(known) == digits; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains(std::string_view text, std::string_view part) {
  return std::ranges::search(text, part, {}, lower, lower).begin() != text.end() || part.empty();
}

bool mentions(const Call& call, std::string_view q) {
  using enum CallField;
  for (CallField field : {caller_name, summary, from, to, id}) {
    if (contains(call.text(field), q)) return true;
  }
  return std::ranges::any_of(call.external_ids(), [&](const auto& known) { return contains(known.second, q); });
}

// A walk along an index: every place (newest-first time, call id) after `after` and not older than the filter wants.
struct Walk {
  std::vector<std::string> prefixes;  // a place under any of them
  std::string after;                  // a place to leave out, or only the time to begin with
  int64_t from_ms;

  // visit(place) returns false to stop.
  template <class Visit>
  void run(const Reader& reader, Visit visit) const {
    if (prefixes.size() == 1) return run_one(reader, prefixes.front(), after, visit);
    std::optional<std::string> next = after;
    while ((next = first_beyond(reader, *next)) && visit(std::string_view(*next))) {
    }
  }

 private:
  template <class Visit>
  void run_one(const Reader& reader, const std::string& prefix, const std::string& beyond, Visit visit) const {
    reader.scan(Table::call_index, prefix + beyond, Direction::forward, [&](std::string_view key, std::string_view) {
      if (!key.starts_with(prefix) || key.size() < prefix.size() + kTimeBytes) return false;
      std::string_view place = key.substr(prefix.size());
      if (get_newest_first(place.data()) < from_ms) return false;
      return place == beyond || visit(place);
    });
  }

  std::optional<std::string> first_beyond(const Reader& reader, const std::string& beyond) const {
    std::optional<std::string> first;
    for (const std::string& prefix : prefixes) {
      run_one(reader, prefix, beyond, [&](std::string_view place) {
        if (!first || place < *first) first = place;
        return false;
      });
    }
    return first;
  }
};

size_t probe(const Reader& reader, const Walk& walk) {
  size_t rows = 0;
  walk.run(reader, [&](std::string_view) { return ++rows < kProbeRows; });
  return rows;
}

std::string call_phone_prefix(const Reader& reader, const std::string& phone) {
  return call_index_prefix(CallTag::phone, reader.private_text(phone_digits(phone)));
}

// Of each filter that has an index.
std::vector<std::vector<std::string>> index_prefixes(const Reader& reader, const CallFilter& filter) {
  std::vector<std::vector<std::string>> prefixes;
  if (!filter.phone.empty()) prefixes.push_back({call_phone_prefix(reader, filter.phone)});
  if (!filter.other_phone.empty()) prefixes.back().push_back(call_phone_prefix(reader, filter.other_phone));
  for (const Wanted& wanted : wanted_fields(filter)) {
    if (!wanted.value.empty()) prefixes.push_back({call_index_prefix(wanted.tag, wanted.value)});
  }
  if (prefixes.empty()) prefixes.push_back({call_index_prefix(CallTag::every)});
  return prefixes;
}

Walk choose_walk(const Reader& reader, const CallFilter& filter, const std::string& after) {
  Walk best;
  size_t fewest = SIZE_MAX;
  auto prefixes = index_prefixes(reader, filter);
  for (std::vector<std::string>& some : prefixes) {
    Walk walk{std::move(some), after, filter.from_ms};
    size_t rows = prefixes.size() == 1 ? 0 : probe(reader, walk);
    if (rows >= fewest) continue;
    fewest = rows;
    best = std::move(walk);
  }
  return best;
}

// What a cursor belongs to: every filter, so that it cannot be used with others.
std::string scope_of(const CallFilter& filter) {
  std::string scope = "calls";
  for (const Wanted& wanted : wanted_fields(filter)) put_sized(scope, wanted.value);
  put_sized(scope, filter.phone);
  if (!filter.other_phone.empty()) put_sized(scope, filter.other_phone);
  put_sized(scope, filter.q);
  put_le(scope, filter.from_ms);
  put_le(scope, filter.to_ms);
  return scope;
}

Result<std::string> first_place(const CallFilter& filter, const std::string& scope, std::string_view cursor) {
  if (!cursor.empty()) return decode_cursor(scope, cursor);
  std::string place;
  if (filter.to_ms > std::numeric_limits<int64_t>::min()) put_newest_first(place, filter.to_ms - 1);
  return place;
}

}  // namespace

bool matches(const Call& call, const CallFilter& filter) {
  for (const Wanted& wanted : wanted_fields(filter)) {
    if (!wanted.value.empty() && call.text(*call_tag_field(wanted.tag)) != wanted.value) return false;
  }
  int64_t at_ms = call_order_ms(call);
  if (at_ms < filter.from_ms || at_ms >= filter.to_ms) return false;
  if (!filter.phone.empty() && !has_phone(call, filter.phone) && !has_phone(call, filter.other_phone)) return false;
  return filter.q.empty() || mentions(call, filter.q);
}

Result<CallPage> calls_page(const Reader& reader, const CallFilter& filter, std::string_view cursor, size_t limit) {
  std::string scope = scope_of(filter);
  auto after = first_place(filter, scope, cursor);
  if (!after) return std::unexpected(after.error());
  limit = std::clamp<size_t>(limit, 1, limits::kPageRows);
  CallPage page;
  Status readable;
  std::string last_place;
  bool last_shown = false;
  size_t examined = 0;
  choose_walk(reader, filter, *after).run(reader, [&](std::string_view place) {
    if (page.rows.size() == limit || examined++ == limits::kRowsExamined) {
      page.next_cursor = last_shown ? encode_cursor(scope, last_place) : encode_hidden_cursor(scope, last_place);
      return false;
    }
    last_place = place;
    auto call = get_call(reader, place.substr(kTimeBytes));
    if (!call) readable = std::unexpected(call.error());
    last_shown = call && *call && matches(**call, filter);
    if (last_shown) page.rows.push_back(std::move(**call));
    return readable.has_value();
  });
  if (!readable) return std::unexpected(readable.error());
  if (auto status = reader.status(); !status) return std::unexpected(status.error());
  return page;
}

Result<bool> visit_calls(const Reader& reader, const CallFilter& filter, size_t examined_max,
                         const std::function<bool(const Call&)>& visit) {
  Status readable;
  bool all = true;
  size_t examined = 0;
  choose_walk(reader, filter, *first_place(filter, "", "")).run(reader, [&](std::string_view place) {
    all = examined++ < examined_max;
    if (!all) return false;
    auto call = get_call(reader, place.substr(kTimeBytes));
    if (!call) readable = std::unexpected(call.error());
    if (call && *call && matches(**call, filter)) all = visit(**call);
    return all && readable.has_value();
  });
  if (!readable) return std::unexpected(readable.error());
  if (auto status = reader.status(); !status) return std::unexpected(status.error());
  return all;
}

}  // namespace hookswitch
