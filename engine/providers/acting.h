// The half of a plugin that reaches out: requests it writes, and what it reads from the answers.
#pragma once

#include <string>
#include <string_view>

#include "engine/providers/plugin.h"
#include "engine/providers/provider.h"

namespace hookswitch {

/// One instance of a plugin that has hookswitch.action/1 (for actions) or hookswitch.sync/1 (for queries); the
/// references outlive it. [any]
struct ActingInstance {
  const Plugin& plugin;
  const void* instance;
  const std::string& api_base;  // the source's; "": no request is held against it

  Result<HttpRequest> build(const ActionView& action) const;
  Result<ActionOutcome> parse(const ActionView& action, const HttpResponse& response) const;
  /// Only if the plugin can reconcile.
  Result<HttpRequest> reconcile(const ActionView& action, std::string_view cursor) const;
  Result<ActionOutcome> match(const ActionView& action, const HttpResponse& response) const;

  Result<HttpRequest> build(const SyncQuery& query) const;
  Result<SyncPage> read(const SyncQuery& query, const HttpResponse& response) const;
};

}  // namespace hookswitch
