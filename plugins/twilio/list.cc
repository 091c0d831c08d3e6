// What they know: calls, messages, recordings.
#include <algorithm>

#include "plugins/lib/http_answers.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/times.h"
#include "plugins/twilio/acting.h"
#include "plugins/twilio/kind.h"
#include "plugins/twilio/provider.h"

namespace hookswitch::plugin::twilio {

namespace {

/// One of their lists.
struct List {
  std::string_view resource, path, time;  // `time`: the parameter that bounds it
};
constexpr std::array<List, 3> kLists = {{{"calls", "/Calls", "StartTime"},
                                         {"messages", "/Messages", "DateSent"},
                                         {"recordings", "/Recordings", "DateCreated"}}};

/// The filter's words and what they call them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kFilters = {
    {{"to", "To"}, {"from", "From"}, {"status", "Status"}, {"call_sid", "CallSid"}}};

Outcome<void> add_filter(std::string& path, std::string_view filter) {
  if (filter.empty()) return {};
  thread_local JsonReader reader;
  Outcome<JsonValue> words = reader.parse(filter);
  if (!words) return std::unexpected(words.error());
  Outcome<void> out;
  words->each_field([&](std::string_view name, JsonValue value) {
    for (const auto& [ours, theirs] : kFilters) {
      if (ours == name) return add_query(path, theirs, value.id());
    }
    out = std::unexpected("filter: found \"" + sentence(name) + "\", expected to, from, status or call_sid");
  });
  return out;
}

Outcome<std::string> page_path(const List& list, const Query& query) {
  if (!query.cursor.empty()) return std::string(query.cursor);
  std::string path = std::string(list.path) + ".json?PageSize=200";
  if (query.from_ms > 0) add_query(path, std::string(list.time) + ">", rfc3339(query.from_ms));
  if (query.to_ms > 0) add_query(path, std::string(list.time) + "<", rfc3339(query.to_ms + 999));
  if (auto added = add_filter(path, query.filter); !added) return std::unexpected(added.error());
  return path;
}

/// Below the account. Of an id or of a call's external ids; those without a recording's lead to the list of the call's.
Outcome<std::string> item_path(const List& list, const Query& query) {
  thread_local JsonReader reader;
  std::string id(query.item);
  if (query.item.starts_with('{')) {
    Outcome<JsonValue> ids = reader.parse(query.item);
    if (!ids) return std::unexpected(ids.error());
    id = (*ids)["recording_sid"].id();
    std::string call = (*ids)["call_sid"].id();
    if (id.empty() && is_id(call)) return "/Recordings.json?PageSize=20&CallSid=" + call;
  }
  if (is_id(id)) return std::string(list.path) + "/" + id + (list.resource == "recordings" ? ".mp3" : ".json");
  return std::unexpected("item: found no id of Twilio's, expected one");
}

Item row_item(JsonValue row, std::string_view resource) {
  Item item{.id = row["sid"].id(), .time_ms = 0, .body = "", .event_id = ""};
  for (std::string_view name : {"start_time", "date_sent", "date_created"}) {
    if (item.time_ms == 0) item.time_ms = rfc2822_ms(row[name].text()).value_or(0);
  }
  std::string_view status = row["status"].text();
  const bool leg = is_leg(row["direction"].text(), row["parent_call_sid"].id());
  if (resource == "calls" && !leg) item.id_kind = "call_sid";
  if (resource == "recordings") item.id_kind = "recording_sid";
  // What no callback tells of a call that is over comes last, the price at the very end.
  if (resource == "calls" && is_final(status)) {
    const std::string told = leg ? item.id + ":" + std::string(status) : listed_id(item.id, status);
    item.event_id = row["price"].number() ? item.id + ":price" : told;
  }
  return item;
}

Outcome<void> take_row(JsonValue row, std::string_view resource, const Take& take) {
  Item item = row_item(row, resource);
  if (!is_id(item.id)) return {};
  std::string body = resource == "recordings" ? "" : simdjson::minify(*row.element());
  item.body = body;
  return take(item);
}

}  // namespace

Outcome<std::string> next_page(JsonValue list, std::string_view account_sid) {
  JsonValue next = list["next_page_uri"];
  std::string_view uri = next.text();
  if (!next.exists() || (next.is_text() && uri.empty())) return "";
  std::string front = "/2010-04-01/Accounts/" + std::string(account_sid);
  if (!uri.starts_with(front + "/")) {
    return std::unexpected("go to the next page: found next_page_uri elsewhere, expected it below the account");
  }
  if (!std::ranges::all_of(uri, [](char c) { return c > ' ' && c < 0x7f; })) {
    return std::unexpected("go to the next page: found a next_page_uri with bytes that no address has");
  }
  return std::string(uri.substr(front.size()));
}

Outcome<HttpRequest> Provider::build_query(const Query& query) const {
  for (const List& list : kLists) {
    if (list.resource != query.resource) continue;
    if (query.item.empty()) {
      Outcome<std::string> path = page_path(list, query);
      return path ? request(*path) : Outcome<HttpRequest>(std::unexpected(path.error()));
    }
    Outcome<std::string> path = item_path(list, query);
    if (!path) return std::unexpected(path.error());
    Outcome<HttpRequest> out = request(*path);
    if (!out || query.resource != "recordings") return out;
    for (auto& [name, value] : out->headers) {
      if (name == "accept") value = "audio/*, application/json";  // the audio, or the list of a call's
    }
    return out;
  }
  return std::unexpected("list " + std::string(query.resource) + ": they have no such list");
}

Outcome<std::string> Provider::read_page(const Query& query, const HttpAnswer& answer, const Take& take) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> root = reader.parse(answer.body);
  if (!root) return std::unexpected(root.error());
  if (!query.item.empty() && query.resource != "recordings") {
    if ((*root)["sid"].id() != query.item) {
      return std::unexpected("read " + std::string(query.item) + ": found something else");
    }
    if (auto taken = take_row(*root, query.resource, take); !taken) return std::unexpected(taken.error());
    return "";
  }
  JsonValue rows = (*root)[query.resource];
  if (!rows.is_array()) return std::unexpected("read a list of " + std::string(query.resource) + ": found none");
  Outcome<void> taken;
  rows.each_item([&](JsonValue row) {
    if (taken) taken = take_row(row, query.resource, take);
  });
  if (!taken) return std::unexpected(taken.error());
  return next_page(*root, account_.sid);
}

}  // namespace hookswitch::plugin::twilio
