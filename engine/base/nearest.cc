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

// How many letters have to be put in, taken out, replaced or swapped with their neighbour to make `a` into `b`.
size_t edits(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> to(a.size() + 1, std::vector<size_t>(b.size() + 1));
  std::iota(to[0].begin(), to[0].end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    to[i][0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = to[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      to[i][j] = std::min({replaced, to[i - 1][j] + 1, to[i][j - 1] + 1});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) to[i][j] = std::min(to[i][j], to[i - 2][j - 2] + 1);
    }
  }
  return to[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  size_t fewest = std::max<size_t>(1, lowered(word).size() / 3) + 1;
  for (const std::string& candidate : known) {
    size_t count = edits(lowered(word), lowered(candidate));
    if (count > fewest || (count == fewest && (best.empty() || candidate >= best))) continue;
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
