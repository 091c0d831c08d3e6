// One plugin for each way to be wrong; which one, a definition WAY_... of the build says.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "engine/abi/provider.h"

namespace {

hookswitch_str str(std::string_view text) { return {text.data(), text.size()}; }

#if defined(WAY_twin_a) || defined(WAY_twin_b)
constexpr std::string_view kId = "twin";
#elif defined(WAY_bad_id)
constexpr std::string_view kId = "Bad Id!";
#else
constexpr std::string_view kId = "broken";
#endif

int instance_of_all = 1;

/// What takes a process down. `where` is the file of "waits", as long as which exists that one waits before it dies.
void take_down([[maybe_unused]] std::string_view way, [[maybe_unused]] std::string_view where) {
#ifdef WAY_misbehaves
  signal(SIGSEGV, SIG_DFL);  // sanitizers have a handler of their own
  if (way == "segfault") raise(SIGSEGV);
  if (way == "abort") std::abort();
  if (way == "exit") std::exit(7);
  if (way == "garbage" && write(3, "not what anybody asked for", 26) < 0) std::abort();
  if (way == "closes") close(3), pause();
  for (volatile bool on = true; way == "loops" && on;) on = true;
  if (way == "eats memory") {
    [[maybe_unused]] static void* volatile eaten = nullptr;
    for (volatile bool on = true; on;) eaten = ::operator new(64 << 20);
  }
  if (way == "waits" && access(std::string(where).c_str(), F_OK) == 0) {
    while (access(std::string(where).c_str(), F_OK) == 0) usleep(1000);
    raise(SIGSEGV);
  }
#endif
}

hookswitch_status create(const hookswitch_host*, hookswitch_call* call, const hookswitch_config* config,
                         void** instance) {
  if (std::string_view(config->json.data, config->json.size) == "refuse") {
    call->error = str("secret: found none, expected one");
    return HOOKSWITCH_INVALID;
  }
  take_down(std::string_view(config->json.data, config->json.size), "");
  *instance = &instance_of_all;
  return HOOKSWITCH_OK;
}

void destroy(void*) {}

#ifdef WAY_misbehaves
/// What of the world the plugin can reach, as its error.
hookswitch_status reach_out(hookswitch_call* call) {
  const int denied = EPERM;
  const bool network = socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != denied;
  const bool file = open("/tmp/hookswitch_plugin_wrote_this", O_WRONLY | O_CREAT, 0600) >= 0 || errno != denied;
  const char* there = "/tmp/hookswitch_plugin_wrote_that";
  const bool raw = syscall(SYS_open, there, O_WRONLY | O_CREAT, 0600) >= 0 || errno != denied;
  const bool engine = kill(getppid(), 0) == 0 || errno != denied;
  const bool program = execl("/bin/true", "true", nullptr) == 0 || errno != denied;
  const bool limit = prlimit(getppid(), RLIMIT_CPU, nullptr, nullptr) == 0 || errno != denied;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  const bool process = child > 0 || errno != denied;
  const int itself = open("/proc/self/exe", O_RDONLY);
  struct stat now {};
  const bool mode = fstat(itself, &now) != 0 || fchmod(itself, now.st_mode) == 0 || errno != denied;
  bool threads = false;
  std::thread([&] { threads = true; }).join();
  const bool reads = threads && itself >= 0 && open("/dev/null", O_RDONLY) >= 0;
  const bool out = network || file || raw || engine || program || limit || process || mode;
  call->error = out ? str("reached out") : reads ? str("can only read") : str("cannot read");
  return HOOKSWITCH_INVALID;
}
#endif

/// What it does wrong is what the request's kind asks for.
hookswitch_status verify(const void*, hookswitch_call* call, const hookswitch_request* request,
                         hookswitch_verdict* verdict) {
  std::string_view way(request->kind.data, request->kind.size);
  take_down(way, {request->body.data, request->body.size});
  verdict->kind = HOOKSWITCH_ACCEPT;
#ifdef WAY_misbehaves
  if (way == "reaches out") return reach_out(call);
#endif
  if (way == "throws") throw std::runtime_error("thrown on purpose");
  if (way == "throws an int") throw 42;
  if (way == "bad kind") verdict->kind = 7;
  if (way == "bad status") return 99;
  if (way == "silent error") return HOOKSWITCH_INVALID;
  if (way == "says why") {
    call->error = str("read the body: found a hat, expected a rabbit");
    return HOOKSWITCH_INVALID;
  }
  if (way == "refuses without code") verdict->kind = HOOKSWITCH_REFUSE;
  if (way == "refuses with 200") {
    verdict->kind = HOOKSWITCH_REFUSE;
    verdict->code = str("no");
    verdict->status = 200;
  }
  if (way == "long key") {
    auto* key = static_cast<char*>(call->alloc(call, 513));
    std::memset(key, 'k', 513);
    verdict->key = {key, 513};
  }
  if (way == "key at no address") verdict->key = {nullptr, 5};
  if (way == "fills the arena") {
    while (call->alloc(call, 1 << 20) != nullptr) {
    }
    return HOOKSWITCH_LIMIT;
  }
  if (way == "answers") {
    verdict->kind = HOOKSWITCH_ANSWER;
    verdict->content_type = str("text/plain");
    verdict->body = request->query;
  }
  return HOOKSWITCH_OK;
}

hookswitch_status decode(const void*, hookswitch_call*, const hookswitch_record* record, hookswitch_sink* sink) {
  std::string_view way(record->kind.data, record->kind.size), body(record->body.data, record->body.size);
  if (way.starts_with("decode-")) take_down(way.substr(7), body);
  std::string long_text(513, 'x'), named = R"({"external_ids":{"call_sid":")" + std::string(body) + "\"}}";
  hookswitch_event event{};
  event.size = sizeof event;
  event.id = str("1");
  event.type = str("call.ended");
  event.data = str("{}");
  if (way == "named") event.id = str(body), event.data = str(named);
  int times = 1;
  if (way == "throws") throw std::runtime_error("thrown on purpose");
  if (way == "undeclared type") event.type = str("call.made_up");
  if (way == "own type") event.type = str("broken.made_up");
  if (way == "no id") event.id = {};
  if (way == "long id") event.id = str(long_text);
  if (way == "longest id") event.id = str(std::string_view(long_text).substr(1));
  if (way == "id not UTF-8") event.id = str("\xff");
  if (way == "data no JSON") event.data = str("{]");
  if (way == "data no object") event.data = str("[]");
  if (way == "time before 1970") event.time_ms = -1;
  if (way == "older struct") event.size = offsetof(hookswitch_event, wants_reply);
  event.wants_reply = way != "named";
  if (way == "64 events") times = 64;
  if (way == "65 events") times = 65;
  for (int i = 0; i < times; ++i) sink->emit(sink, &event);  // ignores the answer, as broken plugins do
  return way == "fails after emitting" ? HOOKSWITCH_INVALID : HOOKSWITCH_OK;
}

