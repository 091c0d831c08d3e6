#include "engine/workbench/carried.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

#include "engine/base/limits.h"
#include "engine/processor/campaigns.h"
#include "engine/processor/tasks.h"
#include "engine/state/actions.h"
#include "engine/state/contacts.h"
#include "engine/state/erasures.h"
#include "engine/state/suppressions.h"
#include "engine/state/syncs.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"
#include "engine/workbench/copy_rows.h"
#include "engine/workbench/open_rows.h"

namespace hookswitch {
namespace {

constexpr const char* kCarriedReason =
    "it was under way when the state was made anew of a log that is not whole: whether somebody was reached is not "
    "known";
constexpr const char* kAttemptedReason =
    "it had an attempt that the state made anew does not know: whether somebody was reached is for a person to see";
constexpr const char* kAttemptedCampaignReason = "the state made anew does not know all of its attempts";
constexpr const char* kPausedReason = "the log does not tell all of it, and the state was made anew";
constexpr const char* kPartialKey = "partial";  // key of table meta
constexpr size_t kTasksPerPage = 500;

std::string timer_of_task(const std::string& id) { return std::string(kEngineTimers) + "task/" + id; }

// Files of recordings belong to their rows. The keys of these tables are the same in every state.
constexpr std::array kCopied{Table::tokens, Table::agents, Table::recordings};

Status clear(Store& store, Table table) {
  return store.write([table](Writer& writer) {
    std::vector<std::string> keys;
    writer.scan(table, "", Direction::forward, [&](std::string_view key, std::string_view) {
      keys.emplace_back(key);
      return true;
    });
    for (const std::string& key : keys) writer.del(table, key);
    return writer.status();
  });
}

/// Rows whose keys hold what only one state can read: made anew from what the rows say.
template <class Put>
Status carry_json(const Reader& old, Store& fresh, Table table, std::string_view prefix, const Put& put) {
  return fresh.write([&](Writer& writer) -> Status {
    Status done;
    old.scan_prefix(table, prefix, [&](std::string_view, std::string_view row) {
      done = put(writer, parse_json(row));
      return done.has_value();
    });
    if (!done) return done;
    auto read = old.status();
    return read ? writer.status() : read;
  });
}

Status carry_contacts(const Reader& old, Store& fresh) {
  return carry_json(old, fresh, Table::contacts, "c", [](Writer& writer, const Json& contact) -> Status {
    return contact.is_object() ? put_contact(writer, contact) : Status{};
  });
}

Status carry_suppressions(const Reader& old, Store& fresh, int64_t before_ms) {
  return carry_json(old, fresh, Table::suppressions, "s", [&](Writer& writer, const Json& row) -> Status {
    const Suppression suppression = row.is_object() ? Suppression::from_json(row) : Suppression{};
    if (!suppression.phone.empty() && suppression.created_ms < before_ms) put_suppression(writer, suppression);
    return {};
  });
}

void compare_tasks(const Reader& fresh, const Reader& old, OpenBefore& out) {
  for (std::string& id : open_tasks(old)) {
    auto before = find_task(old, id);
    auto now = find_task(fresh, id);
    if (!before) continue;
    if (!now) {
      out.tasks_missing.push_back(std::move(id));
    } else if (is_final(now->status)) {
      out.tasks_ended.push_back(std::move(id));
    } else if (now->status != before->status || now->attempts != before->attempts) {
      out.tasks_other.push_back(std::move(id));
    }
  }
}

void compare_campaigns(const Reader& fresh, const Reader& old, bool tail_lost, OpenBefore& out) {
  for (std::string& id : open_campaigns(old)) {
    auto now = find_campaign(fresh, id);
    if (!now || tail_lost) {
      out.campaigns_missing.push_back(std::move(id));
    } else if (!is_open(now->status)) {
      out.campaigns_ended.push_back(std::move(id));
    }
  }
}

uint64_t count_undone_erasures(const Reader& fresh, const Reader& old) {
  const auto ids = finished_erasures(old);
  return static_cast<uint64_t>(std::ranges::count_if(ids, [&](const auto& id) { return !find_erasure(fresh, id); }));
}

uint64_t count_missing_actions(const Reader& fresh, const Reader& old) {
  uint64_t missing = 0;
  old.scan_prefix(Table::actions, "a", [&](std::string_view key, std::string_view) {
    auto action = find_action(old, key.substr(1));
    const bool open = action && (!is_final(action->status) || action->status == ActionStatus::held);
    if (open && !find_action(fresh, action->id)) ++missing;
    return true;
  });
  return missing;
}

class Carrier {
 public:
  Carrier(const Reader& old, Writer& writer, bool tail_lost, int64_t now_ms)
      : old_(old), writer_(writer), tail_lost_(tail_lost), now_ms_(now_ms) {}

