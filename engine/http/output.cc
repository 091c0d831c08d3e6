#include "engine/http/output.h"

namespace hookswitch {

std::string& Output::tail() {
  if (segments_.empty() || segments_.back().size() >= kSegmentBytes) segments_.emplace_back();
  return segments_.back();
}

void Output::append_body(std::string&& bytes) {
  if (bytes.size() < kSegmentBytes) {
    append(bytes);
  } else {
    segments_.push_back(std::move(bytes));
  }
}

size_t Output::size() const {
  size_t total = 0;
  for (const std::string& segment : segments_) total += segment.size();
  return total - sent_;
}

int Output::gather(iovec* vectors, int count) const {
  int used = 0;
  size_t skip = sent_;
  for (const std::string& segment : segments_) {
    if (used == count) break;
    if (segment.size() > skip) {
      vectors[used++] = {const_cast<char*>(segment.data()) + skip, segment.size() - skip};
    }
    skip = 0;
  }
  return used;
}

void Output::consume(size_t bytes) {
  sent_ += bytes;
  while (!segments_.empty() && sent_ >= segments_.front().size()) {
    sent_ -= segments_.front().size();
    if (segments_.size() == 1 && segments_.front().capacity() <= kSegmentBytes) {
      segments_.front().clear();  // kept: the next answer needs no allocation
      break;
    }
    segments_.pop_front();
  }
}

}  // namespace hookswitch
