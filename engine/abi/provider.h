/* The contract between Hookswitch and a provider plugin: the only header a plugin needs, in plain C.
 *
 * A provider speaks for one vendor. It says whether a webhook is authentic (verify), what it means (decode) and, if it
 * can, how an answer looks (the extension hookswitch.reply/1). It computes and does nothing else: no network, no files,
 * no clock, no memory between calls but its configuration. Bytes in, bytes out. So the engine can replay the past,
 * call it from every thread, and a test of it is a pair of files.
 *
 * A plugin is a shared object that exports ONE function, `hookswitch_provider`, which returns a static table.
 *
 * Rules that hold everywhere
 *   Memory in    What the engine passes is borrowed until the hook returns.
 *   Memory out   What a hook hands back lies in what it was given, in the call's arena (`alloc`), or is static.
 *                The engine copies it and then empties the arena. Nobody frees across the boundary.
 *   Strings      {data, size}, UTF-8 unless said otherwise, never assumed to end in NUL. {NULL, 0} is empty.
 *   Structured   JSON text.
 *   Errors       A hook returns HOOKSWITCH_OK or an error status and then sets `call->error` to a sentence that says
 *                what was attempted, found and expected. Never a secret. Refusing a delivery is a verdict, no error.
 *   Exceptions   must not leave a hook.
 *   Threads      [main] load and configure, one call at a time; [any] many threads at once on one instance, which
 *                therefore is const after `create`; [stream] one call at a time for one stream, on any thread.
 *
 * How it grows
 *   Within a major version nothing that was released changes. A struct that begins with `size` may get members at its
 *   end: it is always passed by pointer, never embedded, never an element of an array. `size` is what the side that
 *   filled the struct knew, so a reader looks at a member only if it lies inside `size` (HOOKSWITCH_HAS), and whoever
 *   receives a struct to fill writes only what lies inside. hookswitch_str and hookswitch_pair are frozen for ever.
 *   New capabilities are extensions, found by an id that ends in their revision.
 */
#ifndef HOOKSWITCH_ABI_PROVIDER_H
#define HOOKSWITCH_ABI_PROVIDER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HOOKSWITCH_ABI_MAJOR 1u /* must be equal on both sides */
#define HOOKSWITCH_ABI_MINOR 1u /* what has been added since; for people, nothing is decided by it */

/* Is `member` inside what the other side filled? */
#define HOOKSWITCH_HAS(pointer, type, member) \
  ((pointer)->size >= offsetof(type, member) + sizeof(((const type*)0)->member))

#define HOOKSWITCH_EXPORT __attribute__((visibility("default")))

typedef struct hookswitch_str {
  const char* data;
  size_t size;
} hookswitch_str;

typedef struct hookswitch_pair {
  hookswitch_str name;
  hookswitch_str value;
} hookswitch_pair;

/* Status of a hook. The values are part of the contract; others are a breach. */
typedef int32_t hookswitch_status;
#define HOOKSWITCH_OK 0
#define HOOKSWITCH_INVALID 1  /* the input is wrong and will always be: a dead letter, or a refused configuration */
#define HOOKSWITCH_LIMIT 2    /* the arena is full or a result is too large */
#define HOOKSWITCH_INTERNAL 3 /* the plugin is broken */

/* --- What the engine offers ------------------------------------------------------------------------------------ */

/* The engine, as a plugin sees it. Lives as long as the process. */
typedef struct hookswitch_host {
  size_t size;
  uint32_t abi_major;
  uint32_t abi_minor;
  hookswitch_str version; /* of the engine, for people */
  /* A table of functions by id (NUL-terminated), or NULL if this engine has none of that name. [any] */
  const void* (*get_extension)(const struct hookswitch_host* host, const char* id);
} hookswitch_host;

