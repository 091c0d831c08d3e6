// What a provider in C++ is written against: plain values and a macro instead of the C table.
//
// A provider is a class with
//   static constexpr std::string_view kId, kVersion, kSchema;
//   static constexpr std::array kEventTypes{...};                          of string_view
//   static Outcome<std::unique_ptr<P>> create(const Host&, Settings&);     read every key; the face refuses the others
//   Outcome<Verdict> verify(const Request&) const;
//   Outcome<void> decode(const Record&, const Emit&) const;
// and, if it can,
//   class Stream { void update(std::string_view); Outcome<Verdict> finish(); };
//   std::unique_ptr<Stream> begin(const Request&) const;                   verify while the body streams in
//   Outcome<Reply> render(const EventView&, std::string_view reply) const;
//   Outcome<Reply> default_reply(const Request&) const;
//   kActionTypes, build_action, parse_action, reconcile, match;            act for the engine: acting.h
//   kResources, build_query, read_page;                                    list what webhooks missed: acting.h
//   Outcome<Signed> sign(const Request&) const;                            make what verify accepts, for tests
//   Outcome<void> play(std::string_view story, const Send&) const;         tell a made-up call as the vendor would
// An Outcome's error is one sentence: attempted, found, expected. HOOKSWITCH_PLUGIN(P) makes the entry point.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/abi/provider.h"

namespace hookswitch::plugin {

template <class T>
using Outcome = std::expected<T, std::string>;

inline std::string_view view(hookswitch_str text) { return text.size ? std::string_view{text.data, text.size} : ""; }
constexpr hookswitch_str str(std::string_view text) { return {text.data(), text.size()}; }

/// What the engine offers; lives as long as the process.
struct Host {
  const hookswitch_crypto* crypto;
  const hookswitch_log* log;
};

/// Headers and the rest of a request or record, whichever is asked for. Borrowed.
struct Headers {
  const hookswitch_pair* pairs = nullptr;
  size_t count = 0;

  /// The first of that lower-case name, or "".
  std::string_view get(std::string_view name) const {
    for (size_t i = 0; i < count; ++i) {
      if (view(pairs[i].name) == name) return view(pairs[i].value);
    }
    return "";
  }
};

struct Request {
  std::string_view method, url, path, query, kind, body, peer;
  Headers headers;
  int64_t now_ms = 0;
};

struct Record {
  std::string_view record_kind, kind, path, body;
  Headers headers;
  int64_t time_ms = 0;
};

struct Verdict {
  int32_t kind = HOOKSWITCH_ACCEPT;
  int32_t status = 0;
  std::string code, reason, key;
  bool wants_reply = false;
  std::string message, content_type, body;

  static Verdict refuse(std::string code, std::string reason, int32_t status = 401) {
    Verdict out;
    out.kind = HOOKSWITCH_REFUSE;
    out.status = status;
    out.code = std::move(code);
    out.reason = std::move(reason);
    return out;
  }
};

struct Event {
  std::string id, type, subject;
  int64_t time_ms = 0;
  std::string data;
  std::string_view raw;  // may point into the record's body
  bool wants_reply = false;
};

/// An event on its way back, to be answered. Borrowed.
struct EventView {
  std::string_view id, type, subject, data, raw;
};

struct Reply {
  int32_t status = 200;
  std::string content_type, body;
};

/// What the vendor would add to a request.
struct Signed {
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string query;                                         // instead of the request's; "": that one stays
};

/// One request that the vendor would make about a made-up call, before it is signed.
struct Delivery {
  std::string kind;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  int64_t time_ms = 0;
};

/// Hands one delivery to the engine, which copies it at once.
using Send = std::function<Outcome<void>(const Delivery&)>;

/// Hands one event to the engine, which copies it at once.
using Emit = std::function<Outcome<void>(const Event&)>;

}  // namespace hookswitch::plugin

#include "plugins/lib/acting.h"
#include "plugins/lib/face.h"

#ifdef HOOKSWITCH_STATIC_ENTRY
#define HOOKSWITCH_ENTRY HOOKSWITCH_STATIC_ENTRY
#else
#define HOOKSWITCH_ENTRY hookswitch_provider
#endif

#define HOOKSWITCH_PLUGIN(Type)                                                                        \
  extern "C" HOOKSWITCH_EXPORT const hookswitch_table* HOOKSWITCH_ENTRY(const hookswitch_host* host);  \
  extern "C" HOOKSWITCH_EXPORT const hookswitch_table* HOOKSWITCH_ENTRY(const hookswitch_host* host) { \
    return ::hookswitch::plugin::Face<Type>::table(host);                                              \
  }
