// One loaded plugin: its tables, copied and checked, and how it has behaved.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/abi/provider.h"
#include "engine/base/error.h"
#include "engine/providers/arena.h"
#include "engine/providers/provider.h"

namespace hookswitch {

/// What a plugin says of itself.
struct PluginDescription {
  std::string id, version, config_schema;
  uint32_t abi_major = 0, abi_minor = 0;
  DisableRule disable_rule;
  std::vector<std::string> event_types, action_types, sync_resources;
  bool streams = false, replies = false, acts = false, reconciles = false, syncs = false, signs = false, plays = false;
};

/// Immutable but for its counters; never unloaded. [any]
class Plugin {
 public:
  /// Asks the entry function for its table and checks it. The error is one line without the file's name.
  static Result<std::shared_ptr<Plugin>> adopt(hookswitch_provider_fn entry);

  /// One whose code is elsewhere: its tables must not be asked for. Texts that no plugin may have are refused.
  static Result<std::shared_ptr<Plugin>> described(PluginDescription about);

  const PluginDescription& description() const { return about_; }
  const std::string& id() const { return about_.id; }
  const std::string& version() const { return about_.version; }
  std::string abi() const;
  std::vector<std::string> capabilities() const;
  const std::string& config_schema() const { return about_.config_schema; }
  DisableRule disable_rule() const { return about_.disable_rule; }

  const hookswitch_table& table() const { return table_; }
  const hookswitch_stream* stream() const { return about_.streams ? &stream_ : nullptr; }
  const hookswitch_replies* replies() const { return about_.replies ? &replies_ : nullptr; }
  const hookswitch_actions* actions() const { return about_.acts ? &actions_ : nullptr; }
  bool can_reconcile() const { return about_.reconciles; }
  const hookswitch_syncs* syncs() const { return about_.syncs ? &syncs_ : nullptr; }
  /// What `actions` can be asked to do and `syncs` can list; none without the extension.
  const std::vector<std::string>& action_types() const { return about_.action_types; }
  const std::vector<std::string>& sync_resources() const { return about_.sync_resources; }
  const hookswitch_signing* signing() const { return about_.signs ? &signing_ : nullptr; }
  const hookswitch_simulation* simulation() const { return about_.plays ? &simulation_ : nullptr; }

  /// Declared in its descriptor, or "<id>.<anything>".
  bool may_emit(std::string_view type) const;

  PluginCounters counters() const { return {calls_.load(), errors_.load(), breaches_.load()}; }
  /// What was counted where the code runs.
  void count(const PluginCounters& more) const;

  /// Runs one hook: `fn(hookswitch_call*)` returns its status. A failure says whose and which hook it was; an
  /// exception is a breach.
  template <class Fn>
  Status call(const char* hook, Arena& arena, Fn&& fn) const {
    calls_.fetch_add(1, std::memory_order_relaxed);
    try {
      hookswitch_status status = fn(arena.call());
      return status == HOOKSWITCH_OK ? Status{} : failure(hook, status, *arena.call());
    } catch (const std::exception& error) {
      return breach(hook, std::string("let an exception out: ") + error.what());
    } catch (...) {
      return breach(hook, "let an exception out");
    }
  }

  /// The result of `hook` breaks the contract: counted, and an error that says how.
  std::unexpected<Error> breach(const char* hook, const std::string& how) const;

 private:
  Plugin() = default;
  Status take_table(const hookswitch_table* table);
  Status take_descriptor(const hookswitch_descriptor* descriptor);
  Status take_extensions();
  Status take_actions();
  Status take_syncs();
  Status take_test_extensions();
  std::unexpected<Error> failure(const char* hook, hookswitch_status status, const hookswitch_call& call) const;

  PluginDescription about_;
  hookswitch_table table_{};
  hookswitch_stream stream_{};
  hookswitch_replies replies_{};
  hookswitch_actions actions_{};
  hookswitch_syncs syncs_{};
  hookswitch_signing signing_{};
  hookswitch_simulation simulation_{};
  mutable std::atomic<uint64_t> calls_{0}, errors_{0}, breaches_{0};
};

}  // namespace hookswitch
