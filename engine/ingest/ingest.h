// Takes webhooks in: route, verify, append, and answer when the record is on disk.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/access/rate_limits.h"
#include "engine/base/clock.h"
#include "engine/http/exchange.h"
#include "engine/http/handler.h"
#include "engine/ingest/delivery.h"
#include "engine/ingest/intake_metrics.h"
#include "engine/ingest/routes.h"
#include "engine/ingest/unverified.h"
#include "engine/log/blobs.h"
#include "engine/log/log.h"
#include "engine/processor/answers.h"
#include "engine/providers/sources.h"

namespace hookswitch {

constexpr uint64_t kUnverifiedBytes = 1'024 * limits::kMiB;
constexpr uint64_t kUnverifiedInMemory = 256 * limits::kMiB;
constexpr uint64_t kUnverifiedShares = 4;  // one client takes at most one of so many

struct IngestOptions {
  std::string public_url;                                 // without a trailing '/'
  int64_t reply_deadline_ms = 0;                          // for answers that rules decide
  std::function<bool()> accepting = {};                   // false: 503 (lag over its bound); unset: always
  std::function<bool(std::string_view)> configured = {};  // such a source is to come: 503 until then; unset: none is
  std::function<bool()> disk_low = {};           // true: 503, so that what is left serves the engine; unset: never
  std::function<bool()> data_gone = {};          // true: 503, what would be kept would be lost; unset: never
  RateLimits* rates = nullptr;                   // null: no bounds
  uint64_t unverified_bytes = kUnverifiedBytes;  // of large bodies on disk that nobody vouches for yet; then 503
  uint64_t unverified_bytes_each = kUnverifiedBytes / kUnverifiedShares;  // of one client, or of all behind one proxy
  uint64_t unverified_in_memory = kUnverifiedInMemory;  // the same of bodies that are not on disk; then they go there
  uint64_t unverified_in_memory_each = kUnverifiedInMemory / kUnverifiedShares;
  /// Sees what is not authentic or names no source, once it is answered; may take the body. Must not wait.
  std::function<void(Delivery&, const Verdict&)> on_refused = {};
};

/// One for all event loops; every method is [http]. What it refers to outlives it.
class Ingest final : public Handler {
 public:
  Ingest(IngestOptions options, const Routes& routes, const Sources& sources, Log& log, Blobs& blobs, Answers& answers,
         IntakeMetrics& metrics, const Clock& clock);

  /// Whether the path is a webhook's; everything else is somebody else's.
  bool serves(std::string_view path) const { return routes_.find(path).has_value(); }
  std::unique_ptr<Receiver> on_request(Request&& request, std::shared_ptr<Exchange> exchange) override;

 private:
  friend class DeliveryReceiver;
  /// What an answer needs that is not the engine's JSON. When rules decide it: what the source's default depends on.
  struct Special {
    Verdict verdict;
    std::string method, target, kind, body;
    HeaderList headers;
    int64_t arrived_ms = 0;
  };
  /// What is left of a delivery while it waits to be on disk, and then for an answer that rules decide. One for each
  /// that waits, so it is small.
  struct Stored {
    std::shared_ptr<Exchange> exchange;
    std::shared_ptr<Source> source;
    int64_t arrived_us = 0;
    std::string message;               // of the engine's JSON
    std::unique_ptr<Special> special;  // null for that
  };

  /// The whole body is here: verify and go on.
  void finish(Delivery& delivery);
  void refuse(Delivery& delivery, const Verdict& verdict);
  /// Whether this source, or this client of it, comes too often: seconds to wait.
  std::optional<int64_t> too_often(const Delivery& delivery) const;
  /// The same once it is known to be authentic, and it counts.
  std::optional<int64_t> take_turn(const Delivery& delivery) const;
  void come_later(const Delivery& delivery, int64_t wait_secs);
  void append(Delivery& delivery, Verdict verdict);
  /// A large body did not reach its file.
  void cannot_store(Delivery& delivery, const Error& why);
  /// For a large body, of which it has seen nothing yet.
  static std::unique_ptr<StreamedVerify> verifier_of(const Delivery& delivery);
  /// What a large body is refused for whatever else is in it, by its headers alone.
  static std::optional<Verdict> refused_already(const Delivery& delivery);
  static std::unique_ptr<Special> special_answer(const Delivery& delivery, Verdict verdict);
  /// [committer] The record is on disk, or could not be stored.
  void answer(Result<uint64_t> seq, Stored stored);
  void await_reply(uint64_t seq, Stored waiting);
  /// When no rule answered in time.
  static RenderedReply default_reply(const Stored& waiting);

  IngestOptions options_;
  const Routes& routes_;
  const Sources& sources_;
  Log& log_;
  Blobs& blobs_;
  Answers& answers_;
  IntakeMetrics& metrics_;
  const Clock& clock_;
  Unverified unverified_on_disk_;
  Unverified unverified_in_memory_;
};

}  // namespace hookswitch
