#include "engine/workbench/replay.h"

#include <fmt/format.h>

#include <algorithm>

namespace hookswitch {
namespace {

// How long one read transaction of the log may last, whichever bound is first: while it does, the engine cannot use
// again what it trims.
constexpr size_t kRecordsPerReplay = 512;
constexpr int64_t kReadUs = 50'000;

constexpr size_t kSkipsNamed = 20;

bool known(RecordKind kind) { return kind >= RecordKind::delivery && kind <= RecordKind::import; }

const Heard* find(const std::vector<Heard>& heard, const Heard& event) {
  auto found =
      std::ranges::find_if(heard, [&](const Heard& one) { return one.seq == event.seq && one.index == event.index; });
  return found == heard.end() ? nullptr : &*found;
}

// What one side heard of an event and the other heard otherwise, or not at all. Why a letter is dead, and whether it
// still is, is known only at the end.
void tell_event(const Heard* before, const Heard* after, const std::function<void(const Difference&)>& tell_one) {
  const Heard& event = after != nullptr ? *after : *before;
  auto tell = [&](Difference difference) {
    for (const Heard* side : {before, after}) {
      if (side != nullptr) difference.add_tenant(side->tenant);
    }
    tell_one(difference);
  };
  Json was = before != nullptr ? before->reply : Json(), is = after != nullptr ? after->reply : Json();
  if (was != is) tell({Aspect::reply, fmt::format("to {}, record {}", event.type, event.seq), was, is});
  bool died = (before != nullptr && before->died) || (after != nullptr && after->died);
  const std::string what = event.timer.empty() ? event.type : "timer " + event.timer;
  if (died) tell({Aspect::dead, fmt::format("{}.{} {}", event.seq, event.index, what), {}, {}});
  if (event.timer.empty() || (before != nullptr && after != nullptr)) return;
  tell({Aspect::timer, event.timer, before != nullptr ? Json("fired") : Json(),
        after != nullptr ? Json("fired") : Json()});
}

}  // namespace

Result<std::unique_ptr<Replay>> Replay::make(const Parts& parts, ReplayRange range) {
  auto dir = ScratchDir::make(parts.scratch_parent, "replay.");
  if (!dir) return std::unexpected(dir.error());
  std::unique_ptr<Replay> replay(new Replay(parts, std::move(range), std::move(*dir)));
  if (auto opened = replay->open(); !opened) return std::unexpected(opened.error());
  return replay;
}

Replay::Replay(const Parts& parts, ReplayRange range, ScratchDir dir)
    : parts_(parts), range_(std::move(range)), dir_(std::move(dir)), same_rules_(parts.before, parts.after) {}

Status Replay::open() {
  auto list = DifferenceList::open(dir_.path() + "/differences");
  if (!list) return std::unexpected(list.error());
  list_ = std::move(*list);
  // What is not compared: transcripts and where recordings lie are as the provider told them, whatever the rules.
  TableSet unread;
  for (Table table : {Table::transcripts, Table::recordings, Table::changes}) unread.set(static_cast<size_t>(table));
  unread.set(static_cast<size_t>(Table::call_index), range_.tenant.empty());
  ReplaySide::Parts parts{parts_.log, parts_.decoder,     parts_.directory, parts_.clock,
                          unread,     parts_.remember_ms, parts_.keys,      same_rules_};
  auto before = ReplaySide::open(dir_.path() + "/before", parts, parts_.before);
  if (!before) return std::unexpected(before.error());
  // Begun as a copy it has the same secret: where rows are sealed, a key that is a hash is the same in both.
  if (auto copied = (*before)->copy_to(dir_.path() + "/after"); !copied) return copied;
  auto after = ReplaySide::open(dir_.path() + "/after", parts, parts_.after);
  if (!after) return std::unexpected(after.error());
  before_ = std::move(*before);
  after_ = std::move(*after);
  return {};
}

Status Replay::run(const GoOn& go_on) {
  auto range = find_range();
  if (!range) return std::unexpected(range.error());
  if (auto read = read_range(*range, go_on); !read) return read;
  if (!summary_.stopped) {
    int64_t end_ms = range_.to_ms.value_or(parts_.clock.now_ms());
    auto fired = on_both([end_ms](ReplaySide& side) { return side.advance(end_ms); }, "fire the last timers");
    if (!fired) return fired;
  }
  if (auto done = on_both([](ReplaySide& side) { return side.commit(); }, "finish"); !done) return done;
  return compare();
}

Result<Replay::Sequences> Replay::find_range() {
  Sequences range{parts_.log.stats().first_seq, parts_.log.last_seq() + 1};
  summary_.known_from = range.next;
  auto oldest = parts_.log.read(range.next, 1, [this](const RecordView& record) {
    summary_.known_from_ms = record.time_ms;
    return false;
  });
  if (!oldest) return std::unexpected(oldest.error());
  if (range_.from_ms) {
    auto from = parts_.log.seq_at(*range_.from_ms);
    if (!from) return std::unexpected(from.error());
    range.next = std::max(range.next, *from);
  }
  if (range_.to_ms) {
    auto to = parts_.log.seq_at(*range_.to_ms);
    if (!to) return std::unexpected(to.error());
    range.end = std::min(range.end, *to);
  }
  return range;
}

Status Replay::read_range(Sequences range, const GoOn& go_on) {
  const uint64_t first = range.next;
  const uint64_t of = range.end - std::min(first, range.end);
  while (range.next < range.end) {
    uint64_t before = range.next;
    if (auto read = read_some(range); !read) return read;
    if (range.next == before) break;
    if (!go_on || go_on(std::min(range.next - first, of), of)) continue;
    summary_.stopped = true;
    break;
  }
  return {};
}

Status Replay::read_some(Sequences& range) {
  Status done;
  int64_t until_us = parts_.clock.steady_us() + kReadUs;
  auto visit = [&](const RecordView& record) {
    if (record.seq >= range.end) {
      range.next = range.end;
      return false;
    }
    for (; range.next < record.seq; ++range.next) skip(range.next, "it was trimmed while the replay ran");
    ++range.next;
    done = step(record);
    return done && parts_.clock.steady_us() < until_us;
  };
  auto corrupt = [&](uint64_t seq, const Error& error) {
    if (seq < range.end) skip(seq, error.message);
    range.next = seq + 1;
  };
  auto read = parts_.log.read(range.next, kRecordsPerReplay, visit, corrupt);
  if (!read) return std::unexpected(read.error());
  return done;
}

Status Replay::step(const RecordView& record) {
  if (!known(record.kind)) {
    skip(record.seq, fmt::format("found kind {}, which this version does not know", static_cast<int>(record.kind)));
    return {};
  }
  bool command = record.kind == RecordKind::command;
  if (record.kind == RecordKind::timer) return {};
  if (!range_.source.empty() && !command && record.source != range_.source) return {};
  auto events = command ? std::vector<Event>{} : parts_.decoder.decode(record);
  ++summary_.records;
  return handle(record, events);
}

Status Replay::handle(const RecordView& record, const Result<std::vector<Event>>& events) {
  const bool may_repeat = same_rules_.in_step();
  if (auto done = before_->handle(record, events, may_repeat ? &notes_ : nullptr); !done)
    return wrap(done.error(), fmt::format("record {} under the rules in force", record.seq));
  Result<bool> repeated = may_repeat && !notes_.spoiled() ? after_->repeat(record, notes_, *before_) : false;
  Status done = repeated ? Status{} : std::unexpected(repeated.error());
  if (done && !*repeated) done = after_->handle(record, events);
  if (done && *repeated) ++summary_.repeated;
  if (!done) return wrap(done.error(), fmt::format("record {} under the other rules", record.seq));
  return tell_heard();
}

Status Replay::on_both(const std::function<Status(ReplaySide&)>& work, const std::string& doing) {
  if (auto done = work(*before_); !done) return wrap(done.error(), doing + " under the rules in force");
  if (auto done = work(*after_); !done) return wrap(done.error(), doing + " under the other rules");
  return tell_heard();
}

Status Replay::tell_heard() {
  Status told;
  auto tell = [&](const Heard* before, const Heard* after) {
    const std::string& call = after != nullptr ? after->call : before->call;
    tell_event(before, after, [&](const Difference& difference) {
      if (told) told = list_->add(call, difference);
    });
  };
  for (const Heard& event : before_->heard()) tell(&event, find(after_->heard(), event));
  for (const Heard& event : after_->heard()) {
    if (find(before_->heard(), event) == nullptr) tell(nullptr, &event);
  }
  return told;
}

void Replay::skip(uint64_t seq, const std::string& why) {
  ++summary_.skipped;
  if (summary_.skips.size() < kSkipsNamed) summary_.skips.push_back(fmt::format("record {}: {}", seq, why));
}

}  // namespace hookswitch
