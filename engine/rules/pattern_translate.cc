// From a Lua pattern to an RE2 expression. Every single-character item becomes the explicit set of bytes it matches,
// computed as Lua's own matcher would; so only the structure has to be translated.
#include <bitset>
#include <optional>

#include "engine/rules/patterns.h"

namespace hookswitch {
namespace {

using ByteSet = std::bitset<256>;

constexpr size_t kCapturesMax = 32;  // as in Lua

bool is_upper(int c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(int c) { return c >= 'a' && c <= 'z'; }
bool is_digit(int c) { return c >= '0' && c <= '9'; }
bool is_graph(int c) { return c > 32 && c < 127; }
bool is_alnum(int c) { return is_upper(c) || is_lower(c) || is_digit(c); }

/// Whether byte c is in %<letter>, for a lower-case letter. nullopt: the letter names no class.
std::optional<bool> in_class(char letter, int c) {
  switch (letter) {
    case 'a':
      return is_upper(c) || is_lower(c);
    case 'c':
      return c < 32 || c == 127;
    case 'd':
      return is_digit(c);
    case 'g':
      return is_graph(c);
    case 'l':
      return is_lower(c);
    case 'p':
      return is_graph(c) && !is_alnum(c);
    case 's':
      return c == ' ' || (c >= 9 && c <= 13);
    case 'u':
      return is_upper(c);
    case 'w':
      return is_alnum(c);
    case 'z':  // of older Lua, and still understood
      return c == 0;
    case 'x':
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    default:
      return std::nullopt;
  }
}

/// What `%<letter>` matches: a class, its complement when upper case, else the character itself.
ByteSet escaped(char letter) {
  ByteSet set;
  const char lower = is_upper(letter) ? static_cast<char>(letter + 32) : letter;
  for (int c = 0; c < 256; ++c) {
    if (auto inside = in_class(lower, c)) set[static_cast<size_t>(c)] = *inside != is_upper(letter);
  }
  if (!in_class(lower, 0)) set.set(static_cast<unsigned char>(letter));
  return set;
}

std::string hex_byte(int byte) {
  constexpr const char* kDigits = "0123456789abcdef";
  return {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

/// The set as an RE2 character class of byte ranges.
std::string as_class(const ByteSet& set) {
  if (set.none()) return "[^\\x00-\\xff]";
  std::string out = "[";
  for (int first = 0; first < 256; ++first) {
    if (!set[static_cast<size_t>(first)]) continue;
    int last = first;
    while (last < 255 && set[static_cast<size_t>(last) + 1]) ++last;
    out += hex_byte(first);
    if (last > first) out += "-" + hex_byte(last);
    first = last;
  }
  return out + "]";
}

class Translator {
 public:
  Translator(std::string_view pattern, bool anchors) : text_(pattern), anchors_(anchors) {}

  std::expected<Translation, std::string> run() {
    out_.literal = text_.find_first_of("^$*+?.([%-") == std::string_view::npos && text_.find(')') == text_.npos;
    if (anchors_ && !text_.empty() && text_[0] == '^') {
      out_.anchored = true;
      at_ = 1;
    }
    while (at_ < text_.size() && error_.empty()) item();
    if (error_.empty() && !open_.empty()) error_ = "unfinished capture";
    if (!error_.empty()) return std::unexpected(error_);
    return std::move(out_);
  }

 private:
  void item() {
    const char c = text_[at_];
    if (c == '(') return open_capture();
    if (c == ')') return close_capture();
    if (c == '$' && anchors_ends_here()) {
      out_.expression += "\\z";
      ++at_;
      return;
    }
    if (c == '%' && at_ + 1 < text_.size()) refuse_unsupported(text_[at_ + 1]);
    if (!error_.empty()) return;
    const ByteSet set = single();
    if (!error_.empty()) return;
    out_.expression += as_class(set);
    quantifier();
  }

  bool anchors_ends_here() const { return at_ + 1 == text_.size(); }

  void open_capture() {
    if (out_.is_position.size() >= kCapturesMax) {
      error_ = "too many captures";
      return;
    }
    const bool position = at_ + 1 < text_.size() && text_[at_ + 1] == ')';
    out_.is_position.push_back(position);
    out_.expression += position ? "()" : "(";
    if (!position) open_.push_back(out_.is_position.size());
    at_ += position ? 2 : 1;
  }

  void close_capture() {
    if (open_.empty()) {
      error_ = "invalid pattern capture";
      return;
    }
    open_.pop_back();
    out_.expression += ")";
    ++at_;
  }

  void refuse_unsupported(char letter) {
    const std::string instead = "; use hookswitch.text, or find and sub";
    if (letter == 'b') error_ = "%b cannot be matched in linear time" + instead;
    if (letter == 'f') error_ = "%f is not available to rules: use \\b with hookswitch.text.match";
    if (is_digit(letter)) error_ = "a back reference (%1) cannot be matched in linear time" + instead;
  }

  /// One single-character item: what it matches. Moves behind it.
  ByteSet single() {
    const char c = text_[at_++];
    if (c == '.') return ByteSet().set();
    if (c == '[') return set();
    if (c != '%') return ByteSet().set(static_cast<unsigned char>(c));
    if (at_ == text_.size()) {
      error_ = "malformed pattern (ends with '%')";
      return {};
    }
    return escaped(text_[at_++]);
  }

  /// Behind the '['. As Lua: a ']' that comes first is itself, and a range needs a plain character on its left.
  ByteSet set() {
    const bool complement = at_ < text_.size() && text_[at_] == '^';
    if (complement) ++at_;
    const size_t end = set_end();
    if (!error_.empty()) return {};
    ByteSet members;
    while (at_ < end) add_member(members, end);
    at_ = end + 1;
    return complement ? ~members : members;
  }

  /// Where the set's ']' is.
  size_t set_end() {
    size_t at = at_;
    do {
      if (at >= text_.size()) break;
      if (text_[at++] == '%') ++at;
    } while (at < text_.size() && text_[at] != ']');
    if (at >= text_.size()) error_ = "malformed pattern (missing ']')";
    return at;
  }

  void add_member(ByteSet& members, size_t end) {
    const auto first = static_cast<unsigned char>(text_[at_]);
    if (first == '%') {
      members |= escaped(text_[at_ + 1]);
      at_ += 2;
    } else if (at_ + 2 < end && text_[at_ + 1] == '-') {
      for (int c = first; c <= static_cast<unsigned char>(text_[at_ + 2]); ++c) members.set(static_cast<size_t>(c));
      at_ += 3;
    } else {
      members.set(first);
      ++at_;
    }
  }

  void quantifier() {
    if (at_ == text_.size()) return;
    const char c = text_[at_];
    if (c != '*' && c != '+' && c != '?' && c != '-') return;
    out_.expression += c == '-' ? "*?" : std::string(1, c);
    ++at_;
  }

  std::string_view text_;
  bool anchors_;
  size_t at_ = 0;
  std::vector<size_t> open_;
  Translation out_;
  std::string error_;
};

}  // namespace

std::expected<Translation, std::string> translate(std::string_view pattern, bool anchors) {
  return Translator(pattern, anchors).run();
}

}  // namespace hookswitch
