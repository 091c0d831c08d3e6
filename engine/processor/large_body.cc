#include "engine/processor/large_body.h"

namespace hookswitch {
namespace {

constexpr size_t kReadBytes = 64 * 1024;

// Follows quotes and escapes byte by byte; holds back a string only until it is known to be long.
class Shortener {
 public:
  Shortener(const std::string& name, size_t string_bytes_max) : name_(name), max_(string_bytes_max) {}

  void feed(const char* bytes, size_t size) {
    for (size_t i = 0; i < size; ++i, ++offset_) in_string_ ? in_string(bytes[i]) : outside(bytes[i]);
  }

  std::string finish() {
    if (in_string_) end_string();  // cut off in the middle: the decoder will say so
    return std::move(out_);
  }
  size_t size() const { return out_.size(); }

 private:
  void outside(char c) {
    out_.push_back(c);
    if (c != '"') return;
    in_string_ = true;
    start_ = offset_ + 1;
    out_start_ = out_.size();
  }

  void in_string(char c) {
    if (c == '"' && !escaped_) {
      end_string();
      out_.push_back(c);
      in_string_ = false;
      return;
    }
    escaped_ = c == '\\' && !escaped_;
    if (offset_ - start_ < max_) out_.push_back(c);
  }

  void end_string() {
    escaped_ = false;
    size_t length = offset_ - start_;
    if (length <= max_) return;
    out_.resize(out_start_);
    out_ += "hookswitch-blob:" + name_ + ";offset=" + std::to_string(start_) + ";length=" + std::to_string(length);
  }

  const std::string& name_;
  size_t max_;
  std::string out_;
  size_t offset_ = 0;
  size_t start_ = 0;
  size_t out_start_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace

Result<std::string> shorten_large_body(const BlobReader& body, const std::string& name, size_t string_bytes_max,
                                       size_t out_bytes_max) {
  Shortener shortener(name, string_bytes_max);
  for (uint64_t offset = 0; offset < body.bytes(); offset += kReadBytes) {
    auto piece = body.read(offset, kReadBytes);
    if (!piece) return piece;
    shortener.feed(piece->data(), piece->size());
    if (shortener.size() > out_bytes_max) {
      return fail(Code::too_large, "decode the blob {}: found more than {} bytes beside its long strings", name,
                  out_bytes_max);
    }
  }
  return shortener.finish();
}

}  // namespace hookswitch
