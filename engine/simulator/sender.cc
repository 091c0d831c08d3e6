#include "engine/simulator/sender.h"

#include <curl/curl.h>

#include <algorithm>
#include <list>
#include <memory>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/owned.h"
#include "engine/simulator/latency.h"

namespace hookswitch {
namespace {

constexpr int64_t kProgressUs = 500'000;
constexpr int64_t kPollMs = 50;
constexpr size_t kWaitingMax = 10'000;  // deliveries waiting for another attempt; at more nothing new is begun
constexpr int kUnavailable = 503;

size_t ignore(char*, size_t size, size_t count, void*) { return size * count; }

/// One delivery on its way, and the handle that carries it.
struct Carrier {
  Owned<CURL, curl_easy_cleanup> curl{curl_easy_init()};
  Owned<curl_slist, curl_slist_free_all> headers;
  SimulatedDelivery delivery;
  int attempt = 0;
  int64_t begun_us = 0;
};

struct Postponed {
  SimulatedDelivery delivery;
  int attempt = 0;
};

class Sender {
 public:
  Sender(Simulation& simulation, const SenderOptions& options)
      : simulation_(simulation), options_(options), multi_(curl_multi_init()), carriers_(options.connections) {
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections));
    for (Carrier& carrier : carriers_) idle_.push_back(&carrier);
  }
  ~Sender() {
    for (Carrier& carrier : carriers_) curl_multi_remove_handle(multi_.get(), carrier.curl.get());
  }

  Result<SendSummary> run(const std::function<bool(const SendSummary&)>& progress) {
    started_us_ = now_us();
    int64_t shown_us = started_us_;
    while (!done()) {
      if (auto filled = fill(); !filled) return std::unexpected(filled.error());
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      collect();
      if (now_us() - shown_us >= kProgressUs) {
        shown_us = now_us();
        stopped_ = !progress(summary()) || stopped_;
      }
      wait();
    }
    return summary();
  }

 private:
  int64_t now_us() const { return clock_.steady_us(); }
  bool nothing_new() const { return exhausted_ || stopped_; }
  bool done() const { return nothing_new() && idle_.size() == carriers_.size() && (postponed_.empty() || stopped_); }
  bool in_time() const {
    return options_.per_second <= 0 ||
           static_cast<double>(now_us() - started_us_) * options_.per_second / 1e6 >= static_cast<double>(begun_);
  }

  /// Begins what may begin now: first what is due again, then what is new.
  Status fill() {
    while (!idle_.empty()) {
      if (!postponed_.empty() && postponed_.begin()->first <= now_us() && !stopped_) {
        auto due = postponed_.extract(postponed_.begin());
        begin(std::move(due.mapped().delivery), due.mapped().attempt);
        continue;
      }
      if (nothing_new() || postponed_.size() >= kWaitingMax || !in_time()) return {};
      auto next = simulation_.next();
      if (!next) return std::unexpected(next.error());
      exhausted_ = !*next;
      if (exhausted_) return {};
      if (auto made = simulation_.sign(**next, options_.public_url, clock_.now_ms()); !made) return made;
      ++begun_;
      begin(std::move(**next), 1);
    }
    return {};
  }

  void begin(SimulatedDelivery delivery, int attempt) {
    Carrier& carrier = *idle_.back();
    idle_.pop_back();
    carrier.delivery = std::move(delivery);
    carrier.attempt = attempt;
    carrier.begun_us = now_us();
    prepare(carrier);
    curl_multi_add_handle(multi_.get(), carrier.curl.get());
  }

  void prepare(Carrier& carrier) {
    const SimulatedDelivery& delivery = carrier.delivery;
    curl_slist* list = curl_slist_append(nullptr, "Expect:");
    for (const auto& [name, value] : delivery.headers) list = curl_slist_append(list, (name + ": " + value).c_str());
    carrier.headers.reset(list);
    CURL* curl = carrier.curl.get();
    std::string url = options_.base_url + delivery.path + (delivery.query.empty() ? "" : "?" + delivery.query);
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(delivery.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, delivery.body.data());
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout_ms));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, &carrier);
    if (options_.key_pin.empty()) return;
    curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, options_.key_pin.c_str());
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }

  void collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      void* carrier = nullptr;
      CURL* curl = message->easy_handle;
      CURLcode outcome = message->data.result;
      curl_easy_getinfo(curl, CURLINFO_PRIVATE, &carrier);
      curl_multi_remove_handle(multi_.get(), curl);  // `message` dies here
      finish(*static_cast<Carrier*>(carrier), outcome);
    }
  }

  void finish(Carrier& carrier, CURLcode outcome) {
    long status = 0;
    if (outcome == CURLE_OK) {
      curl_easy_getinfo(carrier.curl.get(), CURLINFO_RESPONSE_CODE, &status);
      latencies_.add(now_us() - carrier.begun_us);
    }
    idle_.push_back(&carrier);
    bool again = (status == kUnavailable || status == 0) && carrier.attempt < options_.attempts && !stopped_;
    if (again) {
      ++summary_.retries;
      int64_t pause_us = options_.retry_ms * 1'000 << (carrier.attempt - 1);
      postponed_.emplace(now_us() + pause_us, Postponed{std::move(carrier.delivery), carrier.attempt + 1});
      return;
    }
    ++summary_.sent;
    summary_.duplicates += carrier.delivery.duplicate ? 1 : 0;
    ++summary_.by_status[static_cast<int>(status)];
  }

  /// Until a socket has news, something is due, or for kPollMs.
  void wait() {
    if (done() || (!idle_.empty() && !nothing_new() && postponed_.size() < kWaitingMax && in_time())) return;
    int64_t wait_ms = kPollMs;
    if (!postponed_.empty()) wait_ms = std::clamp<int64_t>((postponed_.begin()->first - now_us()) / 1000, 1, kPollMs);
    if (options_.per_second > 0 && !idle_.empty() && !nothing_new()) wait_ms = 1;
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait_ms), nullptr);
  }

  SendSummary summary() const {
    SendSummary out = summary_;
    out.took_us = now_us() - started_us_;
    out.p50_us = latencies_.quantile_us(0.5);
    out.p99_us = latencies_.quantile_us(0.99);
    return out;
  }

  Simulation& simulation_;
  const SenderOptions& options_;
  SystemClock clock_;
  Owned<CURLM, curl_multi_cleanup> multi_;
  std::vector<Carrier> carriers_;
  std::vector<Carrier*> idle_;
  std::multimap<int64_t, Postponed> postponed_;  // by when they are due, steady us
  Latencies latencies_;
  SendSummary summary_;
  int64_t started_us_ = 0;
  uint64_t begun_ = 0;
  bool exhausted_ = false, stopped_ = false;
};

}  // namespace

bool SendSummary::all_accepted() const {
  return std::ranges::all_of(by_status, [](const auto& each) { return each.first >= 200 && each.first <= 299; });
}

Result<SendSummary> send_all(Simulation& simulation, const SenderOptions& options,
                             const std::function<bool(const SendSummary&)>& progress) {
  return Sender(simulation, options).run(progress);
}

}  // namespace hookswitch