/* One call of one hook: where to put results, and why it failed. The engine owns it. */
typedef struct hookswitch_call {
  size_t size;
  /* Zeroed memory aligned for every type that is gone after the call. NULL when the arena is full: return
   * HOOKSWITCH_LIMIT. Never free it. */
  void* (*alloc)(struct hookswitch_call* call, size_t bytes);
  hookswitch_str error; /* set before returning anything but HOOKSWITCH_OK */
} hookswitch_call;

/* --- What passes through the hooks ----------------------------------------------------------------------------- */

/* One configured account of the provider, its secrets resolved. */
typedef struct hookswitch_config {
  size_t size;
  hookswitch_str source; /* its name, for messages */
  hookswitch_str json;   /* a JSON object: the source's settings without `provider`. Unknown keys should be refused */
} hookswitch_config;

/* One HTTP request as it came in. */
typedef struct hookswitch_request {
  size_t size;
  hookswitch_str method;          /* "POST" */
  hookswitch_str url;             /* as the provider addressed us: public URL + path + "?" + raw query */
  hookswitch_str path;            /* "/hooks/twilio/voice" */
  hookswitch_str query;           /* raw, without "?" */
  hookswitch_str kind;            /* what follows the source in the path, or the route's kind, or "": "voice" */
  const hookswitch_pair* headers; /* names in lower case, in order of arrival; values are bytes */
  size_t header_count;
  hookswitch_str body; /* bytes. Empty in stream/1 `begin` */
  int64_t now_ms;      /* the time of arrival, ms since the Unix epoch */
  hookswitch_str peer; /* the client's address, for messages */
} hookswitch_request;

#define HOOKSWITCH_ACCEPT 1 /* authentic: keep it */
#define HOOKSWITCH_REFUSE 2 /* not authentic, or not for us: answer `status`, keep nothing, count `code` */
#define HOOKSWITCH_ANSWER 3 /* the provider asks for something only a reply can satisfy (a challenge): keep nothing */

/* What verify decided. The engine zeroes it and sets `size`; fill what applies. */
typedef struct hookswitch_verdict {
  size_t size;
  int32_t kind;                /* HOOKSWITCH_ACCEPT, _REFUSE or _ANSWER */
  int32_t status;              /* refuse: 400..499, 0 means 401; answer: 200..299, 0 means 200 */
  hookswitch_str code;         /* refuse: a label for metrics, [a-z0-9_]: "signature_mismatch" */
  hookswitch_str reason;       /* refuse: a sentence for the operator. Never a secret, never an expected signature */
  hookswitch_str key;          /* accept: the ordering key where it costs nothing, such as the call's id */
  int32_t wants_reply;         /* accept: not 0 when rules decide the answer */
  hookswitch_str message;      /* accept: text for the "message" of the JSON answer; "" is the engine's own */
  hookswitch_str content_type; /* answer: of `body`. accept: with `body` replaces the JSON answer altogether */
  hookswitch_str body;
} hookswitch_verdict;

/* One record of the log, to be decoded. */
typedef struct hookswitch_record {
  size_t size;
  hookswitch_str record_kind; /* "delivery", or "import" for what sync/1 found */
  hookswitch_str kind;        /* as in the request; of an import the resource */
  hookswitch_str path;        /* as in the request */
  const hookswitch_pair* headers;
  size_t header_count;
  hookswitch_str body;
  int64_t time_ms; /* of arrival */
} hookswitch_record;

/* One thing that happened, in the words that are equal for all providers. */
typedef struct hookswitch_event {
  size_t size;
  hookswitch_str id;      /* two deliveries with one id are one: the second changes nothing. Required */
  hookswitch_str type;    /* declared in the descriptor, or "<provider id>.<anything>". Required */
  hookswitch_str subject; /* what it is about, such as the call's id: events of one subject stay in order */
  int64_t time_ms;        /* when it happened; 0 where the provider does not say */
  hookswitch_str data;    /* a JSON object: normalized fields. Required */
  hookswitch_str raw;     /* JSON: the provider's own object, unchanged. May point into the body */
  int32_t wants_reply;    /* not 0 when rules decide the answer */
} hookswitch_event;