  // With all of its tasks, which it counts. It does not run while they are taken back.
  void carry_campaign(const std::string& id) {
    auto campaign = find_campaign(old_, id);
    if (!campaign) return;
    const bool ran = campaign->status == CampaignStatus::running;
    put_campaign(writer_, *campaign);
    for (uint32_t n = 0; n < campaign->total; ++n) {
      if (auto person = find_campaign_person(old_, id, n)) put_campaign_person(writer_, id, n, *person);
    }
    const auto status = ran ? CampaignStatus::paused : campaign->status;
    const std::string reason = ran ? kPausedReason : campaign->reason;
    pause_campaign(writer_, std::move(*campaign), status, reason, now_ms_);
    whole_.insert(id);
    each_task(writer_, id, [this](const std::string& task) { drop_unknown(task); });
    each_task(old_, id, [this](const std::string& task) { put_as_it_was(task); });
    ++carried_.campaigns;
    carried_.paused += ran ? 1 : 0;
  }

  // Those whose tasks were all over are over; of the others nobody else is rung now.
  void keep_ended(const std::string& id) {
    auto task = find_task(old_, id);
    if (!task) return;
    put_known(*task);
    cancel_timer(writer_, timer_of_task(id));
    campaigns_.insert(task->campaign);
    is_final(task->status) ? void(++kept_.ended) : cancel_attempted(std::move(*task));
  }

  void pause_campaigns_of_kept() {
    for (const std::string& id : campaigns_) {
      auto campaign = find_campaign(writer_, id);
      if (!campaign || campaign->status != CampaignStatus::running) continue;
      pause_campaign(writer_, std::move(*campaign), CampaignStatus::paused, kAttemptedCampaignReason, now_ms_);
      ++kept_.campaigns;
    }
  }

  void carry_task(const std::string& id) {
    auto task = find_task(old_, id);
    if (task && !whole_.contains(task->campaign)) put_as_it_was(id);
  }

  void cancel_task_of(const std::string& id) {
    auto task = find_task(writer_, id);
    if (task && !whole_.contains(task->campaign)) cancel(std::move(*task));
  }

  const CarriedOpen& carried() const { return carried_; }
  const KeptTasks& kept() const { return kept_; }

 private:
  template <class Visit>
  static void each_task(const Reader& reader, const std::string& campaign, const Visit& visit) {
    std::string after;
    for (;;) {
      const auto ids = campaign_tasks(reader, campaign, after, kTasksPerPage);
      if (ids.empty()) return;
      for (const std::string& id : ids) visit(id);
      after = ids.back();
    }
  }

  // The campaign does not count what it had not.
  void drop_unknown(const std::string& id) {
    if (find_task(old_, id)) return;
    cancel_timer(writer_, timer_of_task(id));
    remove_task(writer_, id);
  }

  void put_as_it_was(const std::string& id) {
    auto task = find_task(old_, id);
    if (!task) return;
    put_known(*task);
    const bool in_doubt = tail_lost_ || task->action.empty();
    if (task->status == TaskStatus::in_progress && in_doubt) return cancel(std::move(*task));
    auto timer = find_timer(old_, timer_of_task(id));
    timer ? set_timer(writer_, *timer) : void(cancel_timer(writer_, timer_of_task(id)));
    carried_.tasks += is_final(task->status) ? 0 : 1;
  }

  void put_known(Task& task) {
    if (!find_action(writer_, task.action)) task.action.clear();
    put(task);
  }

  // A campaign that came with all of its tasks counts them already.
  void put(const Task& task) {
    const auto now = find_task(writer_, task.id);
    put_task(writer_, task);
    const bool uncounted = !task.campaign.empty() && !whole_.contains(task.campaign);
    if (uncounted) campaign_task_moved(writer_, task, now ? &*now : nullptr, now_ms_);
  }

  void cancel(Task task) {
    cancel_for(std::move(task), kCarriedReason);
    ++carried_.canceled;
  }

  void cancel_attempted(Task task) {
    cancel_for(std::move(task), kAttemptedReason);
    ++kept_.canceled;
  }

  void cancel_for(Task task, const char* reason) {
    RecordView now;
    now.time_ms = now_ms_;
    cancel_task(writer_, now, std::move(task), reason);
  }

