// A refused delivery as it might have been: verified again with something changed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/doctor/refusal.h"
#include "engine/providers/provider.h"

namespace hookswitch {

struct Attempt {
  std::shared_ptr<const Source> source;
  std::string method, url, target, kind, body, peer;
  HeaderList headers;
  int64_t now_ms = 0;

  /// What the source says about it; an error of the plugin counts as a refusal "plugin_error".
  Verdict verdict() const;
  bool accepted() const { return verdict().kind != Verdict::Kind::refuse; }
  void set_content_type(const std::string& type);
};

/// What is changed: two changes of one part do not go together.
enum class ChangedPart { address, content_type, source, time, body };

struct Change {
  ChangedPart part;
  std::function<void(Attempt&)> apply;
  std::string advice;   // a sentence for the operator, if this is what was wrong
  std::string setting;  // key of the configuration that would do the same, "" when none would
  std::string value;    // that it should have; "" where that is a secret
};

}  // namespace hookswitch