/* Takes the events of one decode. */
typedef struct hookswitch_sink {
  size_t size;
  /* Copies the event at once. Return what it returns if that is not HOOKSWITCH_OK. */
  hookswitch_status (*emit)(struct hookswitch_sink* sink, const hookswitch_event* event);
} hookswitch_sink;

/* --- What a plugin is ------------------------------------------------------------------------------------------ */

typedef struct hookswitch_descriptor {
  size_t size;
  hookswitch_str id;                 /* [a-z0-9_-]{1,32}: what a source's `provider` names. One plugin per id */
  hookswitch_str version;            /* of the plugin */
  hookswitch_str config_schema;      /* JSON Schema of the settings, for people and editors */
  const hookswitch_str* event_types; /* every type that decode may emit, but for "<id>.<anything>" */
  size_t event_type_count;
  /* Since 1.1. The provider switches a webhook off after so many failed deliveries in a row, once the last success is
   * so long ago: the engine raises an alarm before that. 0 failures: it never does. */
  uint64_t disable_failures;
  int64_t disable_quiet_ms;
} hookswitch_descriptor;

/* The mandatory hooks. All but get_extension must be there. */
typedef struct hookswitch_table {
  size_t size;
  uint32_t abi_major; /* HOOKSWITCH_ABI_MAJOR of the header it was compiled with */
  uint32_t abi_minor;
  const hookswitch_descriptor* descriptor;

  /* Checks the configuration and makes an instance of it; on error *instance stays NULL. [main] */
  hookswitch_status (*create)(const hookswitch_host* host, hookswitch_call* call, const hookswitch_config* config,
                              void** instance);
  /* The last call on an instance; no other is running. [any] */
  void (*destroy)(void* instance);
  /* Is this request from the provider? Runs before anything is stored, on a network thread: be quick. [any] */
  hookswitch_status (*verify)(const void* instance, hookswitch_call* call, const hookswitch_request* request,
                              hookswitch_verdict* verdict);
  /* What does this record say? Emits zero or more events. An unknown kind is an event "<id>.<kind>", no error. [any] */
  hookswitch_status (*decode)(const void* instance, hookswitch_call* call, const hookswitch_record* record,
                              hookswitch_sink* sink);
  /* A static table by id, or NULL. May itself be NULL. [main] */
  const void* (*get_extension)(const char* id);
} hookswitch_table;

/* The one exported symbol. NULL declines: the host lacks something that is needed. [main] */
typedef const hookswitch_table* (*hookswitch_provider_fn)(const hookswitch_host* host);
#define HOOKSWITCH_PROVIDER_SYMBOL "hookswitch_provider"

/* --- Extensions that a plugin may offer ------------------------------------------------------------------------ */

/* Verifying while the body streams in: without it a large body is refused. The same `call` is passed to all hooks of
 * one stream and its arena lives until finish or abandon has returned, so the stream's memory can lie there. */
#define HOOKSWITCH_EXT_STREAM "hookswitch.stream/1"
typedef struct hookswitch_stream {
  size_t size;
  /* `request` has no body and dies when begin returns: keep what you need in the arena. [stream] */
  hookswitch_status (*begin)(const void* instance, hookswitch_call* call, const hookswitch_request* request,
                             void** stream);
  hookswitch_status (*update)(const void* instance, hookswitch_call* call, void* stream, hookswitch_str piece);
  /* The verdict. The stream is gone afterwards, whatever is returned. */
  hookswitch_status (*finish)(const void* instance, hookswitch_call* call, void* stream, hookswitch_verdict* verdict);
  /* The client went away: release what does not lie in the arena. Called instead of finish. */
  void (*abandon)(const void* instance, void* stream);
} hookswitch_stream;