#ifdef WAY_misbehaves
hookswitch_status render(const void*, hookswitch_call*, const hookswitch_event* event, hookswitch_str,
                         hookswitch_reply* out) {
  std::string_view way(event->type.data, event->type.size);
  out->status = way == "bad status" ? 99 : 200;
  return HOOKSWITCH_OK;
}
hookswitch_status default_reply(const void*, hookswitch_call*, const hookswitch_request*, hookswitch_reply* out) {
  out->status = 1;
  return HOOKSWITCH_OK;
}
const hookswitch_replies kReplies{sizeof(hookswitch_replies), render, default_reply};

/// What it does wrong is what the request's kind asks for.
hookswitch_status sign(const void*, hookswitch_call* call, const hookswitch_request* request, hookswitch_signed* out) {
  std::string_view way(request->kind.data, request->kind.size);
  auto* headers = static_cast<hookswitch_pair*>(call->alloc(call, 101 * sizeof(hookswitch_pair)));
  for (int i = 0; i < 101; ++i) headers[i] = {str("x-signature"), str("abc")};
  out->headers = headers;
  out->header_count = way == "101 headers" ? 101 : way == "100 headers" ? 100 : 1;
  if (way == "headers at no address") out->headers = nullptr;
  if (way == "two lines") headers[0].value = str("abc\r\nx-other: 1");
  if (way == "upper case") headers[0].name = str("X-Signature");
  if (way == "other host") headers[0].name = str("host");
  if (way == "value at no address") headers[0].value = {nullptr, 3};
  if (way == "blank in query") out->query = str("a=1 2");
  return HOOKSWITCH_OK;
}
const hookswitch_signing kSigning{sizeof(hookswitch_signing), sign};

