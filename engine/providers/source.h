// A configured source: one instance of a plugin behind the engine's face of it.
#pragma once

#include <memory>
#include <string>

#include "engine/providers/plugin.h"
#include "engine/providers/provider.h"

namespace hookswitch {

/// Calls the plugin's `create`; its error says what is wrong with the configuration. [main]
Result<std::shared_ptr<Source>> make_source(std::shared_ptr<const Plugin> plugin, const std::string& name,
                                            const std::string& config);

/// The setting that says where the provider's interface is: no request may go anywhere else. "" when there is none.
std::string api_base_of(const std::string& config);

/// The answer of providers that have no opinion.
RenderedReply plain_reply();

}  // namespace hookswitch
