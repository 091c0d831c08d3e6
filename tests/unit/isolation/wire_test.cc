// Whatever a process writes, reading it ends, in bounded memory, and what is not whole is not taken.
#include <catch2/catch.hpp>
#include <random>

#include "engine/isolation/messages.h"

using namespace hookswitch;

namespace {

template <class... T>
std::string written(const T&... values) {
  std::string out;
  WireWriter{out}(values...);
  return out;
}

Verdict a_verdict() {
  Verdict out;
  out.kind = Verdict::Kind::refuse;
  out.code = "signature_mismatch";
  out.reason = std::string("with a \0 in it, and \xff", 22);
  out.wants_reply = true;
  return out;
}

/// Reads `bytes` as an answer of each kind.
template <class... T>
int taken_as(std::string_view bytes) {
  int taken = 0;
  const auto as = [&](auto result) {
    WireReader in(bytes);
    AnswerHead head;
    in(head, result);
    taken += in.done() ? 1 : 0;
  };
  (as(Result<T>()), ...);
  return taken;
}

int taken(std::string_view bytes) {
  return taken_as<Verdict, std::vector<DecodedEvent>, RenderedReply, HttpRequest, ActionOutcome, SyncPage,
                  SignedRequest, std::vector<PlayedDelivery>, PluginDescription, void>(bytes);
}

}  // namespace

TEST_CASE("a value comes back as it was") {
  std::string bytes = written(Result<Verdict>(a_verdict()));
  WireReader in(bytes);
  Result<Verdict> out;
  in(out);
  REQUIRE(in.done());
  CHECK(out->kind == Verdict::Kind::refuse);
  CHECK(out->code == "signature_mismatch");
  CHECK(out->reason == a_verdict().reason);
  CHECK(out->wants_reply);
  CHECK(written(out) == bytes);
}

TEST_CASE("an error comes back as it was") {
  std::string bytes = written(Result<SyncPage>(fail(Code::too_large, "found {}", 7)));
  WireReader in(bytes);
  Result<SyncPage> out;
  in(out);
  REQUIRE(in.done());
  CHECK(out.error().code == Code::too_large);
  CHECK(out.error().message == "found 7");
}

TEST_CASE("a message that is cut off, or goes on, is not taken") {
  const std::string whole = written(AnswerHead{{1, 0, 0}, {{true, "a line"}}}, Result<Verdict>(a_verdict()));
  CHECK(taken_as<Verdict>(whole) == 1);
  CHECK(taken_as<Verdict>(whole + "x") == 0);
  for (size_t size = 0; size < whole.size(); ++size) CHECK(taken_as<Verdict>(whole.substr(0, size)) == 0);
}

TEST_CASE("a number that is no value of its enum is not taken") {
  for (int kind = 0; kind < 256; ++kind) {
    std::string bytes = written(AnswerHead(), Result<Verdict>(a_verdict()));
    bytes[written(AnswerHead(), true).size()] = static_cast<char>(kind);
    CHECK(taken_as<Verdict>(bytes) == (kind <= 2 ? 1 : 0));
  }
}

TEST_CASE("a list that says it is longer than its message, or than any may be, is not taken") {
  for (uint32_t count : {1U, uint32_t{limits::kMessageItems}, uint32_t{limits::kMessageItems} + 1, UINT32_MAX}) {
    CHECK(taken(written(PluginCounters(), count)) == 0);
    CHECK(taken(written(AnswerHead(), true, count)) == 0);
  }
  const std::vector<std::string> most(limits::kMessageItems);
  auto read = [](const std::vector<std::string>& list) {
    std::string bytes = written(list);
    std::vector<std::string> out;
    WireReader in(bytes);
    in(out);
    return in.done() && out == list;
  };
  CHECK(read(most));
  CHECK_FALSE(read(std::vector<std::string>(limits::kMessageItems + 1)));
}

TEST_CASE("noise is never taken for long, and never more than noise") {
  std::mt19937 dice(20261121);
  for (int round = 0; round < 20'000; ++round) {
    std::string noise = written(AnswerHead(), round % 2 == 0);
    const size_t size = dice() % 200;
    for (size_t i = 0; i < size; ++i) noise.push_back(static_cast<char>(dice() % (round % 3 == 0 ? 256 : 3)));
    const int as = taken(noise);
    CHECK(as <= 10);
  }
}
