/* A provider without C++: it accepts what says "let me in" and hands the body on as it is. */
#include <string.h>

#include "engine/abi/provider.h"

static const hookswitch_str kTypes[] = {{"call.ended", 10}};
static const hookswitch_descriptor kDescriptor = {
    sizeof(hookswitch_descriptor), {"plain_c", 7}, {"1.0.0", 5}, {"{}", 2}, kTypes, 1};
static int instance_of_all = 1;

static hookswitch_status create(const hookswitch_host* host, hookswitch_call* call, const hookswitch_config* config,
                                void** instance) {
  (void)host, (void)call, (void)config;
  *instance = &instance_of_all;
  return HOOKSWITCH_OK;
}

static void destroy(void* instance) { (void)instance; }

static hookswitch_status verify(const void* instance, hookswitch_call* call, const hookswitch_request* request,
                                hookswitch_verdict* verdict) {
  (void)instance;
  char* code = call->alloc(call, 9);
  if (code == NULL) return HOOKSWITCH_LIMIT;
  memcpy(code, "not_asked", 9);
  verdict->kind = request->body.size == 9 ? HOOKSWITCH_ACCEPT : HOOKSWITCH_REFUSE;
  verdict->code.data = code;
  verdict->code.size = 9;
  return HOOKSWITCH_OK;
}

static hookswitch_status decode(const void* instance, hookswitch_call* call, const hookswitch_record* record,
                                hookswitch_sink* sink) {
  (void)instance, (void)call;
  hookswitch_event event;
  memset(&event, 0, sizeof event);
  event.size = sizeof event;
  event.id = record->body;
  event.type = kTypes[0];
  event.data.data = "{}";
  event.data.size = 2;
  return sink->emit(sink, &event);
}

static const hookswitch_table kTable = {sizeof(hookswitch_table), HOOKSWITCH_ABI_MAJOR, HOOKSWITCH_ABI_MINOR,
                                        &kDescriptor, create, destroy, verify, decode, NULL};

HOOKSWITCH_EXPORT const hookswitch_table* hookswitch_provider(const hookswitch_host* host);
HOOKSWITCH_EXPORT const hookswitch_table* hookswitch_provider(const hookswitch_host* host) {
  return host->abi_major == HOOKSWITCH_ABI_MAJOR ? &kTable : NULL;
}
