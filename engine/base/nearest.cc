#include "engine/base/nearest.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace hookswitch {
namespace {

constexpr size_t kWordBytes = 100;  // longer words are compared by their beginning

std::string lowered(std::string_view text) {
  std::string out(text.substr(0, kWordBytes));
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

// How many letters have to be put in, taken out or replaced to make `a` into `b`.
size_t edits(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  size_t fewest = std::max<size_t>(1, lowered(word).size() / 3) + 1;
  for (const std::string& candidate : known) {
    size_t count = edits(lowered(word), lowered(candidate));
    if (count >= fewest) continue;
    fewest = count;
    best = candidate;
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  std::string best = nearest(word, known);
  return best.empty() ? "" : " (did you mean " + best + "?)";
}

}  // namespace hookswitch
