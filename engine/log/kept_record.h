// A record of the log that outlives the moment it was read.
#pragma once

#include <string>
#include <vector>

#include "engine/log/record.h"

namespace hookswitch {

class KeptRecord {
 public:
  explicit KeptRecord(const RecordView& record);
  /// `record` as the log would show it at `seq`.
  KeptRecord(const NewRecord& record, uint64_t seq);

  /// Good for the life of this object, wherever it is moved to.
  const RecordView& view() const { return view_; }
  size_t bytes() const { return bytes_.size(); }

 private:
  void keep(const RecordView& record);

  RecordView view_;
  std::vector<char> bytes_;  // all that view_ points to
};

}  // namespace hookswitch
