// A watcher of the change feed: calls, KPIs, activity and transcripts as they are now, whenever they changed.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

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
  /// they are not kept for ever or the state was made anew, a `reset` event says so: fetch everything again. A change
  /// that is too long for one write is sent in several; its id comes with the end of it.
  After look(const Reader& reader, ShownCache& cache) override;

 private:
  using Thing = std::pair<std::string, std::string>;  // type and id
  /// What changed, by the id of its last change.
  struct Changes;
  /// What is sent at once.
  struct Piece {
    std::string text;
    uint64_t told_id = 0;  // the last id in it
    size_t weight = 0;     // of what was looked at, sent or not
    bool whole = true;     // nothing of the changes is left
  };

  const Shown& shown(const Reader& reader, ShownCache& cache, const Thing& thing);
  Piece piece_of(const Reader& reader, ShownCache& cache, const Changes& changes, size_t room);
  /// One change's things. False: the piece is full, and the place is kept.
  bool add_change(const Reader& reader, ShownCache& cache, uint64_t change_id, const std::vector<const Thing*>& things,
                  size_t room, Piece& to);
  After reset(uint64_t last_id);

  const ApiParts& parts_;
  const FeedFilter filter_;
  uint64_t after_id_;
  // Of the change that is under way, 0 when none is: what was sent of it, in the order of things, goes up to this.
  uint64_t part_of_ = 0;
  Thing part_;
};

}  // namespace hookswitch
