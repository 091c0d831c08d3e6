// Whether bytes speak of somebody: by a phone number, or by one of the ids that calls, tasks and actions of theirs
// have.
//
// Looked for in records and rows of whatever form, so it goes by the bytes: a number in its international digits,
// however the '+' in front is written; an id between characters that no id has.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/base/json.h"
#include "engine/log/blobs.h"
#include "engine/log/record.h"
#include "engine/state/erasures.h"

namespace hookswitch {

class Mentions {
 public:
  /// With every name that is known of it by now.
  Mentions(const Reader& reader, const Erasure& erasure);
  Mentions(std::string_view phone, std::string_view tenant);

  /// Ids that are too short to stand for themselves are left out. Whether it is one.
  bool add(std::string_view name);

  bool in(std::string_view bytes) const;
  /// Headers and body; the body's pieces if it is a blob. A blob that cannot be read counts as one that does not.
  bool in(const RecordView& record, const Blobs& blobs) const;

  /// The value without the entries of its lists that speak of them; nullopt when it would still do so.
  std::optional<Json> without(Json value) const;

 private:
  bool has_phone(std::string_view bytes) const;
  bool has_tenant(std::string_view bytes) const;
  bool has_name(std::string_view bytes) const;
  bool in_blob(const BlobReader& body) const;
  void prune(Json& value) const;

  std::string digits_;  // of the phone, or ""
  std::string tenant_;  // or ""
  std::unordered_set<std::string> names_;
};

}  // namespace hookswitch
