// Whose event is this: tenants by agent, by number and by source, one lookup each. Immutable after construction.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/calling/policy.h"
#include "engine/rules/world.h"

namespace hookswitch {

/// A tenant as configured.
struct Tenant {
  std::string id;  // "business/location"
  std::string name;
  std::string timezone;                                     // IANA
  std::string country;                                      // ISO 3166 alpha-2, "" when not set
  std::vector<std::pair<std::string, std::string>> agents;  // (source, agent id)
  std::vector<std::string> numbers;                         // E.164
  std::optional<Window> window;                             // when it calls; nothing: as everybody
  Holidays holidays;                                        // beside everybody's
};

/// What becomes of recordings once they are kept.
struct RecordingPolicy {
  int64_t keep_ms = 0;  // then they go; 0: never
  bool delete_at_provider = false;
};

/// How long what the state has of people is kept; 0: for ever.
struct RetentionPolicy {
  int64_t calls_ms = 0;
  int64_t transcripts_ms = 0;
  int64_t activity_ms = 0;

  bool forgets() const { return calls_ms != 0 || transcripts_ms != 0 || activity_ms != 0; }
};

class Directory {
 public:
  Directory() = default;
  /// `source_tenants`: sources that belong to one tenant as a whole.
  Directory(std::vector<Tenant> tenants, const std::unordered_map<std::string, std::string>& source_tenants,
            CallingPolicy calling = {});

  /// The tenant's id, or "" when nobody has this agent, number or source.
  std::string_view by_agent(std::string_view source, std::string_view agent_id) const;
  std::string_view by_number(std::string_view number) const;
  std::string_view by_source(std::string_view source) const;

  /// Zone and country of a tenant; UTC and "" for one that is not configured.
  Tenancy tenancy(std::string_view tenant) const;
  const std::vector<Tenant>& tenants() const { return tenants_; }
  /// The source of the tenant's agents, when they have one in common; else "".
  std::string_view usual_source(std::string_view tenant) const;
  /// Which sinks there are; none, until somebody says.
  void offer_sinks(std::set<std::string, std::less<>> sinks) { sinks_ = std::move(sinks); }
  void offer_any_sink() { any_sink_ = true; }
  bool has_sink(std::string_view name) const { return any_sink_ || sinks_.contains(name); }
  void set_recordings(const RecordingPolicy& policy) { recordings_ = policy; }
  const RecordingPolicy& recordings() const { return recordings_; }
  void set_retention(const RetentionPolicy& policy) { retention_ = policy; }
  const RetentionPolicy& retention() const { return retention_; }
  /// How a tenant calls out; everybody's way for one that is not configured.
  const CallingPolicy& calling(std::string_view tenant) const;

 private:
  std::string_view find(const std::unordered_map<std::string, size_t>& index, std::string key) const;

  std::vector<Tenant> tenants_;
  CallingPolicy calling_;                // everybody's
  std::vector<CallingPolicy> callings_;  // of each tenant
  std::unordered_map<std::string, size_t> by_id_;
  std::unordered_map<std::string, size_t> by_agent_;   // source '\0' agent
  std::unordered_map<std::string, size_t> by_number_;  // digits only
  std::unordered_map<std::string, size_t> by_source_;
  std::set<std::string, std::less<>> sinks_;
  bool any_sink_ = false;
  RecordingPolicy recordings_;
  RetentionPolicy retention_;
};

}  // namespace hookswitch
