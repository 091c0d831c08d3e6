// Every name that a rule can write, read from the very tables that rules see: for checking rules without running them.
#pragma once

#include <map>
#include <set>
#include <string>

namespace hookswitch {

/// What ctx.call:update takes beside fields: a tenant that is the call's unless the configuration knows another.
constexpr const char* kLikelyTenant = "likely_tenant";

struct Vocabulary {
  using Names = std::set<std::string>;

  Names ctx;                                  // members of ctx
  std::map<std::string, Names> ctx_tables;    // of those that are tables with functions: "kpi" -> add, observe
  Names ctx_functions;                        // of those that are functions: reply, log, fail
  Names call;                                 // fields of ctx.call, and `update`
  Names settable;                             // fields that ctx.call:update takes
  Names event;                                // fields of event
  Names event_methods;                        // its functions
  std::map<std::string, Names> modules;       // "hookswitch.text" -> its functions and values
  Names globals;                              // also those that only say why they are denied
  std::map<std::string, std::string> denied;  // global -> what to use instead
};

Vocabulary vocabulary();

}  // namespace hookswitch
