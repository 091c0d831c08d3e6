// A stage with its own rules, one source of each provider and a scratch store, in a temporary directory.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>

#include "engine/workbench/stage.h"
#include "tests/support/temp_dir.h"

namespace hookswitch::test {

class StageFixture {
 public:
  explicit StageFixture(const std::string& rule, uint64_t map_bytes = 1ULL << 30,
                        Stage::Timers timers = Stage::Timers::fire)
      : dir_(), decoder_(sources_, open_blobs()), log_(open_log()), store_(open_store(map_bytes)) {
    std::ofstream(dir_.path() + "/one.lua") << rule;
    rules = expect(RuleSet::load(dir_.path(), {}));
    providers_.load_dir(HOOKSWITCH_BINARY_DIR "/plugins");
    sources_.put(expect(providers_.create_source("elevenlabs", "elevenlabs", R"({"webhook_secret":"wsec_test"})")));
    stage.emplace(Stage::Parts{*log_, decoder_, directory_, *store_, process_metrics_}, timers,
                  [this](const RecordView&, const Event& event, const Evaluation& evaluation) {
                    heard.push_back(event.type + " " + std::to_string(evaluation.effects.size()));
                  });
  }
  ~StageFixture() { log_->stop(); }

  Status deliver(uint64_t seq, int64_t time_ms, const std::string& body) {
    RecordView record;
    record.seq = seq;
    record.time_ms = time_ms;
    record.source = "elevenlabs";
    record.body = body;
    return stage->handle(record, *rules);
  }
  std::unique_ptr<Reader> read() { return expect(store_->read()); }
  Store& store() { return *store_; }

  template <class T>
  static T expect(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
  }

  std::unique_ptr<RuleSet> rules;
  std::optional<Stage> stage;
  std::vector<std::string> heard;

 private:
  Blobs& open_blobs() {
    blobs_ = expect(Blobs::open(dir_.path() + "/blobs"));
    return *blobs_;
  }
  std::unique_ptr<Log> open_log() {
    LogOptions options{.dir = dir_.path() + "/log", .blob_dir = dir_.path() + "/blobs", .extend_bytes = 0};
    return expect(Log::open(options, clock_));
  }
  std::unique_ptr<Store> open_store(uint64_t map_bytes) {
    return expect(
        Store::open({.dir = dir_.path() + "/state", .map_bytes_initial = map_bytes, .scratch = true}, clock_));
  }

  TempDir dir_;
  ManualClock clock_{1'766'100'000'000};
  Metrics metrics_;
  ProcessMetrics process_metrics_{metrics_};
  Directory directory_;
  Providers providers_;
  Sources sources_;
  std::unique_ptr<Blobs> blobs_;
  Decoder decoder_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Store> store_;
};

}  // namespace hookswitch::test
