// What the load sent and what the engine said yes to: the side of the promise that the engine cannot touch.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace hookswitch::torture {

class Ledger {
 public:
  /// [any] Before a delivery goes out: its id, which is in its body as well, and its body's hash.
  void sent(const std::string& id, uint64_t body_hash);
  /// [any] After a 200 with this sequence.
  void acknowledged(uint64_t seq, const std::string& id);

  /// While no engine runs: reads what the log has beyond the last look, and checks that it holds every acknowledged
  /// delivery at its sequence with its very bytes, and nothing that was never sent. Throws std::runtime_error.
  void check_log(const std::string& data_dir);

  size_t acknowledged_count() const;
  /// Deliveries of different ids that the log has held: each is to be applied once.
  size_t distinct_in_log() const { return in_log_.size(); }
  /// Some ids that were acknowledged, spread over all of them.
  std::vector<std::string> sample(size_t count) const;

 private:
  void check_record(uint64_t seq, const std::string& id, uint64_t body_hash);

  mutable std::mutex mutex_;                   // guards what follows
  std::map<std::string, uint64_t> hashes_;     // of what was sent, by id
  std::vector<std::string> acknowledged_ids_;  // in their order
  std::map<uint64_t, std::string> unchecked_;  // acknowledged, not yet seen in the log; by sequence
  std::set<std::string> in_log_;
  uint64_t read_to_ = 0;
};

/// The id in a delivery's body that the load made; "" in any other.
std::string id_in(std::string_view body);

}  // namespace hookswitch::torture