/* Answers to deliveries whose verdict said `wants_reply`. */
#define HOOKSWITCH_EXT_REPLY "hookswitch.reply/1"
typedef struct hookswitch_reply {
  size_t size;
  int32_t status; /* 200..599 */
  hookswitch_str content_type;
  hookswitch_str body;
} hookswitch_reply;

typedef struct hookswitch_replies {
  size_t size;
  /* Turns what a rule said (JSON: {"twiml":...}, {"json":...} or {"status":...,"body":...,"content_type":...}) into
   * what the provider's protocol wants. [any] */
  hookswitch_status (*render)(const void* instance, hookswitch_call* call, const hookswitch_event* event,
                              hookswitch_str reply, hookswitch_reply* out);
  /* The answer when no rule gave one in time. [any] */
  hookswitch_status (*default_reply)(const void* instance, hookswitch_call* call, const hookswitch_request* request,
                                     hookswitch_reply* out);
} hookswitch_replies;

/* What the provider can be asked to do: place a call, send a message. The plugin writes requests and reads answers; the
 * engine sends, waits, repeats and remembers. So that nobody is called twice, every answer is sorted into what certainly
 * happened, what certainly did not, and what nobody knows. */
#define HOOKSWITCH_EXT_ACTION "hookswitch.action/1"

/* A request to be sent over HTTP. The engine zeroes it and sets `size`. */
typedef struct hookswitch_http_request {
  size_t size;
  hookswitch_str method;          /* "POST" */
  hookswitch_str url; /* absolute, http or https, other characters than a URL's escaped; of the host of the source's
                       * `api_base`, if it has one */
  /* Names in lower case; with the credentials and the content type. Not those of the connection, which are the
   * engine's: host, content-length, transfer-encoding, connection, keep-alive, te, trailer, upgrade, expect,
   * proxy-connection, proxy-authorization. */
  const hookswitch_pair* headers;
  size_t header_count;
  hookswitch_str body;
  int32_t harmless; /* not 0 when sending it twice is as good as once: an unknown outcome is simply tried again */
} hookswitch_http_request;

typedef struct hookswitch_http_response {
  size_t size;
  int32_t status;
  const hookswitch_pair* headers; /* names in lower case */
  size_t header_count;
  hookswitch_str body;
} hookswitch_http_response;

/* One action as the engine keeps it. `now_ms` is the time that a hook may know: when the request is built, or when the
 * answer that is read had arrived. To reconcile and match it is at most `sent_ms` and the time that surely has gone by
 * since: a clock that was set forward must not make a list complete that is asked too early. */
typedef struct hookswitch_action {
  size_t size;
  hookswitch_str id;       /* the engine's, [a-z0-9_]{1,64}: put it where the provider's own reports will show it */
  hookswitch_str type;     /* "call", "sms", "end_call", ..., or the provider's own "<id>.<anything>" */
  hookswitch_str params;   /* a JSON object in the words of `data` */
  hookswitch_str hook_url; /* where the provider reaches this source: "https://example.com/hooks/twilio" */
  int64_t made_ms;         /* when somebody asked for it */
  int64_t sent_ms;         /* when the last attempt went out; 0: none did */
  int64_t now_ms;
  hookswitch_str cursor; /* reconcile and match: where this look begins, "" at first */
  int32_t attempt;       /* 1, 2, 3 ... */
} hookswitch_action;

#define HOOKSWITCH_DONE 1    /* carried out: `result` says what came of it */
#define HOOKSWITCH_RETRY 2   /* certainly not carried out, may be later: after `retry_after_ms`, 0: the engine's choice */
#define HOOKSWITCH_FAILED 3  /* certainly not carried out, and would not be */
#define HOOKSWITCH_UNKNOWN 4 /* perhaps carried out */
#define HOOKSWITCH_DENIED 5  /* certainly not carried out, because the account may not: credentials, credit. Until that
                              * changes nothing of this source is worth sending */

