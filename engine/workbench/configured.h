// What a configuration names, made without an engine: plugins, sources, tenants, blobs to read. For verbs that work on
// the log or on rules while the engine serves, or while none runs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/config/config.h"
#include "engine/log/blobs.h"
#include "engine/processor/decode.h"
#include "engine/processor/directory.h"
#include "engine/providers/provider.h"
#include "engine/providers/sources.h"
#include "engine/rules/rule_set.h"

namespace hookswitch {

Tenant tenant_of(const TenantConfig& tenant);
/// The tenants of a configuration, and the sources that belong to one as a whole.
Directory directory_of(const Config& config);

/// Opens every plugin of the directory, those to be isolated in processes of their own. [main]
std::vector<LoadOutcome> load_plugins(const PluginsConfig& config, Providers& providers);

class Configured {
 public:
  explicit Configured(const Config& config);

  const Decoder& decoder() const { return decoder_; }
  const Directory& directory() const { return directory_; }
  const Providers& providers() const { return providers_; }
  const Blobs& blobs() const { return *blobs_; }

  /// Plugins that were refused and sources that could not be made, a sentence each: what they brought cannot be
  /// decoded.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  Providers providers_;
  Sources sources_;
  std::unique_ptr<const Blobs> blobs_;
  Directory directory_;
  Decoder decoder_;
  std::vector<std::string> warnings_;
};

/// What beside the rules' files decides what a state becomes, in one word that shows nothing of it: tenants, sources
/// and their settings, sinks, how to call out, what is kept for how long, rules' limits, whether rows are sealed,
/// plugins and this program's version. Equal words, equal results.
std::string fingerprint(const Config& config, const Providers& providers);

/// The rules of `dir` within the configured limits. The error names every mistake with its file and line.
Result<std::unique_ptr<RuleSet>> load_rules(const Config& config, const std::string& dir);

}  // namespace hookswitch
