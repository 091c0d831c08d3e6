#include "engine/sealing/keys.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>
#include <thread>

using namespace hookswitch;

namespace {

std::string key(char c) { return std::string(kKeyBytes, c); }
std::shared_ptr<const Keys> keys(char newest, std::vector<std::string> retired = {}) {
  return Keys::make(key(newest), std::move(retired)).value();
}
// Epoch and count: what makes the nonce and its key.
std::string nonce_of(const std::string& sealed) { return sealed.substr(8, 24); }

}  // namespace

TEST_CASE("what is sealed opens again, and shows nothing of what it is") {
  const auto some = keys('a');
  for (size_t bytes : {size_t{0}, size_t{1}, size_t{100}, size_t{100'000}}) {
    const std::string text(bytes, 'x');
    const std::string sealed = some->sealed("here", text);
    CHECK(sealed.size() == bytes + kSealBytes);
    CHECK(sealed.find("xxxx") == std::string::npos);
    CHECK(some->opened("here", sealed).value() == text);
  }
}

TEST_CASE("pieces are sealed as one text") {
  const auto some = keys('a');
  std::string sealed(7 + kSealBytes, '\0');
  REQUIRE(some->seal("here", {"one", "", "more"}, sealed.data()));
  CHECK(some->opened("here", sealed).value() == "onemore");
}

TEST_CASE("every changed bit is noticed, and so is another place") {
  const auto some = keys('a');
  const std::string sealed = some->sealed("here", "what was said");
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    const auto opened = some->opened("here", changed);
    REQUIRE(!opened);
    CHECK(opened.error().code == (bit / 8 < 8 ? Code::denied : Code::corrupt));
  }
  CHECK(some->opened("there", sealed).error().code == Code::corrupt);
  CHECK(some->opened("here", sealed.substr(0, sealed.size() - 1)).error().code == Code::corrupt);
  CHECK(some->opened("here", "short").error().code == Code::corrupt);
}

TEST_CASE("a retired key opens what it sealed, and seals nothing") {
  const std::string old = keys('a')->sealed("here", "old");
  const auto both = keys('b', {key('a')});
  CHECK(both->opened("here", old).value() == "old");
  const std::string fresh = both->sealed("here", "new");
  CHECK(key_id_of(fresh) == keys('b')->newest());
  CHECK(keys('b')->opened("here", old).error().code == Code::denied);
  CHECK(keys('a')->opened("here", fresh).error().message.find(key_name(both->newest())) != std::string::npos);
}

TEST_CASE("no nonce comes twice: not in a thread, not in two, not in a child, not after a start") {
  std::set<std::string> seen;
  const auto some = keys('a');
  auto seal_some = [&](const Keys& with) {
    std::vector<std::string> nonces;
    for (int i = 0; i < 1'000; ++i) nonces.push_back(nonce_of(with.sealed("here", "x")));
    return nonces;
  };
  auto take = [&](const std::vector<std::string>& nonces) {
    for (const std::string& nonce : nonces) CHECK(seen.insert(nonce).second);
  };
  take(seal_some(*some));
  std::vector<std::string> other;
  std::thread([&] { other = seal_some(*some); }).join();
  take(other);
  take(seal_some(*keys('a')));  // the same key, as another start would have it
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  if (::fork() == 0) {
    const std::string nonce = nonce_of(some->sealed("here", "x"));
    ::_exit(::write(ends[1], nonce.data(), nonce.size()) == 24 ? 0 : 1);
  }
  std::string nonce(24, '\0');
  REQUIRE(::read(ends[0], nonce.data(), nonce.size()) == 24);
  ::close(ends[0]);
  ::close(ends[1]);
  ::wait(nullptr);
  const std::string next = nonce_of(some->sealed("here", "x"));
  CHECK(nonce.substr(0, 16) != next.substr(0, 16));
  take({nonce, next});
}

TEST_CASE("many epochs are opened, more than a thread keeps ready") {
  const auto some = keys('a');
  std::vector<std::string> sealed(200);
  for (std::string& each : sealed) std::thread([&] { each = some->sealed("here", "x"); }).join();
  for (int round = 0; round < 2; ++round) {
    for (const std::string& each : sealed) CHECK(some->opened("here", each).value() == "x");
  }
}

TEST_CASE("a key is read as hex or base64, and an error does not show it") {
  const std::string bytes = "0123456789abcdef0123456789abcdef";
  CHECK(read_key("3031323334353637383961626364656630313233343536373839616263646566\n").value() == bytes);
  CHECK(read_key("  MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").value() == bytes);
  for (const char* wrong : {"", "secret", "3031", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQ==",
                            "zz31323334353637383961626364656630313233343536373839616263646566"}) {
    const auto read = read_key(wrong);
    REQUIRE(!read);
    CHECK(read.error().code == Code::invalid);
    CHECK((std::string(wrong).empty() || read.error().message.find(wrong) == std::string::npos));
  }
}

TEST_CASE("keys of another length and a key named twice are refused") {
  CHECK(Keys::make("short").error().code == Code::invalid);
  CHECK(Keys::make(key('a'), {key('b'), key('a')}).error().code == Code::invalid);
}