typedef struct hookswitch_outcome {
  size_t size;
  int32_t kind; /* HOOKSWITCH_DONE ... */
  int64_t retry_after_ms;
  hookswitch_str code;   /* a label for metrics, [a-z0-9_]: "rate_limited", "invalid_number" */
  hookswitch_str reason; /* a sentence for people; never a secret */
  hookswitch_str result; /* DONE: a JSON object or ""; `external_ids` as in `data` names the call or message made */
  hookswitch_str cursor; /* match only, with UNKNOWN: where to look next, "" when everything was looked at */
} hookswitch_outcome;

typedef struct hookswitch_actions {
  size_t size;
  const hookswitch_str* types; /* what `build` knows */
  size_t type_count;
  /* The request of an attempt. Params that can never work are HOOKSWITCH_INVALID. [any] */
  hookswitch_status (*build)(const void* instance, hookswitch_call* call, const hookswitch_action* action,
                             hookswitch_http_request* out);
  /* What the answer says, whatever it looks like: garbage is an outcome, no error. The id that the provider gave, and
   * `action.id` where its own reports repeat it, belong into `external_ids` (kind "action"). [any] */
  hookswitch_status (*parse)(const void* instance, hookswitch_call* call, const hookswitch_action* action,
                             const hookswitch_http_response* response, hookswitch_outcome* out);
  /* Was an attempt with an unknown outcome carried out? A harmless request that would show it, from `action.cursor` on.
   * NULL, or HOOKSWITCH_INVALID for a type: nobody can tell, a person decides. [any] */
  hookswitch_status (*reconcile)(const void* instance, hookswitch_call* call, const hookswitch_action* action,
                                 hookswitch_http_request* out);
  /* What the answer to reconcile's request shows. DONE: it was, `result` as of parse. RETRY: certainly not. UNKNOWN
   * with `cursor`: look further; without: it cannot be told, or not yet. There is no match without a reconcile. [any] */
  hookswitch_status (*match)(const void* instance, hookswitch_call* call, const hookswitch_action* action,
                             const hookswitch_http_response* response, hookswitch_outcome* out);
} hookswitch_actions;

/* What the provider knows and its webhooks may have missed: lists, page by page, and single things. Asking is harmless
 * by definition. */
#define HOOKSWITCH_EXT_SYNC "hookswitch.sync/1"

typedef struct hookswitch_query {
  size_t size;
  hookswitch_str resource; /* one of the extension's */
  hookswitch_str item;     /* the id of one thing to be fetched, "" for a page of the list. For "recordings" an id as
                            * the list gives it, or the `external_ids` of a call as a JSON object */
  hookswitch_str cursor;   /* of the page, as `read` gave it; "" for the first */
  hookswitch_str filter;   /* a JSON object: {"agent_id":...}; "" for none */
  int64_t from_ms;         /* things of this time and later; 0: from the first */
  int64_t to_ms;           /* and before this one; 0: to the newest */
} hookswitch_query;

/* One thing found. `body` becomes an `import` record of kind `resource`, and decode() makes of it the same events, with
 * the same ids, that the webhooks would have made. */
typedef struct hookswitch_item {
  size_t size;
  hookswitch_str id;
  int64_t time_ms;     /* when it began; 0: not known */
  hookswitch_str body; /* the whole thing; "" when it has to be fetched by `item` */
  /* The id of the event that it would become, where the list already tells: once that event was handled, nothing needs
   * to be fetched. "" where it does not. */
  hookswitch_str event_id;
  hookswitch_str id_kind; /* which of a call's `external_ids` its id is: "call_sid"; "" when it is no call's */
} hookswitch_item;

typedef struct hookswitch_item_sink {
  size_t size;
  /* Copies the item at once. Return what it returns if that is not HOOKSWITCH_OK. */
  hookswitch_status (*emit)(struct hookswitch_item_sink* sink, const hookswitch_item* item);
  hookswitch_str next_cursor; /* set by `read`: of the next page, "" at the end */
} hookswitch_item_sink;

