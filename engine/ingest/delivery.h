// One webhook on its way in: the request, its body as it arrives, and what is needed to answer it.
#pragma once

#include <memory>
#include <string>

#include "engine/base/limits.h"
#include "engine/http/exchange.h"
#include "engine/http/message.h"
#include "engine/ingest/routes.h"
#include "engine/log/blobs.h"
#include "engine/providers/provider.h"

namespace hookswitch {

struct Delivery {
  Request request;
  std::shared_ptr<Exchange> exchange;
  Route route;
  std::shared_ptr<Source> source;
  std::string url;  // as the provider addressed us
  int64_t arrived_ms = 0;
  int64_t arrived_us = 0;                    // steady, for deadlines
  std::string body;                          // up to limits::kInlineBodyBytes
  std::unique_ptr<BlobWriter> blob;          // a larger body
  bool whole = false;                        // all of the body has come
  std::unique_ptr<StreamedVerify> verifier;  // fed beside the blob

  /// The request as verify sees it; borrows from this.
  DeliveryRequest to_verify() const {
    DeliveryRequest out;
    out.method = request.method;
    out.url = url;
    out.path = request.path();
    out.query = request.query();
    out.kind = route.kind;
    out.headers = &request.headers;
    out.body = body;
    out.now_ms = arrived_ms;
    out.peer = request.peer;
    return out;
  }
};

}  // namespace hookswitch
