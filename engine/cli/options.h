// What several verbs need: asking the running engine of the configured data directory, and printing its answer.
#pragma once

#include <string>

#include "engine/cli/client.h"
#include "engine/cli/verbs.h"

namespace hookswitch::cli {

/// GET from the engine that the configuration names.
Result<Json> ask(const Context& context, const std::string& path);
/// POST, DELETE and so on. An answer that says no more than that the command is logged is an error. `key`: its
/// Idempotency-Key, "" for none.
Result<Json> tell(const Context& context, const std::string& method, const std::string& path, const Json& body,
                  const std::string& key = "");

/// Whether a command is in the log and not carried out yet: {"accepted": true, "seq": N}.
bool is_logged(const Json& answer);

/// Prints indented JSON; returns kDone.
int print_json(const Json& value);

}  // namespace hookswitch::cli
