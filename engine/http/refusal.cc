#include "engine/http/refusal.h"

namespace hookswitch {

const char* name(Refusal reason) {
  switch (reason) {
    case Refusal::bad_request:
      return "bad_request";
    case Refusal::truncated:
      return "truncated";
    case Refusal::target_too_long:
      return "target_too_long";
    case Refusal::headers_too_large:
      return "headers_too_large";
    case Refusal::too_many_headers:
      return "too_many_headers";
    case Refusal::body_too_large:
      return "body_too_large";
    case Refusal::header_timeout:
      return "header_timeout";
    case Refusal::body_timeout:
      return "body_timeout";
    case Refusal::method_unknown:
      return "method_unknown";
    case Refusal::version_unknown:
      return "version_unknown";
    case Refusal::expectation:
      return "expectation";
    case Refusal::connections_full:
      return "connections_full";
    case Refusal::descriptors_full:
      return "descriptors_full";
    case Refusal::streams_full:
      return "streams_full";
    case Refusal::stopping:
      return "stopping";
    case Refusal::write_stall:
      return "write_stall";
    case Refusal::write_buffer_full:
      return "write_buffer_full";
    case Refusal::streams_buffer_full:
      return "streams_buffer_full";
    case Refusal::handshake:
      return "handshake";
    case Refusal::unanswered:
      return "unanswered";
    case Refusal::answered_twice:
      return "answered_twice";
    case Refusal::exception:
      return "exception";
    case Refusal::count_:
      break;
  }
  return "unknown";
}

}  // namespace hookswitch
