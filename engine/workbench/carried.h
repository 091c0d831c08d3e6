// What a rebuild takes over from the present state because the log, trimmed or without its end, does not tell it any
// more; and what of the present state was open and is so no longer.
//
// Table meta, key "partial": there in a state that holds what its log never tells.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/state/store.h"

namespace hookswitch {

/// At the beginning: tokens, contacts, agents, recordings, and whom nobody may call since before `before_ms`. What
/// came later the log tells.
Status carry_people(const Reader& old, Store& fresh, int64_t before_ms);

/// At the record that the present state has come to, like all below: tokens, contacts and agents as they are there,
/// whatever the log made of them again, and whatever its lost end had to say of them.
Status keep_people(const Reader& old, Store& fresh);

/// The whole do-not-call list, whatever rules made of it.
Status carry_suppressed(const Reader& old, Store& fresh);

/// Up to when each source was synced.
Status carry_marks(const Reader& old, Store& fresh);
/// The same of a log that lost what came after `end_ms`: nothing is synced beyond, and what the log tells stays.
Status carry_marks_until(const Reader& old, Store& fresh, int64_t end_ms);

bool is_partial(const Reader& reader);
void mark_partial(Writer& writer);

/// Ids of what was open. Tasks: scheduled or under way; campaigns: running, or waiting for a person's word.
struct OpenBefore {
  std::vector<std::string> tasks_missing, campaigns_missing;  // campaigns: all of them, where the tail is lost
  std::vector<std::string> tasks_ended, campaigns_ended;
  std::vector<std::string> tasks_other;  // open, but with another number of attempts or not as far
  uint64_t actions_missing = 0;          // to be sent, being sent, or held for a person
  uint64_t erasures_missing = 0;         // under way
  uint64_t erasures_undone = 0;          // over; counted where the tail is lost
  bool tail_lost = false;
};
/// `tail_lost`: the log ends before the old state.
Result<OpenBefore> compare_open(const Reader& fresh, const Reader& old, bool tail_lost = false);

struct CarriedOpen {
  uint64_t tasks = 0, campaigns = 0;
  uint64_t canceled = 0;  // tasks under way, or whose later attempts are lost: somebody may have been reached
  uint64_t paused = 0;    // campaigns that ran
};
/// Open tasks wait on, with the timers they had. Where no tail is lost the old state knows of every attempt; else
/// nobody is rung for one that may have been made. Campaigns come with their people and all of their tasks, so that
/// their counts agree, and paused.
Result<CarriedOpen> carry_open(const Reader& old, Store& fresh, const OpenBefore& before, int64_t now_ms);

struct KeptTasks {
  uint64_t ended = 0;      // stand as they did
  uint64_t canceled = 0;   // were open
  uint64_t campaigns = 0;  // of these tasks, and ran on: paused
};
/// What the old state knows to have been attempted is not begun anew: a task of which it tells attempts that `fresh`
/// does not know is taken over, so that its key stays one task for ever; one that was open is canceled. Other rules,
/// or an erasure among those who were rung, leave such tasks; same log, same rules: none.
Result<KeptTasks> keep_attempted(const Reader& old, Store& fresh, int64_t now_ms);

}  // namespace hookswitch
