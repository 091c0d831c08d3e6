// Campaigns on the processor's side: people become tasks a few at a time, attempts keep the campaign's pace, and one in
// which too many fail stops by itself.
#pragma once

#include <string>
#include <vector>

#include "engine/log/record.h"
#include "engine/processor/dialling.h"
#include "engine/processor/directory.h"
#include "engine/state/campaigns.h"
#include "engine/state/store.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"

namespace hookswitch {

/// Adds people, as read_contacts_json() gives them, to one that has not ended. Whom it has already gets an empty place,
/// so that the others' places are the same in a rebuild, also when one of them is erased: which of the list these are.
std::vector<size_t> add_people(Writer& writer, Campaign campaign, const std::vector<Json>& people, int64_t now_ms);

/// Whether a task of a campaign may be attempted now. An attempt takes the next free slot of the campaign's pace, and
/// comes back when that is later.
DialVerdict campaign_turn(Writer& writer, const Task& task, int64_t now_ms);

/// A task of a campaign was made (`before` null) or written anew.
void campaign_task_moved(Writer& writer, const Task& task, const Task* before, int64_t now_ms);

bool is_campaign_timer(std::string_view key);
/// Whether the record of a campaign's or its task's timer, due at `due_ms`, is of this one, which is due at another
/// time: the log tells when each had their turn, and with the place of an erased person empty a rebuild would have
/// others come sooner.
bool keeps_turn(const Reader& reader, const Timer& timer, int64_t due_ms);
/// There is room for more tasks.
void campaign_due(Writer& writer, const RecordView& record, const Directory& directory);

void pause_campaign(Writer& writer, Campaign campaign, CampaignStatus status, const std::string& reason,
                    int64_t now_ms);
void resume_campaign(Writer& writer, Campaign campaign, int64_t now_ms);
/// Goes on as `campaign` says now, at once: who waits for a slot of the former pace, or for its hours, waits anew.
void change_campaign(Writer& writer, Campaign campaign, int64_t now_ms);
/// Takes back every task of it that waits.
void cancel_campaign(Writer& writer, const RecordView& record, Campaign campaign);

}  // namespace hookswitch