/// What it does wrong is what the story says.
hookswitch_status play(const void*, hookswitch_call*, hookswitch_str story, hookswitch_delivery_sink* sink) {
  std::string_view way(story.data, story.size);
  hookswitch_pair header{str("content-type"), str("text/plain")};
  hookswitch_delivery delivery{sizeof delivery, str("status"), &header, 1, str("body"), 1};
  int times = way == "64 deliveries" ? 64 : way == "65 deliveries" ? 65 : 1;
  if (way == "kind with a slash") delivery.kind = str("a/b");
  if (way == "headers at no address") delivery.headers = nullptr;
  if (way == "two lines") header.value = str("a\r\nb: c");
  if (way == "other length") header.name = str("content-length");
  if (way == "body at no address") delivery.body = {nullptr, 4};
  if (way == "time before 1970") delivery.time_ms = -1;
  for (int i = 0; i < times; ++i) sink->emit(sink, &delivery);  // ignores the answer, as broken plugins do
  return way == "fails after emitting" ? HOOKSWITCH_INVALID : HOOKSWITCH_OK;
}
const hookswitch_simulation kSimulation{sizeof(hookswitch_simulation), play};

const hookswitch_str kNames[] = {str("call"), str("calls")};

/// What it does wrong is what `what` says.
hookswitch_status write_request(hookswitch_call* call, hookswitch_str what, hookswitch_http_request* out) {
  std::string_view way(what.data, what.size);
  auto* header = static_cast<hookswitch_pair*>(call->alloc(call, sizeof(hookswitch_pair)));
  *header = {str("authorization"), str("secret")};
  out->method = str("POST");
  out->url = str("https://api.example.com/calls");
  out->headers = header;
  out->header_count = 1;
  if (way == "strange method") out->method = str("CONNECT");
  if (way == "no url") out->url = {};
  if (way == "relative url") out->url = str("/calls");
  if (way == "file url") out->url = str("file:///etc/passwd");
  if (way == "user in url") out->url = str("https://me:secret@api.example.com/calls");
  if (way == "blank in url") out->url = str("https://api.example.com/calls?a=b c");
  if (way == "backslash in url") out->url = str("https://api.example.com\\@evil.example.net/calls");
  if (way == "backslash in path") out->url = str("https://api.example.com/calls\\all");
  if (way == "bytes in url") out->url = str("https://api.example.com/caf\xc3\xa9");
  if (way == "all of a url") out->url = str("https://api.example.com/-._~:@!$&'()*+,;=%20?[a]/?#b");
  if (way == "other host") out->url = str("https://evil.example.net/calls");
  if (way == "longer host") out->url = str("https://api.example.com.evil.net/calls");
  if (way == "other port") out->url = str("https://api.example.com:8443/calls");
  if (way == "other scheme") out->url = str("http://api.example.com/calls");
  if (way == "upper case") out->url = str("https://API.Example.com/calls");
  if (way == "two lines") header->value = str("a\r\nb: c");
  if (way.starts_with("header ")) header->name = str(way.substr(7));
  if (way == "body at no address") out->body = {nullptr, 3};
  if (way == "throws") throw std::runtime_error("thrown on purpose");
  return HOOKSWITCH_OK;
}

hookswitch_status judge(hookswitch_call* call, const hookswitch_action* action, hookswitch_outcome* out) {
  std::string_view way(action->params.data, action->params.size);
  out->kind = HOOKSWITCH_FAILED;
  out->code = str("no");
  if (way == "no kind") out->kind = 0;
  if (way == "strange kind") out->kind = 6;
  if (way == "no code") out->code = {};
  if (way == "code of words") out->code = str("Not Found");
  if (way == "negative wait") out->retry_after_ms = -1;
  if (way == "endless wait") out->retry_after_ms = INT64_MAX;
  if (way == "result no JSON") out->result = str("{]");
  if (way == "result no object") out->result = str("[]");
  if (way == "long reason") out->reason = {static_cast<char*>(call->alloc(call, 1025)), 1025};
  if (way == "long cursor") out->cursor = {static_cast<char*>(call->alloc(call, 4097)), 4097};
  if (way == "done") *out = {sizeof *out, HOOKSWITCH_DONE, 0, {}, {}, str("{}"), action->cursor};
  return HOOKSWITCH_OK;
}

