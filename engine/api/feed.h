// A watcher of the change feed: calls, KPIs, activity and transcripts as they are now, whenever they changed.
#pragma once

#include <functional>
#include <set>

#include "engine/api/live.h"
#include "engine/api/parts.h"

namespace hookswitch {

/// What one stream wants of the feed.
struct FeedFilter {
  std::set<std::string> types;  // "call", "kpi", "activity", "transcript", "task", "campaign"
  std::string tenant;           // "": of all
};

class FeedWatcher final : public Watcher {
 public:
  /// Sends what changed after change `after_id`.
  FeedWatcher(std::shared_ptr<Stream> stream, Caller caller, const ApiParts& parts, FeedFilter filter,
              uint64_t after_id)
      : Watcher(std::move(stream), std::move(caller)), parts_(parts), filter_(std::move(filter)), after_id_(after_id) {}

  /// Several changes of one thing are one event: it carries the thing as it is now. When changes were missed, because
  /// they are not kept for ever or the state was made anew, a `reset` event says so: fetch everything again.
  After look(const Reader& reader, ShownCache& cache) override;

 private:
  /// What changed, by the id of its last change.
  struct Changes;
  const Shown& shown(const Reader& reader, ShownCache& cache, const std::string& type, const std::string& id);
  std::string text_of(const Reader& reader, ShownCache& cache, const Changes& changes);

  const ApiParts& parts_;
  const FeedFilter filter_;
  uint64_t after_id_;
};

}  // namespace hookswitch
