#include "tests/simulation/world.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/state/timers.h"
#include "tests/simulation/phone_source.h"

namespace hookswitch::simulation {
namespace {

constexpr int kConcurrency = 5;
constexpr int kRestTurns = 100'000;  // a world that has not come to rest by then never will
constexpr int64_t kDayMs = 86'400'000;

template <class T>
T must(Result<T> result) {
  if (!result) throw Broken{result.error().message};
  return std::move(*result);
}

CallingPolicy day_and_night() {
  CallingPolicy calling;
  calling.window = any_time();
  calling.retry.jitter = 0;
  calling.per_person = 0;
  return calling;
}

}  // namespace

void Tally::add(const Tally& other) {
  records += other.records;
  steps += other.steps;
  crashes += other.crashes;
  power_cuts += other.power_cuts;
  failed_writes += other.failed_writes;
  repeated += other.repeated;
  calls_rung += other.calls_rung;
  tasks += other.tasks;
  dead += other.dead;
  sim_ms += other.sim_ms;
  trace = hash64(std::to_string(other.trace), trace);
}

World::World(uint64_t seed, const std::string& rules, int deliveries)
    : rules_(rules),
      deliveries_(deliveries),
      dice_(seed),
      directory_({{"B1/L1", "", "Europe/Bucharest", "RO", {}, {}}}, {}, day_and_night()),
      store_([this] {
        bool fails = bad_disk_ && dice_.chance(400);
        if (fails) ++tally_.failed_writes;
        return fails;
      }),
      network_(dice_, clock_) {
  sources_.put(std::make_shared<PhoneSource>());
  blobs_ = must(Blobs::open(dir_.path() + "/blobs"));
  decoder_ = std::make_unique<Decoder>(sources_, *blobs_);
  start();
}

World::~World() = default;

void World::start() {
  answers_ = std::make_unique<Answers>(still_);
  Processor::Parts parts{.log = log_,
                         .store = store_,
                         .decoder = *decoder_,
                         .directory = directory_,
                         .answers = *answers_,
                         .metrics = process_metrics_,
                         .clock = clock_,
                         .keep_traces = 0};
  processor_ = std::make_unique<Processor>(std::move(parts), must(RuleSet::load(rules_, {})));
  Dispatcher::Parts acting{.log = log_,
                           .store = store_,
                           .sources = sources_,
                           .answers = *answers_,
                           .http = network_,
                           .metrics = metrics_,
                           .clock = clock_,
                           .position = [this] { return processor_->status().position; }};
  OutboxOptions options;
  options.public_url = "https://calls.example.com";
  options.sources = {{"phone", {.concurrency = kConcurrency, .per_second = 50}}};
  outbox_ = std::make_unique<Dispatcher>(std::move(acting), std::move(options));
  processor_->begin();
  outbox_->begin();
}

/// The process ends between two turns; the machine goes on, or it too ends, and with it what was not synced.
void World::crash(bool power_cut) {
  outbox_.reset();
  processor_.reset();
  answers_.reset();
  log_.crash();
  network_.crash();
  if (power_cut) store_.power_cut();
  ++(power_cut ? tally_.power_cuts : tally_.crashes);
  start();
}

Tally World::run() {
  while (made_ < deliveries_) turn();
  come_to_rest();
  judge();
  tally_.records = log_.last_seq();
  tally_.calls_rung = network_.rung().size();
  tally_.sim_ms = static_cast<uint64_t>(clock_.now_ms() - 1'767'614'400'000);
  return tally_;
}

void World::note(uint64_t what, uint64_t detail) {
  uint64_t parts[] = {tally_.trace, what, detail, static_cast<uint64_t>(clock_.now_ms()), log_.last_seq()};
  tally_.trace = hash64({reinterpret_cast<const char*>(parts), sizeof parts});
  ++tally_.steps;
}

void World::turn() {
  auto what = static_cast<uint64_t>(dice_.roll(10'000));
  note(what);
  if (what < 2'800) return send_new();
  if (what < 5'000) {
    bool fails = bad_disk_ && dice_.chance(300);
    if (fails) ++tally_.failed_writes;
    auto outcome = !fails              ? DiskLog::Commit::done
                   : dice_.chance(500) ? DiskLog::Commit::failed_though_written
                                       : DiskLog::Commit::failed;
    return log_.commit(outcome);
  }
  if (what < 7'000) return void(processor_->step());
  if (what < 8'000) return void(outbox_->step(0));
  if (what < 9'960) return pass_time();
  if (what < 9'985) return change_weather();
  if (what < 9'990) return watch_bounds();
  crash(what >= 9'997);
}

// A disk or a provider that fails does so for a while.
void World::change_weather() {
  bad_disk_ = dice_.chance(250);
  Weather weather;
  if (dice_.chance(600)) {
    for (int* one : {&weather.refused, &weather.lost, &weather.answer_lost, &weather.busy, &weather.broken,
                     &weather.broken_after, &weather.rejected}) {
      if (dice_.chance(400)) *one = static_cast<int>(dice_.roll(300));
    }
  }
  network_.set_weather(weather);
}

// Mostly moments; sometimes as far as the next thing that is known to happen.
void World::pass_time() {
  clock_.advance_ms(dice_.chance(20) ? dice_.roll(10'000) : dice_.roll(30));
  network_.run();
  hand_on_reports();
  send_waiting();
}

void World::watch_bounds() {
  Json status = outbox_->status();
  auto under_way = status.at("under_way").get<int>();
  constexpr int kMost = kConcurrency + limits::kLooksUnderWay;
  // Those whose outcome the log has not taken yet are under way too, after a start as many as were cut off.
  if (under_way > 2 * kMost) throw Broken{fmt::format("{} actions are under way, of {}", under_way, kMost)};
}

std::optional<int64_t> World::next_ms() {
  std::optional<int64_t> next = network_.next_ms();
  auto sooner = [&](std::optional<int64_t> other) {
    if (other && (!next || *other < *next)) next = other;
  };
  if (!outside_.empty()) sooner(outside_.begin()->first);
  if (!reports_.empty()) sooner(std::ranges::min_element(reports_, {}, &Report::at_ms)->at_ms);
  auto reader = must(store_.read());
  sooner(next_due_ms(*reader));
  for (const ActionLane& lane : action_lanes(*reader)) sooner(lane.next_ms);
  return next;
}

bool World::at_rest() {
  if (log_.waits() || processor_->status().position != log_.last_seq()) return false;
  auto reader = must(store_.read());
  return !next_ms() && sending_actions(*reader).empty();
}

// The weather clears up, and time goes on until nobody has anything left to do.
void World::come_to_rest() {
  bad_disk_ = false;
  network_.set_weather({});
  for (int turns = 0; turns < kRestTurns; ++turns) {
    note(20'000);
    log_.commit(DiskLog::Commit::done);
    processor_->step();
    outbox_->step(0);
    network_.run();
    hand_on_reports();
    send_waiting();
    if (at_rest()) return;
    if (log_.waits() || processor_->status().position != log_.last_seq()) continue;
    int64_t now_ms = clock_.now_ms(), next = next_ms().value_or(now_ms);
    // What is due and does not happen at once waits for a pace or a breaker.
    clock_.set_ms(next > now_ms ? std::min(next, now_ms + kDayMs) : now_ms + 100);
  }
  throw Broken{"the engine does not come to rest"};
}

}  // namespace hookswitch::simulation
