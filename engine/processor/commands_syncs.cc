// Syncs as records: asked for by people and schedules, noted by whoever carries them out.
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/processor/command.h"
#include "engine/processor/imports.h"
#include "engine/state/syncs.h"

namespace hookswitch {
namespace {

constexpr int kHeldSyncs = 5;          // how often in a row what could not be fetched is asked for again
constexpr size_t kLookedThrough = 50;  // of the source's newest rows

// What began before this is forgotten with its calls; 0: nothing is.
int64_t forgotten_until(const CommandContext& context) {
  int64_t calls_ms = context.directory.retention().calls_ms;
  return calls_ms == 0 ? 0 : context.record.time_ms - calls_ms;
}

// Where a sync begins that says nothing about it: a while before what the last one has seen, or before `since_ms` where
// that is earlier, because calls appear in lists by their start and are whole only at their end.
int64_t usual_start(const CommandContext& context, const Sync& sync, std::optional<int64_t> since_ms) {
  auto until = synced_until(context.writer, sync.source, sync.resource);
  if (until && since_ms) until = std::min(*until, *since_ms);
  if (!until) until = since_ms;
  int64_t day_ago = context.record.time_ms - limits::kFirstSyncMs;
  return std::max<int64_t>(until ? *until - limits::kSyncOverlapMs : day_ago, forgotten_until(context));
}

Result<Sync> wished_sync(const CommandContext& context, const Json& body) {
  Sync sync;
  sync.source = json_text(body, "source");
  sync.resource = json_text(body, "resource");
  auto source = context.sources.find(sync.source);
  if (!source) return fail(Code::not_found, "sync: found no source \"{}\"", sync.source.substr(0, 80));
  auto resources = source->sync_resources();
  if (resources.empty()) return fail(Code::invalid, "sync: the provider of source {} lists nothing", sync.source);
  if (sync.resource.empty()) sync.resource = resources.front();
  if (sync.resource == "recordings" || std::ranges::find(resources, sync.resource) == resources.end())
    return fail(Code::invalid, "sync {}: found resource \"{}\", expected one of {}", sync.source,
                sync.resource.substr(0, 80), fmt::join(resources, ", "));
  sync.filter = body.value("filter", Json::object());
  sync.to_ms = body.value("to_ms", int64_t{0});
  std::optional<int64_t> since_ms;
  if (body.contains("since_ms")) since_ms = body.value("since_ms", int64_t{0});
  sync.from_ms = body.contains("from_ms") ? body.value("from_ms", int64_t{0}) : usual_start(context, sync, since_ms);
  if (sync.to_ms != 0 && sync.to_ms <= sync.from_ms)
    return fail(Code::invalid, "sync {}: found an end before the start", sync.source);
  return sync;
}

Answer start_sync(const CommandContext& context, const Json& body) {
  auto sync = wished_sync(context, body);
  if (!sync) return command_problem(sync.error().code == Code::not_found ? 404 : 400, sync.error().message);
  for (const Sync& other : unfinished_syncs(context.writer)) {
    if (other.source == sync->source && other.resource == sync->resource)
      return command_problem(409,
                             fmt::format("sync {} of {}: {} is under way", sync->resource, sync->source, other.id));
  }
  sync->id = sync_id_of(context.record.seq);
  sync->by = context.record.header(":by");
  sync->made_ms = context.record.time_ms;
  trim_syncs(context.writer, limits::kSyncsKept);
  put_sync(context.writer, *sync);
  return command_done(202, sync->to_json());
}

Answer cancel_sync(const CommandContext& context, const Json& body) {
  auto sync = find_sync(context.writer, json_text(body, "id"));
  if (!sync) return command_problem(404, fmt::format("cancel sync {}: found none", json_text(body, "id")));
  if (is_final(sync->status))
    return command_problem(409, fmt::format("cancel sync {}: it is {}", sync->id, name(sync->status)));
  sync->status = SyncStatus::canceled;
  sync->ended_ms = context.record.time_ms;
  put_sync(context.writer, *sync);
  return command_done(200, sync->to_json());
}

bool is_whole(const Sync& sync) { return sync.status == SyncStatus::done && sync.filter.empty() && sync.to_ms == 0; }

// How many syncs have begun where this one did and left something out. Rows as GET /sync shows them.
int held_before(const Reader& reader, const Sync& sync) {
  Json own = sync.to_json();
  auto is_alike = [&](const Json& row) {
    auto same = [&](const char* field) { return row.at(field) == own.at(field); };
    return !same("id") && row.at("failed") > 0 && same("status") && same("resource") && same("filter") &&
           same("from") && same("to");
  };
  auto page = sync_page(reader, sync.source, "", kLookedThrough);
  return page ? static_cast<int>(std::ranges::count_if(page->rows, is_alike)) : 0;
}

// What was left out is asked for again by the next sync, which begins where this one did; but not for ever, or the list
// would grow until it cannot be read.
void end(const CommandContext& context, Sync& sync, const std::string& status) {
  sync.status = status == "done" ? SyncStatus::done : SyncStatus::failed;
  sync.ended_ms = context.record.time_ms;
  if (!is_whole(sync)) return;
  bool given_up = sync.failed > 0 && held_before(context.writer, sync) + 1 >= kHeldSyncs;
  if (given_up)
    sync.reason = fmt::format("{} that could not be fetched by {} syncs are not asked for again: {}", sync.failed,
                              kHeldSyncs, sync.reason);
  if (given_up || sync.failed == 0) set_synced_until(context.writer, sync.source, sync.resource, sync.started_ms);
}

// {"id", "cursor"?, "found"?, "failed"?, "gone"?, "known"?: [[kind, id]...], "status"?, "reason"?}
Answer note_sync(const CommandContext& context, const Json& body) {
  auto sync = find_sync(context.writer, json_text(body, "id"));
  if (!sync || is_final(sync->status)) return command_problem(409, "note a sync: it is over");
  if (sync->status == SyncStatus::waiting) sync->started_ms = context.record.time_ms;
  sync->status = SyncStatus::running;
  if (body.contains("cursor")) {
    sync->cursor = body.value("cursor", "");
    ++sync->pages;
  }
  sync->total += body.value("found", uint64_t{0});
  sync->failed += body.value("failed", uint64_t{0});
  sync->skipped += body.value("gone", uint64_t{0});
  for (const Json& known : body.value("known", Json::array())) {
    ++sync->skipped;
    note_listed(context.writer, known.at(0).get<std::string>(), known.at(1).get<std::string>());
  }
  if (body.contains("reason")) sync->reason = body.value("reason", "");
  if (body.contains("status")) end(context, *sync, body.value("status", ""));
  put_sync(context.writer, *sync);
  return command_done(200, sync->to_json());
}

}  // namespace

Commands sync_commands() {
  return {{"sync.start", start_sync}, {"sync.cancel", cancel_sync}, {"sync.note", note_sync}};
}

}  // namespace hookswitch
