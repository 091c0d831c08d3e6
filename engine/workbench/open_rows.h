// Ids of what has not ended. What cannot be read is left out, and the reader's status says so.
#pragma once

#include <string>
#include <vector>

#include "engine/state/campaigns.h"
#include "engine/state/store.h"

namespace hookswitch {

/// Scheduled, then those under way.
std::vector<std::string> open_tasks(const Reader& reader);

/// It runs, or a person may let it go on.
constexpr bool is_open(CampaignStatus status) {
  return status != CampaignStatus::completed && status != CampaignStatus::canceled;
}
std::vector<std::string> open_campaigns(const Reader& reader);

}  // namespace hookswitch
