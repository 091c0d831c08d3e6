#include "engine/state/sketch.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/state/varint.h"

namespace hookswitch {
namespace {

constexpr int kPartBits = 6;        // 64 parts in a power of two
constexpr int64_t kStepMax = 8192;  // no two parts are further apart

int32_t part_of(int64_t value) {
  uint64_t size = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  int shift = std::max(0, static_cast<int>(std::bit_width(size)) - kPartBits - 1);
  auto part = static_cast<int32_t>((static_cast<uint64_t>(shift) << kPartBits) + (size >> shift));
  return value < 0 ? -part : part;
}

// The middle of a part.
int64_t value_of(int32_t part) {
  uint64_t size = static_cast<uint64_t>(part < 0 ? -part : part);
  uint64_t shift = size < (2U << kPartBits) ? 0 : (size >> kPartBits) - 1;
  uint64_t low = (size - (shift << kPartBits)) << shift;
  uint64_t middle = std::min<uint64_t>(low + (shift == 0 ? 0 : (1ULL << shift) / 2), INT64_MAX);
  return part < 0 ? -static_cast<int64_t>(middle) : static_cast<int64_t>(middle);
}

// A part as it is written: by its distance from the one before.
struct Written {
  int64_t step = 0;
  int64_t count = 0;
};

std::optional<Written> take_part(std::string_view& bytes) {
  auto step = take_zigzag(bytes);
  auto count = step ? take_zigzag(bytes) : std::nullopt;
  if (!count || *step < -kStepMax || *step > kStepMax) return std::nullopt;
  return Written{*step, *count};
}

void put_part(std::string& out, int64_t step, int64_t count) {
  put_zigzag(out, step);
  put_zigzag(out, count);
}

}  // namespace

void Sketch::add(int64_t value, int64_t times) {
  if (times == 0) return;
  int32_t part = part_of(value);
  auto at = std::ranges::lower_bound(parts_, part, {}, &std::pair<int32_t, int64_t>::first);
  if (at == parts_.end() || at->first != part) {
    parts_.insert(at, {part, times});
  } else if ((at->second += times) == 0) {
    parts_.erase(at);
  }
}

void Sketch::add(const Sketch& other) {
  std::vector<std::pair<int32_t, int64_t>> sum;
  sum.reserve(parts_.size() + other.parts_.size());
  std::ranges::merge(parts_, other.parts_, std::back_inserter(sum));
  parts_.clear();
  for (const auto& [part, count] : sum) {
    if (parts_.empty() || parts_.back().first != part) {
      parts_.emplace_back(part, count);
    } else if ((parts_.back().second += count) == 0) {
      parts_.pop_back();
    }
  }
}

int64_t Sketch::count() const {
  int64_t sum = 0;
  for (const auto& [part, count] : parts_) sum += count;
  return sum;
}

std::optional<int64_t> Sketch::quantile(double q) const {
  int64_t total = 0;
  for (const auto& [part, count] : parts_) total += std::max<int64_t>(count, 0);
  if (total <= 0) return std::nullopt;
  auto rank = static_cast<int64_t>(std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(total)));
  int64_t passed = 0;
  for (const auto& [part, count] : parts_) {
    passed += std::max<int64_t>(count, 0);
    if (passed >= std::max<int64_t>(rank, 1)) return value_of(part);
  }
  return value_of(parts_.back().first);
}

void Sketch::encode(std::string& out) const {
  int32_t before = 0;
  for (const auto& [part, count] : parts_) {
    put_zigzag(out, part - before);
    put_zigzag(out, count);
    before = part;
  }
}

std::optional<Sketch> Sketch::decode(std::string_view bytes) {
  Sketch sketch;
  sketch.parts_.reserve(bytes.size() / 2 + 1);  // no part takes less than two bytes
  int64_t part = 0;
  while (!bytes.empty()) {
    auto next = take_part(bytes);
    if (!next) return std::nullopt;
    part += next->step;
    sketch.parts_.emplace_back(static_cast<int32_t>(part), next->count);
  }
  return sketch;
}

bool Sketch::add_encoded(std::string_view bytes, int64_t value, int64_t times, std::string& out) {
  const int64_t wanted = part_of(value);
  int64_t before = 0;
  std::string_view left = bytes;
  std::optional<Written> next;
  size_t kept = 0;  // bytes of the parts below the wanted one
  for (; !left.empty(); kept = bytes.size() - left.size()) {
    next = take_part(left);
    if (!next) return false;
    if (before + next->step >= wanted) break;
    before += next->step;
    next.reset();
  }
  out.append(bytes.substr(0, kept));
  const bool known = next && before + next->step == wanted;
  const int64_t count = (known ? next->count : 0) + times;
  const int64_t at = count != 0 ? wanted : before;  // a part with no count is not written
  if (count != 0) put_part(out, wanted - before, count);
  if (known) {  // goes on with the part behind it, if there is one
    if (left.empty()) return true;
    before = wanted;
    next = take_part(left);
    if (!next) return false;
  }
  if (next) put_part(out, before + next->step - at, next->count);
  out.append(left);
  return true;
}

}  // namespace hookswitch
