// Whether bytes speak of somebody: by a phone number, or by one of the ids that calls, tasks and actions of theirs
// have.
//
// Looked for in records and rows of whatever form, so it goes by the bytes: a number in its international digits,
// however the '+' in front is written; an id between characters that no id has. An id of a contact is any word that
// somebody chose, so it counts only where a contact's id stands: as `contact_id`, and as what a command about a contact
// is about.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/base/json.h"
#include "engine/log/blobs.h"
#include "engine/log/record.h"
#include "engine/state/erasures.h"
#include "engine/state/store.h"

namespace hookswitch {

/// The name of an erasure that stands for a contact's id, whatever that is.
std::string contact_name(std::string_view id);
/// The name that stands for the record of this sequence itself.
std::string record_name(uint64_t seq);

class Mentions {
 public:
  /// With every name that is known of it by now.
  Mentions(const Reader& reader, const Erasure& erasure);
  Mentions(std::string_view phone, std::string_view tenant);

  /// Ids that are too short to stand for themselves are left out. Whether it is one.
  bool add(std::string_view name);
  /// Another number.
  void add_phone(std::string_view phone);
  void add_contact(std::string_view id);
  bool is_contact(const std::string& id) const { return contacts_.contains(id); }

  bool in(std::string_view bytes) const;
  /// Itself by its name, headers and body; the body's pieces if it is a blob. A blob that cannot be read counts as one
  /// that does not.
  bool in(const RecordView& record, const Blobs& blobs) const;

  /// A row of the state.
  bool in(Table table, std::string_view key, std::string_view value) const;

  /// As long as they were, with another digit in place of those of the number: what is around it keeps its form.
  std::string masked(std::string_view bytes) const;

  /// A command's body with {} in place of everyone of its `people` of whom this is, so that the others keep their
  /// numbers, and masked for the rest; nullopt when it would still speak of them.
  std::optional<Json> without_people(Json body) const;

 private:
  bool has_phone(std::string_view bytes) const;
  bool has_tenant(std::string_view bytes) const;
  bool has_name(std::string_view bytes) const;
  bool has_contact(std::string_view bytes) const;
  bool is_about_contact(const RecordView& record) const;
  bool in_blob(const BlobReader& body) const;

  std::vector<std::string> digits_;  // of phones
  std::string tenant_;               // or ""
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> contacts_;  // ids
};

}  // namespace hookswitch
