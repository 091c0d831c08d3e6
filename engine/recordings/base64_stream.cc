#include "engine/recordings/base64_stream.h"

namespace hookswitch {
namespace {

int digit_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

Result<std::string> Base64Stream::feed(std::string_view piece) {
  std::string out;
  out.reserve(piece.size() / 4 * 3 + 3);
  for (char c : piece) {
    if (c == '\\' && !escape_) {
      escape_ = true;
      continue;
    }
    int digit = digit_of(c);
    bool wrong_escape = std::exchange(escape_, false) && c != '/';
    bool pads = c == '=' && digits_ >= 2;
    if (wrong_escape || (digit < 0 && !pads) || (padding_ > 0 && !pads)) {
      return fail(Code::invalid, "decode base64: found a character that cannot stand there");
    }
    if (pads) ++padding_;
    bits_ = bits_ << 6 | static_cast<uint32_t>(pads ? 0 : digit);
    if (++digits_ < 4) continue;
    for (int i = 0; i < 3 - padding_; ++i) out.push_back(static_cast<char>(bits_ >> (16 - 8 * i) & 0xff));
    bits_ = 0;
    digits_ = 0;
  }
  return out;
}

Status Base64Stream::finish() const {
  if (digits_ == 0 && !escape_) return {};
  return fail(Code::invalid, "decode base64: it ends in the middle of a group of four");
}

}  // namespace hookswitch
