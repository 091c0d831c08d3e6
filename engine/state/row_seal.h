// Rows of the state, sealed: what people said, who they are and what is planned for them.
//
// Each state has a secret of its own, 32 random bytes made with it and sealed with the configured key in the row
// "sealing" of the table meta: u8 1 when keys hide what is private (0: the state was there before it was encrypted),
// u64 id of the secret, then the secret, sealed. A new configured key seals that one row again, at the next start, so a
// retired one is not needed for the state any more.
//
// A sealed row begins with the id of that secret, as sealing/keys.h has it; any other row is in clear and is sealed
// when it is written next. It is bound to its table and key. Keys of rows stay in clear, for they are searched in
// order; where a key would hold a phone number, a contact's id or words of a rule's own, it holds private_text() of
// it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/sealing/keys.h"
#include "engine/state/store.h"

namespace hookswitch {

class RowSeal {
 public:
  /// Whether no key holds a text in clear that would be looked for by its hash from then on.
  static bool may_hide_keys(const Reader& reader);
  /// A new secret.
  static Result<RowSeal> make(bool hides_keys);
  /// From the row "sealing". Errors: conflict when its key is not configured.
  static Result<RowSeal> read(std::string_view row, const Keys* keys);
  /// For those who have no key: knows sealed rows, and opens none of them.
  static RowSeal locked(std::string_view row);
  /// The row "sealing".
  std::string row(const Keys& keys) const;
  /// Whether that row is sealed with another key than the newest.
  static bool is_outdated(std::string_view row, const Keys& keys);

  std::string seal(Table table, std::string_view key, std::string_view value) const;
  bool is_sealed(std::string_view value) const;
  Result<std::string> open(Table table, std::string_view key, std::string_view value) const;
  std::string private_text(std::string_view text) const;

  /// Whether a row of the table is sealed when it is written.
  static bool seals(Table table, std::string_view value);

 private:
  RowSeal(std::string secret, bool hides_keys, uint64_t id, std::shared_ptr<const Keys> keys)
      : secret_(std::move(secret)), hides_keys_(hides_keys), id_(id), keys_(std::move(keys)) {}

  std::string secret_;
  bool hides_keys_;
  uint64_t id_;
  std::shared_ptr<const Keys> keys_;  // of the secret alone; null: locked
};

/// Rows that a transaction has opened: the newest few megabytes of them stay. [one thread]
class OpenedRows {
 public:
  std::string_view keep(std::string row);

 private:
  std::deque<std::string> rows_;
  size_t bytes_ = 0;
};

}  // namespace hookswitch
