// What they know: conversations, agents, phone numbers, and the audio of a conversation.
#include "plugins/elevenlabs/acting.h"
#include "plugins/elevenlabs/provider.h"
#include "plugins/lib/http_answers.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/times.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

/// The filter's words and what they call them; an error that names a word that is neither.
Outcome<void> add_filter(std::string& path, std::string_view filter) {
  if (filter.empty()) return {};
  thread_local JsonReader reader;
  Outcome<JsonValue> words = reader.parse(filter);
  if (!words) return std::unexpected(words.error());
  Outcome<void> out;
  words->each_field([&](std::string_view name, JsonValue value) {
    if (name == "agent_id" || name == "user_id") return add_query(path, name, value.id());
    out = std::unexpected("filter: found \"" + sentence(name) + "\", expected agent_id or user_id");
  });
  return out;
}

/// Their bounds are whole seconds and nobody says whether they count themselves: one more on either side.
Outcome<std::string> conversations_path(const Query& query) {
  std::string path = "/v1/convai/conversations?page_size=100&sort_direction=asc";
  if (query.from_ms > 0) add_query(path, "call_start_after_unix", std::to_string(query.from_ms / 1000 - 1));
  if (query.to_ms > 0) add_query(path, "call_start_before_unix", std::to_string(query.to_ms / 1000 + 1));
  if (auto added = add_filter(path, query.filter); !added) return std::unexpected(added.error());
  add_query(path, "cursor", query.cursor);
  return path;
}

/// Of an id, or of a call's external ids.
Outcome<std::string> conversation_of(std::string_view item) {
  thread_local JsonReader reader;
  std::string id(item);
  if (item.starts_with('{')) {
    Outcome<JsonValue> ids = reader.parse(item);
    if (!ids) return std::unexpected(ids.error());
    id = (*ids)["conversation_id"].id();
  }
  if (is_id(id)) return id;
  return std::unexpected("item: found no conversation's id, expected one");
}

Outcome<std::string> item_path(const Query& query) {
  bool audio = query.resource == "recordings";
  if (!audio && query.resource != "conversations") {
    return std::unexpected("fetch one of " + std::string(query.resource) + ": found no such request");
  }
  Outcome<std::string> id = conversation_of(query.item);
  if (!id) return id;
  return "/v1/convai/conversations/" + *id + (audio ? "/audio" : "");
}

Outcome<std::string> page_path(const Query& query) {
  if (query.resource == "conversations") return conversations_path(query);
  if (query.resource == "phone_numbers") return "/v1/convai/phone-numbers";
  if (query.resource != "agents") {
    return std::unexpected("list " + std::string(query.resource) + ": they have no such list");
  }
  std::string path = "/v1/convai/agents?page_size=100";
  add_query(path, "cursor", query.cursor);
  return path;
}

/// One row of the list. Of a conversation that went well the webhook is known, so its event is too.
Item conversation_row(JsonValue row) {
  Item item{.id = row["conversation_id"].id(), .time_ms = 0, .body = "", .event_id = ""};
  item.time_ms = unix_ms(row["start_time_unix_secs"].number()).value_or(0);
  if (row["status"].text() == "done") item.event_id = "post_call_transcription:" + item.id;
  item.id_kind = "conversation_id";
  return item;
}

Outcome<void> take_rows(JsonValue rows, std::string_view resource, const Take& take) {
  Outcome<void> out;
  rows.each_item([&](JsonValue row) {
    if (!out) return;
    if (resource == "conversations") {
      Item item = conversation_row(row);
      if (is_id(item.id)) out = take(item);
      return;
    }
    std::string id = row[resource == "agents" ? "agent_id" : "phone_number_id"].id();
    std::string body = row.element() != nullptr ? simdjson::minify(*row.element()) : "";
    if (is_id(id)) out = take(Item{.id = id, .time_ms = 0, .body = body, .event_id = ""});
  });
  return out;
}

Outcome<std::string> take_item(const Query& query, JsonValue root, std::string_view body, const Take& take) {
  std::string id = root["conversation_id"].id();
  if (!is_id(id)) return std::unexpected("read a conversation: found no conversation_id, expected one");
  int64_t time_ms = unix_ms(root["metadata"]["start_time_unix_secs"].number()).value_or(0);
  if (id != query.item) return std::unexpected("read conversation " + std::string(query.item) + ": found another");
  if (auto taken = take(Item{.id = id, .time_ms = time_ms, .body = body, .event_id = ""}); !taken) {
    return std::unexpected(taken.error());
  }
  return "";
}

}  // namespace

Outcome<std::string> next_page(JsonValue list, std::string_view cursor) {
  std::optional<bool> more = list["has_more"].flag();
  if (more && !*more) return "";
  std::string next = list[cursor].id();
  if (!next.empty()) return next;
  return std::unexpected("go to the next page: found has_more " + std::string(more ? "true" : "missing") + " and no " +
                         std::string(cursor) + ", expected one or has_more false");
}

Outcome<HttpRequest> Provider::build_query(const Query& query) const {
  Outcome<std::string> path = query.item.empty() ? page_path(query) : item_path(query);
  if (!path) return std::unexpected(path.error());
  Outcome<HttpRequest> out = request("GET", *path);
  if (!out || query.resource != "recordings") return out;
  for (auto& [name, value] : out->headers) {
    if (name == "accept") value = "audio/*";
  }
  return out;
}

Outcome<std::string> Provider::read_page(const Query& query, const HttpAnswer& answer, const Take& take) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> root = reader.parse(answer.body);
  if (!root) return std::unexpected(root.error());
  if (!query.item.empty()) return take_item(query, *root, answer.body, take);
  JsonValue rows = query.resource == "phone_numbers" ? *root : (*root)[query.resource];
  if (!rows.is_array()) return std::unexpected("read a list of " + std::string(query.resource) + ": found none");
  if (auto taken = take_rows(rows, query.resource, take); !taken) return std::unexpected(taken.error());
  return root->is_array() ? "" : next_page(*root, "next_cursor");
}

}  // namespace hookswitch::plugin::elevenlabs
