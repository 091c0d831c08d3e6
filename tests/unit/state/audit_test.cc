#include "engine/state/audit.h"

#include <catch2/catch.hpp>

#include "tests/unit/state/temp_store.h"

using namespace hookswitch;

namespace {

constexpr int64_t kDay = 86'400'000;

AuditRow row(uint64_t seq, const std::string& by, const std::string& command, const std::string& tenant = "") {
  return {.seq = seq,
          .time_ms = static_cast<int64_t>(seq) * kDay,
          .by = by,
          .from = "203.0.113.9",
          .command = command,
          .target = "t" + std::to_string(seq),
          .tenant = tenant,
          .status = 200};
}

std::vector<uint64_t> seqs(const Reader& reader, const AuditFilter& filter) {
  auto page = audit_page(reader, filter, "", 50);
  REQUIRE(page);
  std::vector<uint64_t> out;
  for (const Json& one : page->rows) out.push_back(one["seq"]);
  return out;
}

}  // namespace

TEST_CASE("changes are listed newest first, by who, what, whose and when") {
  TempStore store;
  store.write([](Writer& writer) {
    put_audit(writer, row(1, "ana", "task.create", "B1/L1"));
    put_audit(writer, row(2, "bob", "task.update", "B2/L1"));
    put_audit(writer, row(3, "ana", "token.create"));
  });
  auto reader = store.read();
  using Seqs = std::vector<uint64_t>;
  CHECK(seqs(*reader, {}) == Seqs{3, 2, 1});
  CHECK(seqs(*reader, {.by = "ana"}) == Seqs{3, 1});
  CHECK(seqs(*reader, {.command = "task.*"}) == Seqs{2, 1});
  CHECK(seqs(*reader, {.command = "task"}).empty());
  CHECK(seqs(*reader, {.target = "t2"}) == Seqs{2});
  CHECK(seqs(*reader, {.tenant = "B1/L1"}) == Seqs{1});
  CHECK(seqs(*reader, {.from_ms = 2 * kDay, .to_ms = 3 * kDay}) == Seqs{2});
}

TEST_CASE("pages of the audit trail hang together, and another filter's cursor is refused") {
  TempStore store;
  store.write([](Writer& writer) {
    for (uint64_t seq = 1; seq <= 5; ++seq) put_audit(writer, row(seq, "ana", "task.create"));
  });
  auto reader = store.read();
  auto first = audit_page(*reader, {}, "", 2);
  auto second = audit_page(*reader, {}, first->next_cursor, 2);
  CHECK(second->rows[0]["seq"] == 3);
  CHECK_FALSE(audit_page(*reader, {.by = "bob"}, first->next_cursor, 2));
}

TEST_CASE("the oldest rows go when there are too many") {
  TempStore store;
  store.write([](Writer& writer) {
    for (uint64_t seq = 1; seq <= 10; ++seq) put_audit(writer, row(seq, "ana", "task.create"), 4);
  });
  CHECK(seqs(*store.read(), {}) == std::vector<uint64_t>{10, 9, 8, 7});
}
