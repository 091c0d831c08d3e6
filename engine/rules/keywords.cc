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

/// Whether the words of `rest`, each with a blank behind it, come next in the text. `compared` grows by what was read.
bool follows(std::string_view text, size_t at, std::string_view rest, size_t& compared) {
  while (!rest.empty()) {
    const size_t size = rest.find(' ');
    const size_t begin = word_begin(text, at);
    const size_t end = word_end(text, begin);
    compared += end - at;
    if (!equals_lower(text.substr(begin, end - begin), rest.substr(0, size))) return false;
    rest.remove_prefix(size + 1);
    at = end;
  }
  return true;
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

/// Adds up what was compared, and has it paid for in large enough pieces.
class Keywords::Meter {
 public:
  explicit Meter(const Pay& pay) : pay_(pay) {}
  size_t& compared() { return compared_; }
  void look() {
    if (compared_ < kPiece) return;
    pay_(compared_);
    compared_ = 0;
  }

 private:
  static constexpr size_t kPiece = 16 * 1024;
  const Pay& pay_;
  size_t compared_ = 0;
};

void Keywords::add(std::string_view phrase, double weight, size_t category) {
  categories_ = std::max(categories_, category + 1);
  size_t begin = word_begin(phrase, 0);
  if (begin == phrase.size()) return;
  size_t end = word_end(phrase, begin);
  const std::string word = lower_text(phrase.substr(begin, end - begin));
  std::string rest;
  for (begin = word_begin(phrase, end); begin < phrase.size(); begin = word_begin(phrase, end)) {
    end = word_end(phrase, begin);
    rest.append(lower_text(phrase.substr(begin, end - begin))).append(1, ' ');
  }
  bytes_ += bytes_of(phrase);
  lengths_[letter(word[0])] |= length_bit(word.size());
  const size_t slot = slot_of(word);
  size_t compared = 0;
  uint32_t at = find(slot, word, compared);
  if (at == 0) {
    firsts_.push_back({word, slots_[slot], {}});
    at = slots_[slot] = static_cast<uint32_t>(firsts_.size());
  }
  firsts_[at - 1].phrases.push_back({std::move(rest), weight, category});
}

uint32_t Keywords::find(size_t slot, std::string_view word, size_t& compared) const {
  uint32_t at = slots_[slot];
  for (; at != 0 && !equals_lower(word, firsts_[at - 1].word); at = firsts_[at - 1].next) compared += word.size();
  return at;
}

std::vector<double> Keywords::scores(std::string_view text, const Pay& pay) const {
  std::vector<double> sums(categories_);
  Meter meter(pay);
  for (size_t at = word_begin(text, 0); at < text.size(); at = word_begin(text, at)) {
    const size_t end = word_end(text, at);
    const std::string_view word = text.substr(at, end - at);
    at = end;
    if ((lengths_[letter(word[0])] & length_bit(word.size())) == 0) continue;
    const uint32_t first = find(slot_of(word), word, meter.compared());
    meter.look();
    if (first == 0) continue;
    for (const Phrase& phrase : firsts_[first - 1].phrases) {
      if (follows(text, end, phrase.rest, meter.compared())) sums[phrase.category] += phrase.weight;
      meter.look();
    }
  }
  return sums;
}

}  // namespace hookswitch