typedef struct hookswitch_syncs {
  size_t size;
  const hookswitch_str* resources; /* "conversations", "calls", "agents", "recordings", ... */
  size_t resource_count;
  /* The request for a page or an item. HOOKSWITCH_INVALID where there is no such list, item or filter. [any] */
  hookswitch_status (*build)(const void* instance, hookswitch_call* call, const hookswitch_query* query,
                             hookswitch_http_request* out);
  /* What a successful (2xx) answer holds; of an item exactly one. Anything else is HOOKSWITCH_INVALID. The answer to
   * "recordings" is audio: it is kept as it comes and never read. Where a call's ids do not lead to its audio, build asks
   * for the list of its recordings instead: that answer is JSON, and read gives their ids. [any] */
  hookswitch_status (*read)(const void* instance, hookswitch_call* call, const hookswitch_query* query,
                            const hookswitch_http_response* response, hookswitch_item_sink* sink);
} hookswitch_syncs;

/* Requests as the provider would make them, for development and tests. Nothing that is received passes through it. */
#define HOOKSWITCH_EXT_SIGN "hookswitch.sign/1"

/* What the provider would add to a request. The engine zeroes it and sets `size`; fill what applies. */
typedef struct hookswitch_signed {
  size_t size;
  const hookswitch_pair* headers; /* added to the request's own; names as of hookswitch_http_request */
  size_t header_count;
  hookswitch_str query; /* raw, without "?": replaces the request's, in `url` too, unless it is empty */
} hookswitch_signed;

typedef struct hookswitch_signing {
  size_t size;
  /* Makes what verify of the same instance accepts within its tolerance of `request->now_ms`, with the first secret
   * where any of several may match. `request` is whole but for what this adds. A request that the provider would never
   * make is HOOKSWITCH_INVALID. [any] */
  hookswitch_status (*sign)(const void* instance, hookswitch_call* call, const hookswitch_request* request,
                            hookswitch_signed* out);
} hookswitch_signing;

/* Whole calls as the provider would report them, for development, demonstrations and tests. */
#define HOOKSWITCH_EXT_SIMULATE "hookswitch.simulate/1"

/* One request that the provider would make, before it is signed. */
typedef struct hookswitch_delivery {
  size_t size;
  hookswitch_str kind;            /* what would follow the source in the path: "status", or "" */
  const hookswitch_pair* headers; /* with the content type; names as of hookswitch_http_request */
  size_t header_count;
  hookswitch_str body;
  int64_t time_ms; /* when it would be sent */
} hookswitch_delivery;

/* Takes the deliveries of one call. */
typedef struct hookswitch_delivery_sink {
  size_t size;
  /* Copies the delivery at once. Return what it returns if that is not HOOKSWITCH_OK. */
  hookswitch_status (*emit)(struct hookswitch_delivery_sink* sink, const hookswitch_delivery* delivery);
} hookswitch_delivery_sink;

typedef struct hookswitch_simulation {
  size_t size;
  /* `story` is a JSON object: one call in the words of `data`, with `id` (32 hex digits: make every id of it),
   * `ring_secs` and, where a person or machine was reached, `answered_by`. Two providers that are told one story speak
   * about one call. Emits what this one would send about it, the same for the same story. [any] */
  hookswitch_status (*play)(const void* instance, hookswitch_call* call, hookswitch_str story,
                            hookswitch_delivery_sink* sink);
} hookswitch_simulation;

/* --- Extensions that the host offers --------------------------------------------------------------------------- */

/* Cryptography in one place, done once and right. */
#define HOOKSWITCH_EXT_CRYPTO "hookswitch.crypto/1"

