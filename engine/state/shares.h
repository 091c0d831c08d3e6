// What each call contributed to KPIs and to the feed, so that it can be replaced or moved when the call turns out to be
// different: a rule over the whole call runs again, the call began in another hour, or belongs to another tenant.
//
// Table shares, key: call id. Row: u8 version 1, varint number of shares, then for each: sized rule, sized event, sized
// tenant, i64 anchor, i64 hour, varint number of KPI amounts (each: sized name, sized dimensions, zigzag micros, u8
// observed), varint number of activity ids (each sized). Sized: varint and bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/kpis.h"
#include "engine/state/local_time.h"
#include "engine/state/store.h"

namespace hookswitch {

struct KpiShare {
  std::string name;
  std::string dimensions;  // of encode_dimensions
  KpiAmount amount;
  bool operator==(const KpiShare&) const = default;
};

/// What one rule contributed because of one event, or because of the whole call.
struct Share {
  std::string rule;
  std::string event;  // 16 bytes of hash of the event; "" when the rule speaks for the whole call
  std::string tenant;
  int64_t anchor_ms = 0;  // the moment that decides the hour: when the call started, as known then
  int64_t hour_ms = 0;    // the hour it counts in: what is added there is taken away there, whatever zones become
  std::vector<KpiShare> kpis;
  std::vector<std::string> activities;  // ids; their rows are the caller's to put
  bool operator==(const Share&) const = default;
};

using Shares = std::vector<Share>;

std::string encode_shares(const Shares& shares);
Result<Shares> decode_shares(std::string_view bytes);

/// Empty when the call has contributed nothing.
Result<Shares> load_shares(const Reader& reader, std::string_view call_id);
/// Stores the list only: what it says must have been added already. An empty list removes the row.
void store_shares(Writer& writer, std::string_view call_id, const Shares& shares);

/// Adds the KPI amounts of one share, or takes them away again together with its activity entries.
void add_share(Writer& writer, const Share& share);
void withdraw_share(Writer& writer, const Share& share);

/// Takes away and erases all that `rule` contributed for the whole call. How many shares that were.
size_t withdraw_rule(Writer& writer, Shares& shares, std::string_view rule);

/// Where the shares of a call belong.
struct SharePlace {
  std::string tenant;
  std::string call_id;
  int64_t anchor_ms = 0;
  LocalZone zone = LocalZone::utc();  // the tenant's
};

/// Moves every share that lies elsewhere: its amounts from their old hour and tenant to the new ones, its activity
/// entries to the new tenant and call. An entry keeps its own time. Whether anything moved.
bool move_shares(Writer& writer, Shares& shares, const SharePlace& to);

}  // namespace hookswitch