hookswitch_status build_action(const void*, hookswitch_call* call, const hookswitch_action* action,
                               hookswitch_http_request* out) {
  return write_request(call, action->params, out);
}
hookswitch_status parse_action(const void*, hookswitch_call* call, const hookswitch_action* action,
                               const hookswitch_http_response*, hookswitch_outcome* out) {
  return judge(call, action, out);
}
const hookswitch_actions kActions{
    sizeof(hookswitch_actions), kNames, 1, build_action, parse_action, build_action, parse_action};

hookswitch_status build_query(const void*, hookswitch_call* call, const hookswitch_query* query,
                              hookswitch_http_request* out) {
  return write_request(call, query->filter, out);
}

/// What it does wrong is what the filter says.
hookswitch_status read_page(const void*, hookswitch_call* call, const hookswitch_query* query,
                            const hookswitch_http_response*, hookswitch_item_sink* sink) {
  std::string_view way(query->filter.data, query->filter.size);
  hookswitch_item item{sizeof item, str("1"), 1, str("{}"), str("one"), str("call_sid")};
  int times = way == "1000 items" ? 1000 : way == "1001 items" ? 1001 : way == "two for one" ? 2 : 1;
  if (way == "no id") item.id = {};
  if (way == "id not UTF-8") item.id = str("\xff");
  if (way == "time before 1970") item.time_ms = -1;
  if (way == "body at no address") item.body = {nullptr, 4};
  if (way == "older struct") item.size = offsetof(hookswitch_item, event_id);
  if (way == "kind of words") item.id_kind = str("Call Sid");
  if (way == "long cursor") sink->next_cursor = {static_cast<char*>(call->alloc(call, 4097)), 4097};
  for (int i = 0; i < times; ++i) sink->emit(sink, &item);  // ignores the answer, as broken plugins do
  return way == "fails after emitting" ? HOOKSWITCH_INVALID : HOOKSWITCH_OK;
}
const hookswitch_syncs kSyncs{sizeof(hookswitch_syncs), kNames + 1, 1, build_query, read_page};
#elif defined(WAY_short_action) || defined(WAY_missing_action)
#ifdef WAY_short_action
constexpr size_t kActionSize = 8;
#else
constexpr size_t kActionSize = sizeof(hookswitch_actions);
#endif
const hookswitch_actions kActions{kActionSize, nullptr, 0, nullptr, nullptr, nullptr, nullptr};
#elif defined(WAY_half_reconcile) || defined(WAY_no_action_types) || defined(WAY_bad_action_type)
hookswitch_status build_action(const void*, hookswitch_call*, const hookswitch_action*, hookswitch_http_request*) {
  return HOOKSWITCH_INVALID;
}
hookswitch_status parse_action(const void*, hookswitch_call*, const hookswitch_action*, const hookswitch_http_response*,
                               hookswitch_outcome*) {
  return HOOKSWITCH_INVALID;
}
const hookswitch_str kNames[] = {str("Make a call")};
#ifdef WAY_half_reconcile
const hookswitch_actions kActions{
    sizeof(hookswitch_actions), kNames, 1, build_action, parse_action, build_action, nullptr};
