// Changes: checked here, appended to the log as commands, answered when their effects are committed.
#pragma once

#include "engine/api/endpoint.h"
#include "engine/api/parts.h"

namespace hookswitch {

/// Hands the command on; the exchange is answered with what comes back, after `finish` (when given) has seen it.
std::optional<Response> submit(const ApiParts& parts, const ApiRequest& request, const std::string& name, Json body,
                               std::function<void(Response&)> finish = {});

/// An error that names the first key which is none of `known`.
Status check_keys(const Json& body, const std::vector<std::string>& known);

}  // namespace hookswitch