  const Reader& old_;
  Writer& writer_;
  const bool tail_lost_;
  const int64_t now_ms_;
  std::set<std::string, std::less<>> whole_;  // campaigns whose tasks are here already
  std::set<std::string> campaigns_;           // of tasks that are kept
  CarriedOpen carried_;
  KeptTasks kept_;
};

// The rows that `fresh` has otherwise, and may set going.
std::vector<std::string> attempted_otherwise(const Reader& fresh, const Reader& old) {
  std::vector<std::string> out;
  old.scan_prefix(Table::tasks, "t", [&](std::string_view key, std::string_view) {
    const auto before = find_task(old, key.substr(1));
    if (!before || before->attempts == 0) return true;
    const auto now = find_task(fresh, before->id);
    const bool another = now && before->status == TaskStatus::in_progress && now->action != before->action;
    const bool behind = now && !is_final(now->status) && (now->attempts < before->attempts || another);
    if (!now || behind) out.push_back(before->id);
    return true;
  });
  return out;
}

}  // namespace

Status carry_people(const Reader& old, Store& fresh, int64_t before_ms) {
  for (Table table : kCopied) {
    if (auto copied = copy_rows(old, fresh, table, ""); !copied) return copied;
  }
  if (auto carried = carry_contacts(old, fresh); !carried) return carried;
  return carry_suppressions(old, fresh, before_ms);
}

Status keep_people(const Reader& old, Store& fresh) {
  for (Table table : {Table::tokens, Table::agents}) {
    if (auto cleared = clear(fresh, table); !cleared) return cleared;
    if (auto copied = copy_rows(old, fresh, table); !copied) return copied;
  }
  if (auto cleared = clear(fresh, Table::contacts); !cleared) return cleared;
  return carry_contacts(old, fresh);
}

Status carry_suppressed(const Reader& old, Store& fresh) {
  return carry_suppressions(old, fresh, std::numeric_limits<int64_t>::max());
}

Status carry_marks(const Reader& old, Store& fresh) { return copy_rows(old, fresh, Table::syncs, "m"); }

Status carry_marks_until(const Reader& old, Store& fresh, int64_t end_ms) {
  return fresh.write([&](Writer& writer) -> Status {
    old.scan_prefix(Table::syncs, "m", [&](std::string_view key, std::string_view) {
      const std::string_view source = key.substr(1, key.find('\0') - 1), resource = key.substr(source.size() + 2);
      auto until = synced_until(old, source, resource);
      if (until && !synced_until(writer, source, resource))
        set_synced_until(writer, source, resource, std::min(*until, end_ms));
      return true;
    });
    auto read = old.status();
    return read ? writer.status() : read;
  });
}

bool is_partial(const Reader& reader) { return reader.get(Table::meta, kPartialKey).has_value(); }

void mark_partial(Writer& writer) { writer.put(Table::meta, kPartialKey, "1"); }

Result<OpenBefore> compare_open(const Reader& fresh, const Reader& old, bool tail_lost) {
  OpenBefore out;
  out.tail_lost = tail_lost;
  if (tail_lost) out.erasures_undone = count_undone_erasures(fresh, old);
  compare_tasks(fresh, old, out);
  compare_campaigns(fresh, old, tail_lost, out);
  out.actions_missing = count_missing_actions(fresh, old);
  for (const Erasure& erasure : unfinished_erasures(old)) {
    if (!find_erasure(fresh, erasure.id)) ++out.erasures_missing;
  }
  for (const Reader* reader : {&fresh, &old}) {
    if (auto read = reader->status(); !read) return std::unexpected(read.error());
  }
  return out;
}

// Campaigns first: who counts their tasks must be there.
Result<CarriedOpen> carry_open(const Reader& old, Store& fresh, const OpenBefore& before, int64_t now_ms) {
  CarriedOpen out;
  auto written = fresh.write([&](Writer& writer) -> Status {
    Carrier carrier(old, writer, before.tail_lost, now_ms);
    for (const std::string& id : before.campaigns_missing) carrier.carry_campaign(id);
    for (const std::string& id : before.tasks_missing) carrier.carry_task(id);
    for (const std::string& id : before.tasks_other) {
      before.tail_lost ? carrier.cancel_task_of(id) : carrier.carry_task(id);
    }
    for (const std::string& id : before.tasks_ended) {
      if (!before.tail_lost) carrier.carry_task(id);
    }
    out = carrier.carried();
    auto read = old.status();
    return read ? writer.status() : read;
  });
  if (!written) return std::unexpected(written.error());
  return out;
}

Result<KeptTasks> keep_attempted(const Reader& old, Store& fresh, int64_t now_ms) {
  auto reader = fresh.read();
  if (!reader) return std::unexpected(reader.error());
  const auto tasks = attempted_otherwise(**reader, old);
  if (auto read = (*reader)->status(); !read) return std::unexpected(read.error());
  reader->reset();
  KeptTasks out;
  auto written = fresh.write([&](Writer& writer) -> Status {
    Carrier carrier(old, writer, false, now_ms);
    for (const std::string& id : tasks) carrier.keep_ended(id);
    carrier.pause_campaigns_of_kept();
    out = carrier.kept();
    auto read = old.status();
    return read ? writer.status() : read;
  });
  if (!written) return std::unexpected(written.error());
  return out;
}

}  // namespace hookswitch
