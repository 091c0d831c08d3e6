#include "engine/api/long_reads.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/api/problem.h"

namespace hookswitch {
namespace {

constexpr const char* kStopping = "the engine is stopping";

void refuse(LongReads::Read& read, const char* why) { read.exchange->respond(problem(503, why)); }

}  // namespace

LongReads::LongReads() : thread_([this] { work(); }) {}

LongReads::~LongReads() { stop(); }

void LongReads::stop() {
  std::vector<Read> dropped;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
  }
  changed_.notify_all();
  for (Read& read : dropped) refuse(read, kStopping);
  if (thread_.joinable()) thread_.join();
}

void LongReads::run(Read read) {
  std::vector<Read> dropped;
  const char* why = nullptr;
  {
    std::lock_guard lock(mutex_);
    why = no_place(read.by);
    if (why != nullptr && !stopping_) {
      dropped = drop_gone();
      why = no_place(read.by);
    }
    if (why == nullptr) {
      turn_of_.try_emplace(read.by, turn_ == 0 ? 0 : turn_ - 1);  // before who was last, behind who has waited
      waiting_.push_back(std::move(read));
    }
  }
  changed_.notify_all();
  for (Read& one : dropped) refuse(one, "who asked has gone");
  if (why != nullptr) refuse(read, why);
}

// Why one more of who asks cannot wait; nullptr: it can.
const char* LongReads::no_place(std::string_view by) const {
  if (stopping_) return kStopping;
  if (std::ranges::count(waiting_, by, &Read::by) >= static_cast<ptrdiff_t>(kWaitingOfOne))
    return "too many long readings of this tenant or token wait";
  return waiting_.size() >= kWaiting ? "too many long readings wait" : nullptr;
}

std::vector<LongReads::Read> LongReads::drop_gone() {
  auto stays = [](const Read& read) { return !read.exchange->gone(); };
  auto gone = std::ranges::stable_partition(waiting_, stays);
  std::vector<Read> out(std::make_move_iterator(gone.begin()), std::make_move_iterator(gone.end()));
  waiting_.erase(gone.begin(), gone.end());
  return out;
}

void LongReads::settle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty() && !reading_; });
}

// Of whoever had no turn for longest the first. Who has gone is answered when nobody else waits: somebody who only ended
// their sending may still read.
LongReads::Read LongReads::take_next() {
  auto place = [this](const Read& read) { return std::pair(read.exchange->gone(), turn_of_.at(read.by)); };
  auto next = std::ranges::min_element(waiting_, {}, place);
  Read out = std::move(*next);
  waiting_.erase(next);
  std::erase_if(turn_of_, [this](const auto& turn) { return std::ranges::count(waiting_, turn.first, &Read::by) == 0; });
  turn_of_[out.by] = ++turn_;
  return out;
}

void LongReads::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    Read read = take_next();
    reading_ = true;
    lock.unlock();
    read.answer();
    read = {};
    lock.lock();
    reading_ = false;
    changed_.notify_all();
  }
}

}  // namespace hookswitch