#elif defined(WAY_no_action_types)
const hookswitch_actions kActions{sizeof(hookswitch_actions), kNames, 0, build_action, parse_action, nullptr, nullptr};
#else
const hookswitch_actions kActions{sizeof(hookswitch_actions), kNames, 1, build_action, parse_action, nullptr, nullptr};
#endif
#elif defined(WAY_short_sync)
const hookswitch_syncs kSyncs{8, nullptr, 0, nullptr, nullptr};
#elif defined(WAY_missing_sync)
const hookswitch_syncs kSyncs{sizeof(hookswitch_syncs), nullptr, 0, nullptr, nullptr};
#elif defined(WAY_no_resources)
hookswitch_status build_query(const void*, hookswitch_call*, const hookswitch_query*, hookswitch_http_request*) {
  return HOOKSWITCH_INVALID;
}
hookswitch_status read_page(const void*, hookswitch_call*, const hookswitch_query*, const hookswitch_http_response*,
                            hookswitch_item_sink*) {
  return HOOKSWITCH_INVALID;
}
const hookswitch_syncs kSyncs{sizeof(hookswitch_syncs), nullptr, 1, build_query, read_page};
#elif defined(WAY_short_simulate)
const hookswitch_simulation kSimulation{8, nullptr};
#elif defined(WAY_missing_simulate)
const hookswitch_simulation kSimulation{sizeof(hookswitch_simulation), nullptr};
#elif defined(WAY_short_sign)
const hookswitch_signing kSigning{8, nullptr};
#elif defined(WAY_missing_sign)
const hookswitch_signing kSigning{sizeof(hookswitch_signing), nullptr};
#elif defined(WAY_missing_render)
const hookswitch_replies kReplies{sizeof(hookswitch_replies), nullptr, nullptr};
#endif

const void* get_extension([[maybe_unused]] const char* id) {
#ifdef WAY_short_stream
  static const hookswitch_stream stream{8, nullptr, nullptr, nullptr, nullptr};
  if (std::strcmp(id, HOOKSWITCH_EXT_STREAM) == 0) return &stream;
#endif
#if defined(WAY_misbehaves) || defined(WAY_missing_render)
  if (std::strcmp(id, HOOKSWITCH_EXT_REPLY) == 0) return &kReplies;
#endif
#if defined(WAY_misbehaves) || defined(WAY_short_sign) || defined(WAY_missing_sign)
  if (std::strcmp(id, HOOKSWITCH_EXT_SIGN) == 0) return &kSigning;
#endif
#if defined(WAY_misbehaves) || defined(WAY_short_action) || defined(WAY_missing_action) || \
    defined(WAY_half_reconcile) || defined(WAY_no_action_types) || defined(WAY_bad_action_type)
  if (std::strcmp(id, HOOKSWITCH_EXT_ACTION) == 0) return &kActions;
#endif
#if defined(WAY_misbehaves) || defined(WAY_short_sync) || defined(WAY_missing_sync) || defined(WAY_no_resources)
  if (std::strcmp(id, HOOKSWITCH_EXT_SYNC) == 0) return &kSyncs;
#endif
#if defined(WAY_misbehaves) || defined(WAY_short_simulate) || defined(WAY_missing_simulate)
  if (std::strcmp(id, HOOKSWITCH_EXT_SIMULATE) == 0) return &kSimulation;
#endif
  return nullptr;
}

[[maybe_unused]] const hookswitch_table* table() {
  static const hookswitch_str types[] = {str("call.ended")};
  static hookswitch_descriptor descriptor{sizeof descriptor, str(kId), str("0.0.1"), str("{}"), types, 1};
  static hookswitch_table table{
      sizeof table, HOOKSWITCH_ABI_MAJOR, HOOKSWITCH_ABI_MINOR, &descriptor, create, destroy, verify,
      decode,       get_extension};
#ifdef WAY_wrong_major
  table.abi_major = 2;
#elif defined(WAY_short_table)
  table.size = 32;
#elif defined(WAY_missing_verify)
  table.verify = nullptr;
#elif defined(WAY_missing_decode)
  table.decode = nullptr;
#elif defined(WAY_no_descriptor)
  table.descriptor = nullptr;
#elif defined(WAY_short_descriptor)
  descriptor.size = 16;
#endif
  return &table;
}

}  // namespace

#ifndef WAY_no_symbol
extern "C" HOOKSWITCH_EXPORT const hookswitch_table* hookswitch_provider(const hookswitch_host*);
extern "C" HOOKSWITCH_EXPORT const hookswitch_table* hookswitch_provider(const hookswitch_host*) {
#ifdef WAY_dies_at_entry
  std::abort();
#elif defined(WAY_throws_at_entry)
  throw std::runtime_error("thrown on purpose");
#elif defined(WAY_declines)
  return nullptr;
#else
  return table();
#endif
}
#endif
