// Realistic traffic of whole calls, as the providers of the configured sources would send it.
//
// Every call is told once (story.h) and played by each source's plugin, so that two providers speak about one call. The
// deliveries of all calls come out in the order of their time; only the calls under way are held. The same options give
// the same deliveries, byte for byte, but for signatures that carry the time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/providers/provider.h"
#include "engine/simulator/dice.h"
#include "engine/simulator/story.h"

namespace hookswitch {

struct SimulatorOptions {
  uint64_t seed = 1;
  uint64_t calls = 100;
  int64_t start_ms = 0;          // the first call begins here or soon after
  int64_t span_ms = 86'400'000;  // the calls begin within so long
  double duplicate = 0;          // share of deliveries that come again, up to a minute and a half later
  double drop = 0;               // share of deliveries that never come
  bool reorder = false;          // one in three is late, by up to a minute
  StoryOptions stories;
};

struct SimulatedDelivery {
  std::string source;
  std::string kind;
  std::string path;   // /hooks/<source>[/<kind>]
  std::string query;  // raw; what signing adds
  HeaderList headers;
  std::string body;
  int64_t time_ms = 0;
  uint64_t call = 0;  // which, from 0
  bool duplicate = false;
};

class Simulation {
 public:
  /// Every source must be able to play and sign. `stories.tenants` may be empty: then there is one that nobody knows.
  static Result<Simulation> create(SimulatorOptions options, std::vector<std::shared_ptr<const Source>> sources);

  /// The next delivery, not yet signed; nullopt when all calls are told.
  Result<std::optional<SimulatedDelivery>> next();

  /// Adds what the provider would, at `now_ms`, to what is addressed to `public_url`.
  Status sign(SimulatedDelivery& delivery, const std::string& public_url, int64_t now_ms) const;

 private:
  Simulation(SimulatorOptions options, std::vector<std::shared_ptr<const Source>> sources)
      : options_(std::move(options)), sources_(std::move(sources)) {}

  int64_t starts_at(uint64_t call) const;
  Status tell_next_call();
  void mail(SimulatedDelivery delivery, Dice& dice);

  SimulatorOptions options_;
  std::vector<std::shared_ptr<const Source>> sources_;
  uint64_t told_ = 0;    // calls
  uint64_t mailed_ = 0;  // deliveries, to keep those of one time in order
  std::map<std::pair<int64_t, uint64_t>, SimulatedDelivery> under_way_;
};

/// All of them at once, each signed at its own time: for tests.
Result<std::vector<SimulatedDelivery>> simulate(const SimulatorOptions& options,
                                                const std::vector<std::shared_ptr<const Source>>& sources,
                                                const std::string& public_url);

}  // namespace hookswitch
