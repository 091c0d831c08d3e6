// One thing that two rule sets made differently of the same past.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"

namespace hookswitch {

/// What it is about, in the order in which a call's differences are shown.
enum class Aspect : uint8_t {
  call,      // a whole call is there under one of the rule sets only; the name is ""
  field,     // of a call: "disposition", "metadata.vip"
  kpi,       // {value, count}: what it adds to a key figure of these dimensions
  activity,  // an entry of the feed, or one field of it
  timer,     // set and not due yet, or fired
  task,      // somebody to be reached, or one field of it
  action,    // what would be sent, or one field of it
  reply,     // to a delivery whose answer rules decide
  dead,      // a dead letter's reason
  contact,   // a field of a contact, of an agent, or what a rule remembers
  agent,
  memory,
};

const char* name(Aspect aspect);

struct Difference {
  Aspect aspect = Aspect::field;
  std::string name;
  Json before;  // as the rules in force make it; null: not there
  Json after;   // as the other rules make it
  Json dimensions = Json::object();  // of a key figure
  std::vector<std::string> tenants = {};  // whose it is under the two rule sets; none where nothing says so
  std::vector<std::string> calls = {};    // those that a task's attempts made, by our ids

  void add_tenant(const std::string& tenant);  // once; "" is none
  /// `disposition: "resolved" -> "escalated"`, `kpi appointments_booked +1`
  std::string line() const;
  /// {what, name, before, after}, the dimensions of a key figure, and the tenants and calls that are known
  Json to_json() const;
  static Difference from_json(const Json& value);
};

/// A key figure with its dimensions: `calls{agent=xyz,direction=inbound}`.
std::string kpi_label(std::string_view name, const Json& dimensions);

/// "+1", "-0.25": from millionths.
std::string signed_number(int64_t micros);

/// Every place where two JSON values differ, by its path from `name` on: "metadata.vip". Lists are compared as a whole.
void json_differences(const std::string& name, const Json& before, const Json& after,
                      const std::function<void(const std::string& path, const Json& before, const Json& after)>& emit);

}  // namespace hookswitch
