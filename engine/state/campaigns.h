// Campaigns: a list of people, each of whom becomes a task when it is their turn.
//
// Table campaigns (text: put_key_text of keys.h):
//   'c' id                              -> the row, JSON
//   'n' i64 (newest first: created) id  -> id
//   'p' text(id) u32 (big-endian) n     -> person n, JSON {to?, contact_id?, variables?}
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/state/json_rows.h"
#include "engine/state/store.h"

namespace hookswitch {

/// `stopped`: by itself, because too many failed; a person may resume it like one that is paused.
enum class CampaignStatus : uint8_t { running, paused, stopped, completed, canceled };
const char* name(CampaignStatus status);

struct Campaign {
  std::string id;
  std::string name;
  std::string tenant;
  CampaignStatus status = CampaignStatus::running;
  std::string reason;                           // why it stopped
  Json task = Json::object();                   // what all its tasks have in common, as read_task_change() gives it
  double per_minute = 10;                       // attempts
  int concurrency = 5;                          // attempts under way at once
  double stop_share = 0.5;                      // of those that ended, failed: then it stops
  int stop_after = 20;                          // but not before so many have ended
  uint32_t total = 0;                           // people
  uint32_t next = 0;                            // the first of whom there is no task yet
  int64_t next_slot_ms = 0;                     // the first time that no attempt has taken
  std::map<std::string, int64_t> counts;        // its tasks by status
  int64_t parked = 0;                           // of those scheduled, whose turn is not what they wait for
  int64_t failed_before = 0, ended_before = 0;  // forgiven: when it was last resumed, and who may not be called
  int64_t created_ms = 0, updated_ms = 0, ended_ms = 0;

  int64_t count(const char* status) const;
  /// Tasks that have not ended.
  int64_t open() const { return count("scheduled") + count("in_progress"); }

  Json to_json() const;  // as GET /campaigns shows it
  static Campaign from_json(const Json& row);
};

void put_campaign(Writer& writer, const Campaign& campaign);
std::optional<Campaign> find_campaign(const Reader& reader, std::string_view id);
/// The row; its people stay. Whether it was there.
bool remove_campaign(Writer& writer, std::string_view id);
/// Newest first.
Result<JsonPage> campaign_page(const Reader& reader, const std::string& tenant, std::string_view cursor, size_t limit);

void put_campaign_person(Writer& writer, std::string_view id, uint32_t n, const Json& person);
std::optional<Json> find_campaign_person(const Reader& reader, std::string_view id, uint32_t n);

}  // namespace hookswitch
