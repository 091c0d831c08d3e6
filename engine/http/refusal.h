// Why the server itself turned something down, and the counters behind ServerStats.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace hookswitch {

enum class Refusal : uint8_t {
  bad_request,          // 400: not HTTP, or HTTP that two readers could understand differently
  truncated,            // 400: the client stopped sending in the middle of a request
  target_too_long,      // 414
  headers_too_large,    // 431: by bytes
  too_many_headers,     // 431: by count
  body_too_large,       // 413
  header_timeout,       // 408
  body_timeout,         // 408: nothing came for too long, or too little
  method_unknown,       // 501
  version_unknown,      // 505
  expectation,          // 417: an Expect other than 100-continue
  connections_full,     // 503
  descriptors_full,     // 503, with TLS cut: the process has no file descriptor left; the request was not read
  streams_full,         // 503
  stopping,             // 503: the server ends, and the rest of the request had not come
  write_stall,          // cut: the client read nothing of its answer for too long
  write_buffer_full,    // cut: a stream's client reads too slowly
  streams_buffer_full,  // cut: too much waits for the clients of all streams, and this one reads too slowly
  handshake,            // TLS did not come about
  unanswered,           // 500: a handler dropped its exchange
  answered_twice,       // ignored: a handler answered once more
  exception,            // 503: something threw and was caught at the door
  count_,               // how many there are; not a reason
};

/// As it appears in metrics, for example "body_too_large".
const char* name(Refusal reason);

/// One loop's counters; written by that loop, and by exchanges for answered_twice. Read from any thread.
struct Counters {
  std::atomic<uint64_t> connections{0};  // accepted since start
  std::atomic<uint64_t> requests{0};     // headers complete and handed to the handler
  std::array<std::atomic<uint64_t>, static_cast<size_t>(Refusal::count_)> refusals{};

  void count(Refusal reason) { refusals[static_cast<size_t>(reason)].fetch_add(1, std::memory_order_relaxed); }
};

/// A request that cannot be accepted, and how that is said.
struct Problem {
  int status = 400;
  Refusal reason = Refusal::bad_request;
  const char* detail = "";  // for the client, one clause: "the chunk size is not a number"
};

}  // namespace hookswitch
