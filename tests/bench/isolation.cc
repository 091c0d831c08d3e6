// What a process of its own costs a plugin: verify and decode in this process and isolated, by turns.
//   bench_isolation HOOKSWITCH PLUGINS [SECONDS] [THREADS]
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "engine/isolation/isolated_plugin.h"
#include "tests/bench/payload.h"

namespace hookswitch::bench {
namespace {

using Steady = std::chrono::steady_clock;

/// One way of running the plugin, and what is asked of it.
struct Side {
  Providers providers;
  std::shared_ptr<Source> source;

  Side(const std::string& program, const std::string& plugins) {
    if (!program.empty()) providers.open_with(isolating_opener(true, {}, {.program = program}));
    providers.load_file(plugins + "/elevenlabs.so");
    source = providers.create_source("elevenlabs", "elevenlabs", R"({"webhook_secret":"wsec"})").value();
  }

  void verify(const std::string& body) const {
    static const HeaderList headers{{"content-type", "application/json"},
                                    {"user-agent", "ElevenLabs"},
                                    {"elevenlabs-signature", "t=1766000000,v0=" + std::string(64, '0')}};
    DeliveryRequest request;
    request.url = "https://calls.example.com/hooks/elevenlabs";
    request.path = "/hooks/elevenlabs";
    request.headers = &headers;
    request.body = body;
    request.now_ms = 1'766'000'000'000;
    if (!source->verify(request)) std::abort();
  }

  void decode(const std::string& body) const {
    DecodeInput input;
    input.body = body;
    if (source->decode(input).value().size() != 1) std::abort();
  }
};

/// Calls per second of `threads` together.
template <class Fn>
double rate(double seconds, int threads, Fn&& fn) {
  std::atomic<uint64_t> calls{0};
  const auto begun = Steady::now();
  const auto until = begun + std::chrono::duration<double>(seconds);
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      uint64_t mine = 0;
      while (Steady::now() < until) {
        for (int n = 0; n < 50; ++n) fn();
        mine += 50;
      }
      calls += mine;
    });
  }
  for (auto& thread : all) thread.join();
  return static_cast<double>(calls) / std::chrono::duration<double>(Steady::now() - begun).count();
}

void compare(const char* what, size_t bytes, double here, double apart) {
  fmt::print("{:8} {:>8} B  here {:>9.0f}/s {:>6.1f} us   isolated {:>9.0f}/s {:>6.1f} us   {:.2f} x\n", what, bytes,
             here, 1e6 / here, apart, 1e6 / apart, here / apart);
}

}  // namespace
}  // namespace hookswitch::bench

int main(int argc, char** argv) {
  using namespace hookswitch::bench;
  if (argc < 3) {
    fmt::print(stderr, "usage: bench_isolation HOOKSWITCH PLUGINS [SECONDS] [THREADS]\n");
    return 2;
  }
  const double seconds = argc > 3 ? std::atof(argv[3]) : 1;
  const int threads = argc > 4 ? std::atoi(argv[4]) : 1;
  Side here("", argv[2]), apart(argv[1], argv[2]);
  for (size_t bytes : {size_t{500}, size_t{4'096}, size_t{65'536}, size_t{1'000'000}}) {
    const std::string body = body_of(1, bytes);
    const double verified = rate(seconds, threads, [&] { here.verify(body); });
    compare("verify", body.size(), verified, rate(seconds, threads, [&] { apart.verify(body); }));
    const double decoded = rate(seconds, threads, [&] { here.decode(body); });
    compare("decode", body.size(), decoded, rate(seconds, threads, [&] { apart.decode(body); }));
  }
  return 0;
}
