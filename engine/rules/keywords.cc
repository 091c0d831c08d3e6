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

uint32_t length_bit(size_t size) { return 1U << std::min(size, kLengthsTold); }

/// In lower case. All bytes beyond ASCII are one: lower case may begin otherwise.
size_t letter(char c) { return std::min<size_t>(static_cast<unsigned char>(word_byte(c)), 128); }

size_t slot_of(std::string_view word) {
  const size_t second = word.size() > 1 ? letter(word[1]) : 0;
  return (letter(word[0]) * 61 + second * 7 + word.size() * 409) % 4096;
}

/// Lower case changes no byte's place, so bytes are compared where they stand until one is beyond ASCII.
bool equals_lower(std::string_view found, std::string_view lower) {
  if (found.size() != lower.size()) return false;
  for (size_t at = 0; at < found.size(); ++at) {
    if (static_cast<unsigned char>(found[at]) >= 128) return lower_text(found) == lower;
    if (word_byte(found[at]) != lower[at]) return false;
  }
  return true;
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
  const size_t slot = slot_of(words[0]);
  lengths_[letter(words[0][0])] |= length_bit(words[0].size());
  uint32_t at = find(slot, words[0]);
  if (at == 0) {
    firsts_.push_back({words[0], slots_[slot], {}});
    at = slots_[slot] = static_cast<uint32_t>(firsts_.size());
  }
  words.erase(words.begin());
  firsts_[at - 1].phrases.push_back({std::move(words), weight, category});
}

uint32_t Keywords::find(size_t slot, std::string_view word) const {
  uint32_t at = slots_[slot];
  while (at != 0 && !equals_lower(word, firsts_[at - 1].word)) at = firsts_[at - 1].next;
  return at;
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
    if ((lengths_[letter(word[0])] & length_bit(word.size())) == 0) continue;
    const uint32_t first = find(slot_of(word), word);
    if (first == 0) continue;
    for (const Phrase& phrase : firsts_[first - 1].phrases) {
      if (follows(text, end, phrase.rest)) sums[phrase.category] += phrase.weight;
    }
  }
  return sums;
}

}  // namespace hookswitch
