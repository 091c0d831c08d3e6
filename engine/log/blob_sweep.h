// Finds body files that no record names: the append was refused after the body had been stored, or a crash came
// between.
//
// The log's table of blobs says which are named, so nothing is searched but the directories: one of the 256 a step, all
// of them at start and then every kBlobSweepMs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/log/store.h"

namespace hookswitch {

constexpr int64_t kBlobSweepMs = 3'600'000;   // between the beginnings of two rounds
constexpr int64_t kBlobOrphanMs = 3'600'000;  // how old a file must be: the record of a younger one may be under way

class BlobSweep {  // [committer]
 public:
  /// Whether somebody else than the records needs a blob.
  using Holds = std::function<bool(std::string_view blob)>;

  /// Refers to `store`.
  BlobSweep(std::string dir, const LogStore& store, Holds holds = {})
      : dir_(std::move(dir)), store_(store), holds_(std::move(holds)) {}

  /// Looks into the next directory if one is due and removes what is older than kBlobOrphanMs, has no record and is not
  /// held. Returns how many files. The caller keeps records from being committed meanwhile.
  Result<size_t> step(int64_t now_ms);

 private:
  Result<size_t> sweep(size_t shard, int64_t now_ms) const;

  const std::string dir_;
  const LogStore& store_;
  const Holds holds_;
  size_t next_shard_ = 0;
  int64_t due_ms_ = 0;  // of the next round
};

}  // namespace hookswitch
