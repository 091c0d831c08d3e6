#include "engine/isolation/isolated_plugin.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "engine/base/clock.h"
#include "engine/isolation/isolated_source.h"

namespace hookswitch {

namespace {

bool is_quick(Hook hook) {
  switch (hook) {
    case Hook::verify:
    case Hook::begin:
    case Hook::update:
    case Hook::finish:
    case Hook::abandon:
    case Hook::default_reply:
      return true;
    default:
      return false;
  }
}

bool is_start(Hook hook) { return hook == Hook::describe || hook == Hook::create; }

/// Takes a Result that only says whether it went well.
Status take_status(WireReader& in, bool& taken) {
  Status status;
  in(status);
  taken = in.done();
  return status;
}

}  // namespace

Result<std::shared_ptr<IsolatedPlugin>> IsolatedPlugin::open(const std::string& file, const IsolationOptions& options) {
  Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (opened.get() < 0) return fail(Code::io, "load plugin {}: cannot open it: {}", file, std::strerror(errno));
  auto home = std::make_shared<IsolatedPlugin>(file, std::move(opened), options);
  if (Status loaded = home->load(); !loaded) return std::unexpected(loaded.error());
  return home;
}

Status IsolatedPlugin::load() {
  Lanes::Lease lane = lanes_.any();
  Result<PluginDescription> about = start(*lane, Hook::create);
  if (!about) {
    lane->end_child();
    return std::unexpected(about.error());
  }
  Result<std::shared_ptr<Plugin>> plugin = Plugin::described(std::move(*about));
  if (!plugin) return wrap(plugin.error(), "load plugin " + file_);
  plugin_ = std::move(*plugin);
  return {};
}

Result<std::shared_ptr<Source>> IsolatedPlugin::create_source(const std::string& name,
                                                              const std::string& settings) const {
  SourceSpec spec{++sources_, name, settings};
  Lanes::Lease lane = lanes_.any();
  if (Status ready = make_ready(*lane, spec, Hook::create); !ready) return std::unexpected(ready.error());
  return make_isolated_source(shared_from_this(), std::move(spec));
}

Status IsolatedPlugin::ask(const SourceSpec& source, Question& question, const TakeResult& take, Place* place) const {
  Lanes::Lease lane = lanes_.any();
  std::string before;
  for (;;) {
    if (Status ready = make_ready(*lane, source, question.hook()); !ready) return ready;
    auto asked = ask_once(*lane, question, take);
    if (asked && place != nullptr) *place = {lane->index, lane->generation};
    if (asked) return {};
    // Whoever waits on the network asks again by itself: it is not made to wait for a second deadline.
    const bool again = before.empty() && (asked.error().in_time || !is_quick(question.hook()));
    const std::string how = "its process " + asked.error().how;
    if (!again) {
      return plugin_->breach(name(question.hook()), before.empty() ? how : how + ", after another that " + before);
    }
    before = asked.error().how;
  }
}

Status IsolatedPlugin::ask_there(const Place& place, Question& question, const TakeResult& take) const {
  Lanes::Lease lane = lanes_.one(place.lane);
  if (!lane->child || lane->generation != place.generation) {
    return fail(Code::unavailable, "provider {}: {}: the process that knew the beginning has ended", id(),
                name(question.hook()));
  }
  auto asked = ask_once(*lane, question, take);
  if (!asked) return plugin_->breach(name(question.hook()), "its process " + asked.error().how);
  return {};
}

Status IsolatedPlugin::make_ready(Lane& lane, const SourceSpec& source, Hook wanted) const {
  if (!lane.child) {
    if (auto started = start(lane, wanted); !started) return std::unexpected(started.error());
  }
  for (uint32_t number : lanes_.take_dropped(lane)) {
    if (lane.made.erase(number) == 0) continue;
    Question question(Hook::drop, number);
    bool taken = false;
    auto asked = ask_once(lane, question, [&](WireReader& in) { return take_status(in, taken).has_value() && taken; });
    if (!asked) return make_ready(lane, source, wanted);  // in a process that has neither
  }
  return lane.made.contains(source.number) ? Status() : create(lane, source);
}

/// The description is of interest the first time; later that there is one.
Result<PluginDescription> IsolatedPlugin::start(Lane& lane, Hook wanted) const {
  if (Status may = may_start(wanted); !may) return std::unexpected(may.error());
  Result<Child> child = Child::start(options_.program, file_, opened_.get());
  if (!child) return std::unexpected(child.error());
  if (lane.generation++ > 0) restarts_.fetch_add(1);
  lane.child.emplace(std::move(*child));
  Result<PluginDescription> about;
  Question question(Hook::describe, 0);
  auto asked = ask_once(lane, question, [&](WireReader& in) {
    in(about);
    return in.done();
  });
  if (!asked) return fail(Code::internal, "load plugin {}: its process {}", file_, asked.error().how);
  return about;
}

Status IsolatedPlugin::create(Lane& lane, const SourceSpec& source) const {
  Status created;
  Question question(Hook::create, source.number, source.name, source.settings);
  auto asked = ask_once(lane, question, [&](WireReader& in) {
    in(created);
    return in.done();
  });
  if (!asked) return plugin_->breach("create", "its process " + asked.error().how);
  if (created) lane.made.insert(source.number);
  return created;
}

std::expected<void, Child::Ended> IsolatedPlugin::ask_once(Lane& lane, Question& question,
                                                           const TakeResult& take) const {
  std::optional<Child::Ended> ended;
  auto answer = lane.child->ask(question.message(), deadline_ms(question));
  if (answer) {
    WireReader in(*answer);
    AnswerHead head;
    in(head);
    if (in.ok() && take(in)) {
      answered(question.hook(), head);
      return {};
    }
    ended = lane.child->refuse("answered with something else than an answer");
  } else {
    ended = answer.error();
  }
  died(lane, question.hook(), *ended);
  return std::unexpected(std::move(*ended));
}

int64_t IsolatedPlugin::deadline_ms(Question& question) const {
  const Hook hook = question.hook();
  if (is_start(hook)) return options_.start_ms;
  if (is_quick(hook)) return options_.quick_call_ms;
  const auto mebibytes = static_cast<int64_t>(question.message().size() / limits::kMiB);
  return std::min(options_.call_ms + mebibytes * limits::kCallMsPerMiB, 2 * options_.call_ms);
}

void IsolatedPlugin::answered(Hook hook, const AnswerHead& head) const {
  if (plugin_) plugin_->count(head.counted);
  for (const PluginLogLine& line : head.lines) {
    spdlog::log(line.warning ? spdlog::level::warn : spdlog::level::info, "{}", line.text);
  }
  if (is_start(hook)) return;
  std::lock_guard lock(starts_mutex_);
  failures_ = 0;
}

void IsolatedPlugin::died(Lane& lane, Hook hook, const Child::Ended& ended) const {
  if (plugin_) plugin_->count({.calls = 1});
  spdlog::warn("plugin {}: {}: its process {}", id(), name(hook), ended.how);
  lane.end_child();
  // A crash costs little and the next call may be a good one. A start that fails is followed by another such, and
  // whoever waits for a deadline holds a thread.
  if (ended.in_time && !is_start(hook)) return;
  std::lock_guard lock(starts_mutex_);
  if (++failures_ < limits::kQuickStarts) return;
  const int doubled = std::min(failures_ - limits::kQuickStarts, 20);
  next_start_us_ =
      SystemClock().steady_us() + std::min(limits::kStartPauseMs << doubled, limits::kStartPauseMaxMs) * 1000;
}

/// Waits for the end of a short pause where nobody on the network waits: an event that is not decoded is a dead letter.
Status IsolatedPlugin::may_start(Hook wanted) const {
  std::unique_lock lock(starts_mutex_);
  const int64_t left_us = failures_ < limits::kQuickStarts ? 0 : next_start_us_ - SystemClock().steady_us();
  if (left_us <= 0) return {};
  if (is_quick(wanted) || left_us > options_.call_ms * 1000) {
    return fail(Code::unavailable, "provider {}: its processes failed {} times in a row, the next is started in {} ms",
                id(), failures_, (left_us + 999) / 1000);
  }
  lock.unlock();
  std::this_thread::sleep_for(std::chrono::microseconds(left_us));
  return {};
}

PluginOpener isolating_opener(bool all, std::set<std::string> providers, IsolationOptions options) {
  return [all, providers = std::move(providers),
          options = std::move(options)](const std::string& file) -> Result<std::shared_ptr<PluginHome>> {
    auto home = IsolatedPlugin::open(file, options);
    if (!home) return std::unexpected(home.error());
    if (all || providers.contains((*home)->plugin()->id())) return std::move(*home);
    return open_at_home(file);
  };
}

}  // namespace hookswitch
