// Part of author.h, which is what to include. What a provider that reaches out is written against: actions it can carry
// out, and lists of what its webhooks missed.
//
// A provider that acts has
//   static constexpr std::array kActionTypes{...};                                        of string_view
//   Outcome<HttpRequest> build_action(const Action&) const;                               an error is final
//   Judgement parse_action(const Action&, const HttpAnswer&) const;
//   Outcome<HttpRequest> reconcile(const Action&) const;                                  an error: nobody can tell
//   Judgement match(const Action&, const HttpAnswer&) const;
// and one that can be asked for what it knows
//   static constexpr std::array kResources{...};                                          of string_view
//   Outcome<HttpRequest> build_query(const Query&) const;
//   Outcome<std::string> read_page(const Query&, const HttpAnswer&, const Take&) const;   returns the next cursor
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookswitch::plugin {

/// A request to be sent; with the credentials.
struct HttpRequest {
  std::string method = "GET", url;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool harmless = false;  // sending it twice is as good as once
};

/// What came back. Borrowed.
struct HttpAnswer {
  int32_t status = 0;
  Headers headers;
  std::string_view body;
};

/// One action as the engine keeps it. Borrowed.
struct Action {
  std::string_view id, type, params, hook_url;
  std::string_view cursor;  // of reconcile, and of the match that follows it
  int64_t made_ms = 0, sent_ms = 0, now_ms = 0;
  int32_t attempt = 1;
};

/// What an answer means for an action.
struct Judgement {
  int32_t kind = HOOKSWITCH_UNKNOWN;
  std::string code, reason;  // of anything but done
  std::string result;        // done: a JSON object
  std::string cursor;        // of a match that is unknown: where to go on looking
  int64_t retry_after_ms = 0;

  static Judgement done(std::string result) {
    Judgement out;
    out.kind = HOOKSWITCH_DONE;
    out.result = std::move(result);
    return out;
  }
  static Judgement of(int32_t kind, std::string code, std::string reason) {
    Judgement out;
    out.kind = kind;
    out.code = std::move(code);
    out.reason = std::move(reason);
    return out;
  }
};

/// What is asked of a list. Borrowed.
struct Query {
  std::string_view resource, item, cursor, filter;
  int64_t from_ms = 0, to_ms = 0;
};

/// One thing found.
struct Item {
  std::string id;
  int64_t time_ms = 0;
  std::string_view body;          // "": it has to be fetched
  std::string event_id;           // of what it would become, where the list tells
  std::string_view id_kind = "";  // which external id of a call `id` is
};

/// Hands one item to the engine, which copies it at once.
using Take = std::function<Outcome<void>(const Item&)>;

}  // namespace hookswitch::plugin
