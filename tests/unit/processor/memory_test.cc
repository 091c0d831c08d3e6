// A batch that runs out of memory: nothing of it has happened, and it comes again.
#include <catch2/catch.hpp>

#include <new>

#include "engine/state/timers.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

/// Rules that find no memory when they run for the n-th time, from `first` to `last`.
class StarvedRules final : public RuleSet {
 public:
  StarvedRules(std::unique_ptr<RuleSet> rules, int first, int last)
      : rules_(std::move(rules)), first_(first), last_(last) {}
  const std::vector<RuleInfo>& rules() const override { return rules_->rules(); }
  const std::string& hash() const override { return rules_->hash(); }
  std::expected<void, RuleError> run(const Event& event, World& world,
                                     const std::function<void(const RuleRun&)>& on_run) override {
    if (++runs_ >= first_ && runs_ <= last_) throw std::bad_alloc();
    return rules_->run(event, world, on_run);
  }

 private:
  const std::unique_ptr<RuleSet> rules_;
  const int first_, last_;
  int runs_ = 0;
};

/// A processor with a store of its own, beside that of the engine whose log it reads.
class Starved {
 public:
  Starved(InProcess& engine, int first, int last) {
    auto opened = Store::open({.dir = dir_.path() + "/state"}, engine.clock());
    REQUIRE(opened);
    store_ = std::move(*opened);
    auto rules = RuleSet::load(HOOKSWITCH_SOURCE_DIR "/rules", {});
    REQUIRE(rules);
    processor_ = std::make_unique<Processor>(Processor::Parts{.log = engine.log(),
                                                              .store = *store_,
                                                              .decoder = engine.decoder(),
                                                              .directory = engine.directory(),
                                                              .answers = engine.answers(),
                                                              .metrics = metrics_,
                                                              .clock = engine.clock()},
                                             std::make_unique<StarvedRules>(std::move(*rules), first, last));
  }
  Processor& processor() { return *processor_; }
  Store& store() { return *store_; }
  uint64_t count(Table table) { return store_->read().value()->count(table); }

 private:
  TempDir dir_;
  Metrics unread_;
  ProcessMetrics metrics_{unread_};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Processor> processor_;
};

std::string status_of(const std::string& call_sid) {
  return "AccountSid=AC00000000000000000000000000000000&CallSid=" + call_sid +
         "&CallStatus=completed&SequenceNumber=3&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A00+%2B0000";
}

}  // namespace

TEST_CASE("a batch that found no memory has not happened, and is done when it comes again") {
  InProcess engine;
  engine.settle();
  Starved starved(engine, 2, 2);
  Processor& processor = starved.processor();
  engine.deliver("twilio", "status", status_of("CA11111111111111111111111111111111"));
  engine.deliver("twilio", "status", status_of("CA22222222222222222222222222222222"));

  CHECK_FALSE(processor.step());
  CHECK(processor.status().position == 0);
  CHECK_THAT(processor.status().stopped, Catch::Contains("bad_alloc"));
  CHECK(starved.count(Table::calls) == 0);

  CHECK(processor.step());
  CHECK(processor.status().position == 2);
  CHECK(processor.status().stopped.empty());
  CHECK(starved.count(Table::calls) == 2);
  CHECK(starved.count(Table::dead) == 0);
}

TEST_CASE("a timer whose batch failed is not fired a second time") {
  InProcess engine;
  engine.settle();
  Starved starved(engine, 1, 3);
  REQUIRE(starved.store().write([&](Writer& writer) -> Status {
    set_timer(writer, {"remind", engine.clock().now_ms(), "remind", "{}"});
    return {};
  }));
  REQUIRE(eventually([&] { return starved.processor().step() || starved.processor().status().stopped != ""; }));
  while (!starved.processor().step()) CHECK_THAT(starved.processor().status().stopped, Catch::Contains("bad_alloc"));
  CHECK(engine.deliver("twilio", "status", status_of("CA11111111111111111111111111111111")) == 2);
}

}  // namespace hookswitch::test
