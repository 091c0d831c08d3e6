#include "engine/http/open_streams.h"

namespace hookswitch {

bool OpenStreams::take(const std::string& by) {
  std::lock_guard lock(mutex_);
  auto found = of_.find(by);
  const size_t own = by.empty() || found == of_.end() ? 0 : found->second;
  if (count_ >= most_ || own >= most_ - count_) return false;
  ++count_;
  ++of_[by];
  return true;
}

void OpenStreams::give_back(const std::string& by) {
  std::lock_guard lock(mutex_);
  --count_;
  auto found = of_.find(by);
  if (--found->second == 0) of_.erase(found);
}

size_t OpenStreams::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

}  // namespace hookswitch
