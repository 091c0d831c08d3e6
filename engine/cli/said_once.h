// What is looked at again and again is told of when it changes, not at every look.
#pragma once

#include <string>

namespace hookswitch::cli {

class SaidOnce {
 public:
  /// Whether this is another text than the last; "" is that all is well, as at first.
  bool is_news(const std::string& text) {
    if (text == last_) return false;
    last_ = text;
    return true;
  }

 private:
  std::string last_;
};

}  // namespace hookswitch::cli
