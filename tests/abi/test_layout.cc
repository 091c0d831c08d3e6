// Every size and offset of the plugin header as a number: what was released must never move.
#include <catch2/catch.hpp>
#include <cstddef>

#include "engine/abi/provider.h"

#define AT(type, member, offset) CHECK(offsetof(type, member) == offset)

TEST_CASE("the layout of hookswitch_str stays") {
  CHECK(sizeof(hookswitch_str) == 16);
  AT(hookswitch_str, data, 0);
  AT(hookswitch_str, size, 8);
}

TEST_CASE("the layout of hookswitch_pair stays") {
  CHECK(sizeof(hookswitch_pair) == 32);
  AT(hookswitch_pair, name, 0);
  AT(hookswitch_pair, value, 16);
}

TEST_CASE("the layout of hookswitch_host stays") {
  CHECK(sizeof(hookswitch_host) == 40);
  AT(hookswitch_host, size, 0);
  AT(hookswitch_host, abi_major, 8);
  AT(hookswitch_host, abi_minor, 12);
  AT(hookswitch_host, version, 16);
  AT(hookswitch_host, get_extension, 32);
}

TEST_CASE("the layout of hookswitch_call stays") {
  CHECK(sizeof(hookswitch_call) == 32);
  AT(hookswitch_call, size, 0);
  AT(hookswitch_call, alloc, 8);
  AT(hookswitch_call, error, 16);
}

TEST_CASE("the layout of hookswitch_config stays") {
  CHECK(sizeof(hookswitch_config) == 40);
  AT(hookswitch_config, size, 0);
  AT(hookswitch_config, source, 8);
  AT(hookswitch_config, json, 24);
}

TEST_CASE("the layout of hookswitch_request stays") {
  CHECK(sizeof(hookswitch_request) == 144);
  AT(hookswitch_request, size, 0);
  AT(hookswitch_request, method, 8);
  AT(hookswitch_request, url, 24);
  AT(hookswitch_request, path, 40);
  AT(hookswitch_request, query, 56);
  AT(hookswitch_request, kind, 72);
  AT(hookswitch_request, headers, 88);
  AT(hookswitch_request, header_count, 96);
  AT(hookswitch_request, body, 104);
  AT(hookswitch_request, now_ms, 120);
  AT(hookswitch_request, peer, 128);
}

TEST_CASE("the layout of hookswitch_verdict stays") {
  CHECK(sizeof(hookswitch_verdict) == 120);
  AT(hookswitch_verdict, size, 0);
  AT(hookswitch_verdict, kind, 8);
  AT(hookswitch_verdict, status, 12);
  AT(hookswitch_verdict, code, 16);
  AT(hookswitch_verdict, reason, 32);
  AT(hookswitch_verdict, key, 48);
  AT(hookswitch_verdict, wants_reply, 64);
  AT(hookswitch_verdict, message, 72);
  AT(hookswitch_verdict, content_type, 88);
  AT(hookswitch_verdict, body, 104);
}

TEST_CASE("the layout of hookswitch_record stays") {
  CHECK(sizeof(hookswitch_record) == 96);
  AT(hookswitch_record, size, 0);
  AT(hookswitch_record, record_kind, 8);
  AT(hookswitch_record, kind, 24);
  AT(hookswitch_record, path, 40);
  AT(hookswitch_record, headers, 56);
  AT(hookswitch_record, header_count, 64);
  AT(hookswitch_record, body, 72);
  AT(hookswitch_record, time_ms, 88);
}

TEST_CASE("the layout of hookswitch_event stays") {
  CHECK(sizeof(hookswitch_event) == 104);
  AT(hookswitch_event, size, 0);
  AT(hookswitch_event, id, 8);
  AT(hookswitch_event, type, 24);
  AT(hookswitch_event, subject, 40);
  AT(hookswitch_event, time_ms, 56);
  AT(hookswitch_event, data, 64);
  AT(hookswitch_event, raw, 80);
  AT(hookswitch_event, wants_reply, 96);
}

TEST_CASE("the layout of hookswitch_sink stays") {
  CHECK(sizeof(hookswitch_sink) == 16);
  AT(hookswitch_sink, size, 0);
  AT(hookswitch_sink, emit, 8);
}

TEST_CASE("the layout of hookswitch_descriptor stays") {
  CHECK(sizeof(hookswitch_descriptor) == 88);
  AT(hookswitch_descriptor, size, 0);
  AT(hookswitch_descriptor, id, 8);
  AT(hookswitch_descriptor, version, 24);
  AT(hookswitch_descriptor, config_schema, 40);
  AT(hookswitch_descriptor, event_types, 56);
  AT(hookswitch_descriptor, event_type_count, 64);
  AT(hookswitch_descriptor, disable_failures, 72);
  AT(hookswitch_descriptor, disable_quiet_ms, 80);
}

