#include "engine/state/campaigns.h"

#include <algorithm>
#include <array>

#include "engine/base/bytes.h"
#include "engine/base/time_text.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

constexpr std::array kCampaignStatuses{"running", "paused", "stopped", "completed", "canceled"};

std::string campaign_key(std::string_view id) { return "c" + bounded_key(id); }

std::string made_key(const Campaign& campaign) {
  std::string key = "n";
  put_newest_first(key, campaign.created_ms);
  return key + bounded_key(campaign.id);
}

std::string person_key(std::string_view id, uint32_t n) {
  std::string key = "p";
  put_key_text(key, id);
  put_le<uint32_t>(key, __builtin_bswap32(n));
  return key;
}

CampaignStatus campaign_status(const std::string& text) {
  auto found = std::ranges::find(kCampaignStatuses, text);
  return found == kCampaignStatuses.end() ? CampaignStatus::paused
                                          : static_cast<CampaignStatus>(found - kCampaignStatuses.begin());
}

}  // namespace

const char* name(CampaignStatus status) { return kCampaignStatuses[static_cast<size_t>(status)]; }

int64_t Campaign::count(const char* status_name) const {
  auto found = counts.find(status_name);
  return found == counts.end() ? 0 : found->second;
}

Json Campaign::to_json() const {
  return {{"id", id},
          {"name", name},
          {"tenant", text_or_null(tenant)},
          {"status", hookswitch::name(status)},
          {"reason", text_or_null(reason)},
          {"task", task},
          {"per_minute", per_minute},
          {"concurrency", concurrency},
          {"stop", {{"failed_share", stop_share}, {"after", stop_after}}},
          {"total", total},
          {"begun", next},
          {"next_slot_at", time_or_null(next_slot_ms)},
          {"counts", counts},
          {"parked", parked},
          {"forgiven", {{"failed", failed_before}, {"ended", ended_before}}},
          {"created_at", time_or_null(created_ms)},
          {"updated_at", time_or_null(updated_ms)},
          {"ended_at", time_or_null(ended_ms)}};
}

Campaign Campaign::from_json(const Json& row) {
  Campaign campaign;
  campaign.id = json_text(row, "id");
  campaign.name = json_text(row, "name");
  campaign.tenant = json_text(row, "tenant");
  campaign.status = campaign_status(json_text(row, "status"));
  campaign.reason = json_text(row, "reason");
  campaign.task = row.value("task", Json::object());
  campaign.per_minute = row.value("per_minute", campaign.per_minute);
  campaign.concurrency = row.value("concurrency", campaign.concurrency);
  Json stop = row.value("stop", Json::object());
  campaign.stop_share = stop.value("failed_share", campaign.stop_share);
  campaign.stop_after = stop.value("after", campaign.stop_after);
  campaign.total = row.value("total", 0U);
  campaign.next = row.value("begun", 0U);
  campaign.next_slot_ms = time_of(row, "next_slot_at");
  campaign.counts = row.value("counts", campaign.counts);
  campaign.parked = row.value("parked", int64_t{0});
  Json forgiven = row.value("forgiven", Json::object());
  campaign.failed_before = forgiven.value("failed", int64_t{0});
  campaign.ended_before = forgiven.value("ended", int64_t{0});
  campaign.created_ms = time_of(row, "created_at");
  campaign.updated_ms = time_of(row, "updated_at");
  campaign.ended_ms = time_of(row, "ended_at");
  return campaign;
}

void put_campaign(Writer& writer, const Campaign& campaign) {
  bool is_new = !writer.get(Table::campaigns, campaign_key(campaign.id));
  put_json(writer, Table::campaigns, campaign_key(campaign.id), campaign.to_json());
  if (is_new) writer.put(Table::campaigns, made_key(campaign), campaign.id);
}

std::optional<Campaign> find_campaign(const Reader& reader, std::string_view id) {
  auto row = get_json(reader, Table::campaigns, campaign_key(id));
  if (!row) return std::nullopt;
  return Campaign::from_json(*row);
}

bool remove_campaign(Writer& writer, std::string_view id) {
  auto campaign = find_campaign(writer, id);
  if (!campaign) return false;
  writer.del(Table::campaigns, made_key(*campaign));
  return writer.del(Table::campaigns, campaign_key(campaign->id));
}

Result<JsonPage> campaign_page(const Reader& reader, const std::string& tenant, std::string_view cursor, size_t limit) {
  JsonListing listing{Table::campaigns, "n", Direction::forward, "campaigns", {}};
  listing.row = [&](std::string_view id) { return get_json(reader, Table::campaigns, campaign_key(id)); };
  return json_page(reader, of_tenant(std::move(listing), tenant), cursor, limit);
}

void put_campaign_person(Writer& writer, std::string_view id, uint32_t n, const Json& person) {
  put_json(writer, Table::campaigns, person_key(id, n), person);
}

std::optional<Json> find_campaign_person(const Reader& reader, std::string_view id, uint32_t n) {
  return get_json(reader, Table::campaigns, person_key(id, n));
}

}  // namespace hookswitch
