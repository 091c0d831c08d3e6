// Scoring text by keywords: whole words, upper and lower case alike, fast enough for a whole transcript.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hookswitch {

/// The lower-case form: A to Z, and the two-byte letters of Latin, Greek and Cyrillic that have one; other bytes stay.
std::string lower_text(std::string_view text);

/// A set of words and phrases with weights. Words are runs of letters, digits, apostrophes and bytes beyond ASCII;
/// a phrase matches when its words follow each other, whatever stands between them.
class Keywords {
 public:
  /// `category` counts from 0; each has a sum of its own.
  void add(std::string_view phrase, double weight, size_t category = 0);
  /// Per category the sum of the weights of all occurrences, in the order of the text.
  std::vector<double> scores(std::string_view text) const;
  double score(std::string_view text) const { return scores(text)[0]; }

 private:
  struct Phrase {
    std::vector<std::string> rest;  // the words behind the first
    double weight = 0;
    size_t category = 0;
  };
  bool follows(std::string_view text, size_t at, const std::vector<std::string>& words) const;

  size_t categories_ = 1;
  std::unordered_map<std::string_view, std::vector<Phrase>> by_first_;
  std::vector<std::unique_ptr<std::string>> words_;  // owns what the keys point to
  // Of the first words: by a hash of their first two bytes, the lengths they have. Most words of a text end here.
  std::array<uint32_t, 4096> lengths_{};
};

}  // namespace hookswitch
