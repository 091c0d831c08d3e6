#include "engine/workbench/lua_tokens.h"

#include <algorithm>
#include <array>

namespace hookswitch {
namespace {

using Kind = LuaToken::Kind;

constexpr std::array<std::string_view, 22> kKeywords = {
    "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
    "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};
constexpr std::array<std::string_view, 10> kLongSymbols = {"...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool in_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c); }

class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) {}

  std::vector<LuaToken> scan() {
    if (source_.starts_with('#')) at_ = line_end(0);
    while (at_ < source_.size()) next();
    return std::move(tokens_);
  }

 private:
  char look(size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  size_t line_end(size_t from) const { return std::min(source_.find('\n', from), source_.size()); }

  /// The end of `source_` that is looked at moves to `end`; lines are counted on the way.
  void skip_to(size_t end) {
    end = std::min(end, source_.size());
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         source_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    at_ = end;
  }

  void add(Kind kind, size_t begin, size_t end, size_t next) {
    tokens_.push_back({kind, std::string(source_.substr(begin, end - begin)), line_});
    skip_to(next);
  }

  void next() {
    const char c = look();
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v') return skip_to(at_ + 1);
    if (c == '-' && look(1) == '-') return comment();
    if (c == '"' || c == '\'') return quoted(c);
    if (c == '[' && long_level(at_) >= 0) return long_text();
    if (is_digit(c) || (c == '.' && is_digit(look(1)))) return number();
    if (in_name(c)) return name();
    symbol();
  }

  /// Of "[==[" the number of '='; -1 when none begins here.
  int long_level(size_t from) const {
    size_t at = from + 1;
    while (at < source_.size() && source_[at] == '=') ++at;
    return at < source_.size() && source_[at] == '[' ? static_cast<int>(at - from - 1) : -1;
  }

  /// Begin and end of what stands in the long brackets at `from`.
  std::pair<size_t, size_t> long_content(size_t from) const {
    const auto level = static_cast<size_t>(long_level(from));
    const size_t begin = from + level + 2;
    return {begin, std::min(source_.find("]" + std::string(level, '=') + "]", begin), source_.size())};
  }

  void comment() {
    at_ += 2;
    if (look() != '[' || long_level(at_) < 0) return skip_to(line_end(at_));
    const auto level = static_cast<size_t>(long_level(at_));
    skip_to(long_content(at_).second + level + 2);
  }

  void long_text() {
    const auto level = static_cast<size_t>(long_level(at_));
    const auto [begin, end] = long_content(at_);
    add(Kind::text, begin, end, end + level + 2);
  }

  void quoted(char quote) {
    size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
    end = std::min(end, source_.size());
    add(Kind::text, at_ + 1, end, end + 1);
  }

  void number() {
    size_t end = at_;
    for (; end < source_.size(); ++end) {
      const bool sign =
          (source_[end] == '+' || source_[end] == '-') && std::string_view("eEpP").contains(source_[end - 1]);
      if (!in_name(source_[end]) && source_[end] != '.' && !sign) break;
    }
    add(Kind::number, at_, end, end);
  }

  void name() {
    size_t end = at_;
    while (end < source_.size() && in_name(source_[end])) ++end;
    const std::string_view word = source_.substr(at_, end - at_);
    const bool keyword = std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
    add(keyword ? Kind::keyword : Kind::name, at_, end, end);
  }

  void symbol() {
    for (std::string_view symbol : kLongSymbols) {
      if (source_.substr(at_).starts_with(symbol))
        return add(Kind::symbol, at_, at_ + symbol.size(), at_ + symbol.size());
    }
    add(Kind::symbol, at_, at_ + 1, at_ + 1);
  }

  std::string_view source_;
  size_t at_ = 0;
  int line_ = 1;
  std::vector<LuaToken> tokens_;
};

}  // namespace

std::vector<LuaToken> lua_tokens(std::string_view source) { return Scanner(source).scan(); }

}  // namespace hookswitch
