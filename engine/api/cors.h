// Cross-origin requests: which pages of other sites may read the API's answers. None, unless they are configured.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/api/router.h"
#include "engine/http/exchange.h"
#include "engine/http/handler.h"

namespace hookswitch {

/// What Access-Control-Allow-Origin has to say to this request: the origin of its page, or "" when the page has no
/// business here or there is none.
std::string cors_origin(const std::vector<std::string>& allowed, const Request& request);

/// Whether a browser only asks what it might send.
bool is_preflight(const Request& request);
/// Answers that, for the methods of the path. Always null: there is nothing to receive.
std::unique_ptr<Receiver> answer_preflight(const Match& match, const std::string& origin, Exchange& exchange);

/// The exchange, with the headers that let pages of `origin` read the answer.
std::shared_ptr<Exchange> with_cors(std::shared_ptr<Exchange> exchange, std::string origin);

}  // namespace hookswitch
