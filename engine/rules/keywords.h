// Scoring text by keywords: whole words, upper and lower case alike, fast enough for a whole transcript.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hookswitch {

/// The lower-case form: A to Z, and the two-byte letters of Latin, Greek and Cyrillic that have one; other bytes stay.
std::string lower_text(std::string_view text);

/// A set of words and phrases with weights. Words are runs of letters, digits, apostrophes and bytes beyond ASCII;
/// a phrase matches when its words follow each other, whatever stands between them.
class Keywords {
 public:
  /// Told now and then how many bytes were compared beyond reading the text once; may throw to end it.
  using Pay = std::function<void(size_t bytes)>;

  /// `category` counts from 0; each has a sum of its own.
  void add(std::string_view phrase, double weight, size_t category = 0);
  /// Per category the sum of the weights of all occurrences, in the order of the text. Categories behind the last that
  /// has words are left out.
  std::vector<double> scores(std::string_view text, const Pay& pay) const;
  double score(std::string_view text, const Pay& pay) const { return scores(text, pay)[0]; }

  /// What is kept, about.
  size_t bytes() const { return bytes_; }
  /// What adding the phrase keeps at most.
  static size_t bytes_of(std::string_view phrase) { return 2 * (phrase.size() + sizeof(First) + sizeof(Phrase)); }

 private:
  struct Phrase {
    std::string rest;  // the words behind the first, with a blank behind each
    double weight = 0;
    size_t category = 0;
  };
  /// What begins with the same word.
  struct First {
    std::string word;
    uint32_t next = 0;  // of the same slot; 0: none
    std::vector<Phrase> phrases;
  };
  class Meter;
  uint32_t find(size_t slot, std::string_view word, size_t& compared) const;

  size_t categories_ = 1;
  size_t bytes_ = 0;
  std::vector<First> firsts_;            // named by their number here, from 1
  std::array<uint32_t, 129> lengths_{};  // by first byte, the lengths of those words: most words of a text end here
  // By a hash of length and first two bytes, the first of those words; 0: none.
  std::array<uint32_t, 4096> slots_{};
};

}  // namespace hookswitch
