// A batch that runs out of memory: nothing of it has happened, and it comes again.
#include <catch2/catch.hpp>

#include <new>

#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

/// Rules that find no memory the first time they run, behind a record that they have handled well.
class StarvedRules final : public RuleSet {
 public:
  explicit StarvedRules(std::unique_ptr<RuleSet> rules) : rules_(std::move(rules)) {}
  const std::vector<RuleInfo>& rules() const override { return rules_->rules(); }
  const std::string& hash() const override { return rules_->hash(); }
  std::expected<void, RuleError> run(const Event& event, World& world,
                                     const std::function<void(const RuleRun&)>& on_run) override {
    if (++runs_ == 2) throw std::bad_alloc();
    return rules_->run(event, world, on_run);
  }

 private:
  const std::unique_ptr<RuleSet> rules_;
  int runs_ = 0;
};

std::string status_of(const std::string& call_sid) {
  return "AccountSid=AC00000000000000000000000000000000&CallSid=" + call_sid +
         "&CallStatus=completed&SequenceNumber=3&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A00+%2B0000";
}

}  // namespace

TEST_CASE("a batch that found no memory has not happened, and is done when it comes again") {
  InProcess engine;
  engine.settle();
  TempDir dir;
  auto store = Store::open({.dir = dir.path() + "/state"}, engine.clock());
  REQUIRE(store);
  Metrics unread;
  ProcessMetrics metrics(unread);
  auto rules = RuleSet::load(HOOKSWITCH_SOURCE_DIR "/rules", {});
  REQUIRE(rules);
  Processor processor({.log = engine.log(),
                       .store = **store,
                       .decoder = engine.decoder(),
                       .directory = engine.directory(),
                       .answers = engine.answers(),
                       .metrics = metrics,
                       .clock = engine.clock()},
                      std::make_unique<StarvedRules>(std::move(*rules)));
  engine.deliver("twilio", "status", status_of("CA11111111111111111111111111111111"));
  engine.deliver("twilio", "status", status_of("CA22222222222222222222222222222222"));

  CHECK_FALSE(processor.step());
  CHECK(processor.status().position == 0);
  CHECK_THAT(processor.status().stopped, Catch::Contains("bad_alloc"));
  CHECK((*store)->read().value()->count(Table::calls) == 0);

  CHECK(processor.step());
  CHECK(processor.status().position == 2);
  CHECK(processor.status().stopped.empty());
  CHECK((*store)->read().value()->count(Table::calls) == 2);
  CHECK((*store)->read().value()->count(Table::dead) == 0);
}

}  // namespace hookswitch::test