TEST_CASE("the layout of hookswitch_table stays") {
  CHECK(sizeof(hookswitch_table) == 64);
  AT(hookswitch_table, size, 0);
  AT(hookswitch_table, abi_major, 8);
  AT(hookswitch_table, abi_minor, 12);
  AT(hookswitch_table, descriptor, 16);
  AT(hookswitch_table, create, 24);
  AT(hookswitch_table, destroy, 32);
  AT(hookswitch_table, verify, 40);
  AT(hookswitch_table, decode, 48);
  AT(hookswitch_table, get_extension, 56);
}

TEST_CASE("the layout of hookswitch_stream stays") {
  CHECK(sizeof(hookswitch_stream) == 40);
  AT(hookswitch_stream, size, 0);
  AT(hookswitch_stream, begin, 8);
  AT(hookswitch_stream, update, 16);
  AT(hookswitch_stream, finish, 24);
  AT(hookswitch_stream, abandon, 32);
}

TEST_CASE("the layout of hookswitch_reply stays") {
  CHECK(sizeof(hookswitch_reply) == 48);
  AT(hookswitch_reply, size, 0);
  AT(hookswitch_reply, status, 8);
  AT(hookswitch_reply, content_type, 16);
  AT(hookswitch_reply, body, 32);
}

TEST_CASE("the layout of hookswitch_replies stays") {
  CHECK(sizeof(hookswitch_replies) == 24);
  AT(hookswitch_replies, size, 0);
  AT(hookswitch_replies, render, 8);
  AT(hookswitch_replies, default_reply, 16);
}

TEST_CASE("the layout of hookswitch_signed stays") {
  CHECK(sizeof(hookswitch_signed) == 40);
  AT(hookswitch_signed, size, 0);
  AT(hookswitch_signed, headers, 8);
  AT(hookswitch_signed, header_count, 16);
  AT(hookswitch_signed, query, 24);
}

TEST_CASE("the layout of hookswitch_http_request and hookswitch_http_response stays") {
  CHECK(sizeof(hookswitch_http_request) == 80);
  AT(hookswitch_http_request, size, 0);
  AT(hookswitch_http_request, method, 8);
  AT(hookswitch_http_request, url, 24);
  AT(hookswitch_http_request, headers, 40);
  AT(hookswitch_http_request, header_count, 48);
  AT(hookswitch_http_request, body, 56);
  AT(hookswitch_http_request, harmless, 72);
  CHECK(sizeof(hookswitch_http_response) == 48);
  AT(hookswitch_http_response, size, 0);
  AT(hookswitch_http_response, status, 8);
  AT(hookswitch_http_response, headers, 16);
  AT(hookswitch_http_response, header_count, 24);
  AT(hookswitch_http_response, body, 32);
}

TEST_CASE("the layout of hookswitch_action stays") {
  CHECK(sizeof(hookswitch_action) == 120);
  AT(hookswitch_action, size, 0);
  AT(hookswitch_action, id, 8);
  AT(hookswitch_action, type, 24);
  AT(hookswitch_action, params, 40);
  AT(hookswitch_action, hook_url, 56);
  AT(hookswitch_action, made_ms, 72);
  AT(hookswitch_action, sent_ms, 80);
  AT(hookswitch_action, now_ms, 88);
  AT(hookswitch_action, cursor, 96);
  AT(hookswitch_action, attempt, 112);
}

TEST_CASE("the layout of hookswitch_outcome stays") {
  CHECK(sizeof(hookswitch_outcome) == 88);
  AT(hookswitch_outcome, size, 0);
  AT(hookswitch_outcome, kind, 8);
  AT(hookswitch_outcome, retry_after_ms, 16);
  AT(hookswitch_outcome, code, 24);
  AT(hookswitch_outcome, reason, 40);
  AT(hookswitch_outcome, result, 56);
  AT(hookswitch_outcome, cursor, 72);
}

TEST_CASE("the layout of hookswitch_actions stays") {
  CHECK(sizeof(hookswitch_actions) == 56);
  AT(hookswitch_actions, size, 0);
  AT(hookswitch_actions, types, 8);
  AT(hookswitch_actions, type_count, 16);
  AT(hookswitch_actions, build, 24);
  AT(hookswitch_actions, parse, 32);
  AT(hookswitch_actions, reconcile, 40);
  AT(hookswitch_actions, match, 48);
}

TEST_CASE("the layout of hookswitch_query stays") {
  CHECK(sizeof(hookswitch_query) == 88);
  AT(hookswitch_query, size, 0);
  AT(hookswitch_query, resource, 8);
  AT(hookswitch_query, item, 24);
  AT(hookswitch_query, cursor, 40);
  AT(hookswitch_query, filter, 56);
  AT(hookswitch_query, from_ms, 72);
  AT(hookswitch_query, to_ms, 80);
}

