// What a server is started with: where it listens, on how many threads, and its limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/limits.h"
#include "engine/http/message.h"

namespace hookswitch {

constexpr size_t kStreamBytes = 64 * limits::kMiB;  // that may wait for the clients of all streams together

struct ListenerOptions {
  std::string address;  // "127.0.0.1:8080", "[::1]:0", "0.0.0.0:8443"; port 0 lets the system choose
  bool tls = false;
  std::string cert_file;  // PEM, the server's certificate first and then its chain
  std::string key_file;   // PEM
  int inherited_fd =
      -1;  // a listening socket that a service manager opened: used instead of `address`; ours from now on
};

struct ServerOptions {
  std::vector<ListenerOptions> listeners;
  int threads = 1;  // event loops, each with its own socket per listener

  HeaderList headers;      // of every answer that does not have them itself
  HeaderList tls_headers;  // the same over TLS, instead of `headers`

  size_t connections_max = limits::kConnections;  // all loops together
  size_t streams_max = limits::kStreams;          // all loops together
  size_t stream_bytes_max = kStreamBytes;         // all loops together; beyond it who reads slowly is cut
  size_t target_bytes_max = limits::kRequestLineBytes;
  size_t header_bytes_max = limits::kHeaderBytes;
  size_t header_count_max = limits::kHeaderCount;
  uint64_t body_bytes_max = limits::kBodyBytes;
  size_t body_bytes_per_second_min = limits::kBodyBytesPerSecondMin;
  size_t pipelined_max = limits::kPipelinedRequests;
  size_t write_buffer_bytes = limits::kWriteBufferBytes;
  size_t discard_bytes_max = limits::kDiscardBytes;

  int64_t header_timeout_ms = limits::kHeaderTimeoutMs;
  int64_t idle_timeout_ms = limits::kIdleTimeoutMs;
  int64_t body_stall_ms = limits::kBodyStallMs;
  int64_t write_stall_ms = limits::kWriteStallMs;
  int64_t linger_ms = limits::kLingerMs;
  int64_t unused_drain_ms = limits::kUnusedDrainMs;
  int64_t request_drain_ms = limits::kRequestDrainMs;
  int64_t tick_ms = 250;  // how often deadlines are looked at; each may be late by as much
};

}  // namespace hookswitch
