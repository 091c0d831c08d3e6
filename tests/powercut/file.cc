// One file of the disk: pages that are durable, and changes that are not.
#include <algorithm>
#include <cstring>

#include "tests/powercut/disk.h"

namespace hookswitch::powercut {

void File::put(uint64_t event, uint64_t page, Page content) {
  now_.pages[page] = content;
  pending_.push_back({event, page, std::move(content), now_.bytes});
  ++changes_;
}

void File::write(uint64_t event, uint64_t offset, std::string_view data) {
  now_.bytes = std::max(now_.bytes, offset + data.size());
  while (!data.empty()) {
    uint64_t page = offset / kPageBytes, at = offset % kPageBytes;
    size_t size = std::min<uint64_t>(data.size(), kPageBytes - at);
    auto found = now_.pages.find(page);
    auto content = found != now_.pages.end() && found->second ? std::make_shared<std::string>(*found->second)
                                                              : std::make_shared<std::string>(kPageBytes, '\0');
    content->replace(at, size, data.substr(0, size));
    put(event, page, std::move(content));
    offset += size;
    data.remove_prefix(size);
  }
}

// Zeros past the end need no pages; elsewhere they are written like everything else.
void File::zeros(uint64_t event, uint64_t offset, uint64_t bytes) {
  if (offset >= now_.bytes) return resize(event, offset + bytes);
  write(event, offset, std::string(bytes, '\0'));
}

void File::resize(uint64_t event, uint64_t bytes) {
  if (bytes < now_.bytes) {
    uint64_t first = (bytes + kPageBytes - 1) / kPageBytes;
    for (auto at = now_.pages.lower_bound(first); at != now_.pages.end(); ++at) put(event, at->first, nullptr);
    now_.pages.erase(now_.pages.lower_bound(first), now_.pages.end());
    uint64_t rest = bytes % kPageBytes, last = bytes / kPageBytes;
    if (auto found = now_.pages.find(last); rest != 0 && found != now_.pages.end() && found->second) {
      auto content = std::make_shared<std::string>(*found->second);
      std::fill(content->begin() + static_cast<std::ptrdiff_t>(rest), content->end(), '\0');
      put(event, last, std::move(content));
    }
  }
  now_.bytes = bytes;
  pending_.push_back({event, std::nullopt, nullptr, bytes});
  ++changes_;
}

void File::settle(Content& content, const Change& change) {
  if (change.page) content.pages[*change.page] = change.content;
  content.bytes = change.page ? std::max(content.bytes, change.bytes) : change.bytes;
}

void File::sync(uint64_t event) {
  auto end = std::ranges::find_if(pending_, [&](const Change& one) { return one.event >= event; });
  for (auto at = pending_.begin(); at != end; ++at) settle(durable_, *at);
  if (end != pending_.begin()) ++changes_;
  pending_.erase(pending_.begin(), end);
}

void File::sync_last() {
  if (pending_.empty()) return;
  uint64_t event = pending_.back().event;
  std::vector<Change> last, rest;
  for (Change& one : pending_) (one.event == event ? last : rest).push_back(std::move(one));
  for (const Change& one : last) {
    settle(durable_, one);
    // What earlier events wrote to the same page is in it.
    std::erase_if(rest, [&](const Change& earlier) { return earlier.page == one.page && one.page; });
  }
  pending_ = std::move(rest);
  ++changes_;
}

std::optional<uint64_t> File::oldest_pending() const {
  if (pending_.empty()) return std::nullopt;
  return pending_.front().event;
}

Page File::torn(const Page& before, const Page& after, const Survival& survival, const Change& change) {
  auto out = std::make_shared<std::string>(before ? *before : std::string(kPageBytes, '\0'));
  for (uint64_t sector = 0; sector < kPageBytes / kSectorBytes; ++sector) {
    if (!survival.keeps_sector(change.event, *change.page, sector)) continue;
    uint64_t at = sector * kSectorBytes;
    if (after) {
      out->replace(at, kSectorBytes, *after, at, kSectorBytes);
    } else {
      out->replace(at, kSectorBytes, kSectorBytes, '\0');
    }
  }
  return out;
}

Content File::after_cut(const Survival& survival) const {
  Content out = durable_;
  for (const Change& change : pending_) {
    if (!survival.keeps(change.event, change.page.value_or(0))) continue;
    if (change.page && survival.tears(change.event, *change.page)) {
      Change partly = change;
      partly.content = torn(out.pages[*change.page], change.content, survival, change);
      settle(out, partly);
    } else {
      settle(out, change);
    }
  }
  return out;
}

}  // namespace hookswitch::powercut