TEST_CASE("the layout of hookswitch_item and hookswitch_item_sink stays") {
  CHECK(sizeof(hookswitch_item) == 80);
  AT(hookswitch_item, size, 0);
  AT(hookswitch_item, id, 8);
  AT(hookswitch_item, time_ms, 24);
  AT(hookswitch_item, body, 32);
  AT(hookswitch_item, event_id, 48);
  AT(hookswitch_item, id_kind, 64);
  CHECK(sizeof(hookswitch_item_sink) == 32);
  AT(hookswitch_item_sink, size, 0);
  AT(hookswitch_item_sink, emit, 8);
  AT(hookswitch_item_sink, next_cursor, 16);
}

TEST_CASE("the layout of hookswitch_syncs stays") {
  CHECK(sizeof(hookswitch_syncs) == 40);
  AT(hookswitch_syncs, size, 0);
  AT(hookswitch_syncs, resources, 8);
  AT(hookswitch_syncs, resource_count, 16);
  AT(hookswitch_syncs, build, 24);
  AT(hookswitch_syncs, read, 32);
}

TEST_CASE("the layout of hookswitch_delivery stays") {
  CHECK(sizeof(hookswitch_delivery) == 64);
  AT(hookswitch_delivery, size, 0);
  AT(hookswitch_delivery, kind, 8);
  AT(hookswitch_delivery, headers, 24);
  AT(hookswitch_delivery, header_count, 32);
  AT(hookswitch_delivery, body, 40);
  AT(hookswitch_delivery, time_ms, 56);
}

TEST_CASE("the layout of hookswitch_delivery_sink and hookswitch_simulation stays") {
  CHECK(sizeof(hookswitch_delivery_sink) == 16);
  AT(hookswitch_delivery_sink, size, 0);
  AT(hookswitch_delivery_sink, emit, 8);
  CHECK(sizeof(hookswitch_simulation) == 16);
  AT(hookswitch_simulation, size, 0);
  AT(hookswitch_simulation, play, 8);
}

TEST_CASE("the layout of hookswitch_signing stays") {
  CHECK(sizeof(hookswitch_signing) == 16);
  AT(hookswitch_signing, size, 0);
  AT(hookswitch_signing, sign, 8);
}

TEST_CASE("the layout of hookswitch_crypto stays") {
  CHECK(sizeof(hookswitch_crypto) == 136);
  AT(hookswitch_crypto, size, 0);
  AT(hookswitch_crypto, key_new, 8);
  AT(hookswitch_crypto, key_free, 16);
  AT(hookswitch_crypto, hmac, 24);
  AT(hookswitch_crypto, sha256, 32);
  AT(hookswitch_crypto, hmac_begin, 40);
  AT(hookswitch_crypto, sha256_begin, 48);
  AT(hookswitch_crypto, digest_update, 56);
  AT(hookswitch_crypto, digest_finish, 64);
  AT(hookswitch_crypto, digest_drop, 72);
  AT(hookswitch_crypto, equal, 80);
  AT(hookswitch_crypto, ed25519_verify, 88);
  AT(hookswitch_crypto, hex_encode, 96);
  AT(hookswitch_crypto, base64_encode, 104);
  AT(hookswitch_crypto, hex_decode, 112);
  AT(hookswitch_crypto, base64_decode, 120);
  AT(hookswitch_crypto, check_time, 128);
}

TEST_CASE("the layout of hookswitch_log stays") {
  CHECK(sizeof(hookswitch_log) == 16);
  AT(hookswitch_log, size, 0);
  AT(hookswitch_log, write, 8);
}

TEST_CASE("numbers that cross the boundary stay") {
  CHECK(HOOKSWITCH_ABI_MAJOR == 1);
  CHECK((HOOKSWITCH_OK == 0 && HOOKSWITCH_INVALID == 1 && HOOKSWITCH_LIMIT == 2 && HOOKSWITCH_INTERNAL == 3));
  CHECK((HOOKSWITCH_ACCEPT == 1 && HOOKSWITCH_REFUSE == 2 && HOOKSWITCH_ANSWER == 3));
  CHECK((HOOKSWITCH_DONE == 1 && HOOKSWITCH_RETRY == 2 && HOOKSWITCH_FAILED == 3));
  CHECK((HOOKSWITCH_UNKNOWN == 4 && HOOKSWITCH_DENIED == 5));
  CHECK((HOOKSWITCH_HMAC_SHA1 == 1 && HOOKSWITCH_HMAC_SHA256 == 2 && HOOKSWITCH_HMAC_SHA512 == 3));
  CHECK((HOOKSWITCH_TIME_FRESH == 0 && HOOKSWITCH_TIME_TOO_OLD == 1 && HOOKSWITCH_TIME_AHEAD == 2));
  CHECK((HOOKSWITCH_TIME_MALFORMED == 3 && HOOKSWITCH_DIGEST_MAX == 64));
}
