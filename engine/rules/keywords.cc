#include "engine/rules/keywords.h"

#include <algorithm>
#include <array>

namespace hookswitch {
namespace {

/// Per byte: 0 when it ends a word, else its lower case.
constexpr std::array<char, 256> kWordByte = [] {
  std::array<char, 256> out{};
  for (int c = 'a'; c <= 'z'; ++c) out[static_cast<size_t>(c)] = static_cast<char>(c);
  for (int c = 'A'; c <= 'Z'; ++c) out[static_cast<size_t>(c)] = static_cast<char>(c + 32);
  for (int c = '0'; c <= '9'; ++c) out[static_cast<size_t>(c)] = static_cast<char>(c);
  for (int c = 128; c < 256; ++c) out[static_cast<size_t>(c)] = static_cast<char>(c);
  out['\''] = '\'';
  return out;
}();

char word_byte(char c) { return kWordByte[static_cast<unsigned char>(c)]; }

size_t word_begin(std::string_view text, size_t at) {
  while (at < text.size() && word_byte(text[at]) == 0) ++at;
  return at;
}

size_t word_end(std::string_view text, size_t at) {
  while (at < text.size() && word_byte(text[at]) != 0) ++at;
  return at;
}

constexpr size_t kLengthsTold = 31;  // longer words count as this long

uint32_t length_bit(std::string_view word) { return 1U << std::min(word.size(), kLengthsTold); }

/// A hash of the first two bytes in lower case. All bytes beyond ASCII are one: their lower case can begin otherwise.
size_t beginning(std::string_view word) {
  auto byte = [&](size_t at) -> size_t {
    if (at >= word.size()) return 0;
    const auto found = static_cast<unsigned char>(word_byte(word[at]));
    return found < 128 ? found : 128;
  };
  return (byte(0) * 61 + byte(1)) % std::tuple_size_v<std::array<uint32_t, 4096>>;
}

bool equals_lower(std::string_view found, std::string_view lower) {
  return found.size() == lower.size() && lower_text(found) == lower;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  for (size_t at = word_begin(text, 0); at < text.size(); at = word_begin(text, at)) {
    const size_t end = word_end(text, at);
    out.push_back(lower_text(text.substr(at, end - at)));
    at = end;
  }
  return out;
}

/// One code point of two bytes, 110xxxxx 10xxxxxx.
int lower_two_byte(int c) {
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 0x20;                // Latin-1
  if (c >= 0x100 && c <= 0x137 && c != 0x130 && c % 2 == 0) return c + 1;  // Latin Extended-A
  if (c >= 0x139 && c <= 0x148 && c % 2 == 1) return c + 1;
  if (c >= 0x14A && c <= 0x177 && c % 2 == 0) return c + 1;
  if (c == 0x218 || c == 0x21A) return c + 1;                   // Romanian comma below
  if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 0x20;  // Greek
  if (c >= 0x410 && c <= 0x42F) return c + 0x20;                // Cyrillic
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  return c;
}

bool is_two_byte(std::string_view text, size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  return first >= 0xC3 && first <= 0xDF && at + 1 < text.size() && (text[at + 1] & 0xC0) == 0x80;
}

}  // namespace

std::string lower_text(std::string_view text) {
  std::string out(text);
  for (size_t at = 0; at < out.size(); ++at) {
    if (out[at] >= 'A' && out[at] <= 'Z') out[at] = static_cast<char>(out[at] + 32);
    if (!is_two_byte(out, at)) continue;
    const int lower = lower_two_byte((out[at] & 0x1F) << 6 | (out[at + 1] & 0x3F));
    out[at] = static_cast<char>(0xC0 | lower >> 6);
    out[++at] = static_cast<char>(0x80 | (lower & 0x3F));
  }
  return out;
}

void Keywords::add(std::string_view phrase, double weight, size_t category) {
  categories_ = std::max(categories_, category + 1);
  std::vector<std::string> words = words_of(phrase);
  if (words.empty()) return;
  words_.push_back(std::make_unique<std::string>(std::move(words[0])));
  const std::string& first = *words_.back();
  lengths_[beginning(first)] |= length_bit(first);
  words.erase(words.begin());
  by_first_[first].push_back({std::move(words), weight, category});
}

bool Keywords::follows(std::string_view text, size_t at, const std::vector<std::string>& words) const {
  for (const std::string& word : words) {
    at = word_begin(text, at);
    const size_t end = word_end(text, at);
    if (!equals_lower(text.substr(at, end - at), word)) return false;
    at = end;
  }
  return true;
}

std::vector<double> Keywords::scores(std::string_view text) const {
  std::vector<double> sums(categories_);
  for (size_t at = word_begin(text, 0); at < text.size(); at = word_begin(text, at)) {
    const size_t end = word_end(text, at);
    const std::string_view word = text.substr(at, end - at);
    at = end;
    if ((lengths_[beginning(word)] & length_bit(word)) == 0) continue;
    auto found = by_first_.find(lower_text(word));
    if (found == by_first_.end()) continue;
    for (const Phrase& phrase : found->second) {
      if (follows(text, end, phrase.rest)) sums[phrase.category] += phrase.weight;
    }
  }
  return sums;
}

}  // namespace hookswitch