#define HOOKSWITCH_HMAC_SHA1 1   /* 20 bytes */
#define HOOKSWITCH_HMAC_SHA256 2 /* 32 bytes */
#define HOOKSWITCH_HMAC_SHA512 3 /* 64 bytes */
#define HOOKSWITCH_DIGEST_MAX 64

#define HOOKSWITCH_TIME_FRESH 0     /* within tolerance, both ends included */
#define HOOKSWITCH_TIME_TOO_OLD 1   /* code "timestamp_too_old" */
#define HOOKSWITCH_TIME_AHEAD 2     /* code "timestamp_in_future" */
#define HOOKSWITCH_TIME_MALFORMED 3 /* not 1 to 15 decimal digits */

typedef struct hookswitch_key hookswitch_key;       /* a secret, ready for HMAC */
typedef struct hookswitch_digest hookswitch_digest; /* an HMAC or hash under way */

typedef struct hookswitch_crypto {
  size_t size;
  /* A key for hmac and hmac_begin; made in `create`, released in `destroy`. NULL: unknown algorithm, empty secret. */
  hookswitch_key* (*key_new)(int32_t algorithm, hookswitch_str secret);
  void (*key_free)(hookswitch_key* key);
  /* HMAC over the parts one after another; returns the digest's size, 0 on failure. `out` has room for 64 bytes. */
  size_t (*hmac)(const hookswitch_key* key, const hookswitch_str* parts, size_t count, unsigned char* out);
  void (*sha256)(const hookswitch_str* parts, size_t count, unsigned char* out); /* 32 bytes */
  /* Piece by piece. Every digest begun ends in digest_finish (which returns the size, 0 on failure) or digest_drop. */
  hookswitch_digest* (*hmac_begin)(const hookswitch_key* key);
  hookswitch_digest* (*sha256_begin)(void);
  void (*digest_update)(hookswitch_digest* digest, hookswitch_str piece);
  size_t (*digest_finish)(hookswitch_digest* digest, unsigned char* out);
  void (*digest_drop)(hookswitch_digest* digest);
  /* 1 if equal; takes the same time wherever they differ. Their sizes are no secret. */
  int32_t (*equal)(hookswitch_str a, hookswitch_str b);
  /* 1 if `signature` (64 bytes) over the parts was made with the owner's half of `public_key` (32 bytes). */
  int32_t (*ed25519_verify)(hookswitch_str public_key, hookswitch_str signature, const hookswitch_str* parts,
                            size_t count);
  /* Text in lower-case hex (2n bytes) or base64 with padding (4 * ((n + 2) / 3) bytes) at `out`; returns its size. */
  size_t (*hex_encode)(hookswitch_str bytes, char* out);
  size_t (*base64_encode)(hookswitch_str bytes, char* out);
  /* Bytes at `out` (room for `text.size`) and their count at *count; 0 if `text` is anything else. Strict. */
  int32_t (*hex_decode)(hookswitch_str text, unsigned char* out, size_t* count);
  int32_t (*base64_decode)(hookswitch_str text, unsigned char* out, size_t* count);
  /* Is the decimal `text`, in units of `unit_ms`, within [now - back, now + ahead]? HOOKSWITCH_TIME_... */
  int32_t (*check_time)(hookswitch_str text, int64_t unit_ms, int64_t now_ms, int64_t back_ms, int64_t ahead_ms);
} hookswitch_crypto;

/* Lines in the engine's own log. */
#define HOOKSWITCH_EXT_LOG "hookswitch.log/1"
#define HOOKSWITCH_LOG_INFO 1
#define HOOKSWITCH_LOG_WARN 2
typedef struct hookswitch_log {
  size_t size;
  /* `who` is the provider's id. Never a secret, never a payload. [any] */
  void (*write)(int32_t level, hookswitch_str who, hookswitch_str line);
} hookswitch_log;

#ifdef __cplusplus
}
#endif

#endif /* HOOKSWITCH_ABI_PROVIDER_H */
