#include "engine/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "engine/base/clock.h"

namespace hookswitch::cli {
namespace {

constexpr int64_t kDrawEveryUs = 200'000;
constexpr size_t kBarWidth = 30;
constexpr double kMicros = 1e6;
constexpr const char* kEraseLine = "\r\x1b[K";

}  // namespace

Progress::Progress(std::string doing)
    : doing_(std::move(doing)), terminal_(::isatty(STDERR_FILENO) == 1), began_us_(SystemClock().steady_us()) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "{}", kEraseLine);
}

void Progress::show(uint64_t done, uint64_t of) {
  int64_t now_us = SystemClock().steady_us();
  if (!terminal_ || of == 0 || now_us - drawn_us_ < kDrawEveryUs) return;
  drawn_us_ = now_us;
  drawn_ = true;
  fmt::print(stderr, "{}{}", kEraseLine, line(done, of, static_cast<double>(now_us - began_us_) / kMicros));
  std::fflush(stderr);
}

std::string Progress::line(uint64_t done, uint64_t of, double seconds) const {
  done = std::min(done, of);
  double share = static_cast<double>(done) / static_cast<double>(of);
  auto filled = static_cast<size_t>(share * kBarWidth);
  double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  double left = rate > 0 ? static_cast<double>(of - done) / rate : 0;
  return fmt::format("{} [{}{}] {:3.0f} %  {} of {} records  {:.0f}/s  {:.0f} s left", doing_, std::string(filled, '#'),
                     std::string(kBarWidth - filled, '.'), share * 100, grouped(done), grouped(of), rate, left);
}

std::string grouped(uint64_t number) {
  if (number < 1'000) return std::to_string(number);
  return fmt::format("{} {:03}", grouped(number / 1'000), number % 1'000);
}

}  // namespace hookswitch::cli
