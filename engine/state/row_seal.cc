#include "engine/state/row_seal.h"

#include <algorithm>
#include <array>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"

namespace hookswitch {
namespace {

constexpr std::string_view kSecretPlace = "state secret";
constexpr size_t kSecretAt = 9;  // of the row "sealing"
constexpr size_t kPrivateBytes = 16;
constexpr size_t kPlainSeenBytes = 16;  // state/seen.h: a row without an answer, which is about nobody

std::string place_of(Table table, std::string_view key) {
  std::string place = "row ";
  place.append(name(table)).append(1, ' ').append(key);
  return place;
}

}  // namespace

bool RowSeal::may_hide_keys(const Reader& reader) {
  constexpr std::array kWithPrivateKeys{Table::call_index, Table::contacts, Table::suppressions,
                                        Table::timers,     Table::memory,   Table::erasure_names};
  return std::ranges::all_of(kWithPrivateKeys, [&](Table table) { return reader.count(table) == 0; });
}

Result<RowSeal> RowSeal::make(bool hides_keys) {
  std::string secret = random_bytes(kKeyBytes);
  auto keys = Keys::make(secret);
  if (!keys) return std::unexpected(keys.error());
  const uint64_t id = (*keys)->newest();
  return RowSeal(std::move(secret), hides_keys, id, std::move(*keys));
}

Result<RowSeal> RowSeal::read(std::string_view row, const Keys* keys) {
  if (row.size() <= kSecretAt) return fail(Code::corrupt, "read the state's secret: found {} bytes", row.size());
  const std::string_view sealed = row.substr(kSecretAt);
  if (keys == nullptr || !keys->has(key_id_of(sealed)))
    return fail(Code::conflict,
                "open the state: found it sealed with the key {}, expected that as encryption.key or among "
                "encryption.retired_keys",
                key_name(key_id_of(sealed)));
  auto secret = keys->opened(kSecretPlace, sealed);
  if (!secret) return wrap(secret.error(), "read the state's secret");
  auto own = Keys::make(*secret);
  if (!own) return std::unexpected(own.error());
  const uint64_t id = (*own)->newest();
  return RowSeal(std::move(*secret), row.front() == 1, id, std::move(*own));
}

RowSeal RowSeal::locked(std::string_view row) {
  return RowSeal("", false, row.size() <= kSecretAt ? 0 : get_le<uint64_t>(row.data() + 1), nullptr);
}

std::string RowSeal::row(const Keys& keys) const {
  std::string out(1, hides_keys_ ? '\1' : '\0');
  put_le(out, id_);
  return out + keys.sealed(kSecretPlace, secret_);
}

bool RowSeal::is_outdated(std::string_view row, const Keys& keys) {
  return row.size() > kSecretAt && key_id_of(row.substr(kSecretAt)) != keys.newest();
}

std::string RowSeal::seal(Table table, std::string_view key, std::string_view value) const {
  return keys_->sealed(place_of(table, key), value);
}

bool RowSeal::is_sealed(std::string_view value) const { return value.size() >= kSealBytes && key_id_of(value) == id_; }

Result<std::string> RowSeal::open(Table table, std::string_view key, std::string_view value) const {
  if (!keys_)
    return fail(Code::denied, "read a row of the table {}: it is sealed, and there is no key to open it", name(table));
  auto opened = keys_->opened(place_of(table, key), value);
  if (!opened) return wrap(opened.error(), fmt::format("read a row of the table {}", name(table)));
  return opened;
}

std::string RowSeal::private_text(std::string_view text) const {
  if (!hides_keys_) return std::string(text);
  return hmac_sha256(secret_, "hookswitch private" + std::string(text)).substr(0, kPrivateBytes);
}

bool RowSeal::seals(Table table, std::string_view value) {
  switch (table) {
    case Table::calls:
    case Table::transcripts:
    case Table::activity:
    case Table::contacts:
    case Table::timers:
    case Table::actions:
    case Table::tasks:
    case Table::suppressions:
    case Table::campaigns:
    case Table::recordings:
    case Table::commands:
    case Table::dead:
    case Table::memory:
    case Table::traces:
    case Table::audit:
    case Table::erasures:
    case Table::erasure_names:
      return !value.empty();
    case Table::seen:
      return value.size() > kPlainSeenBytes;
    default:
      return false;
  }
}

std::string_view OpenedRows::keep(std::string row) {
  bytes_ += row.size();
  rows_.push_back(std::move(row));
  while (rows_.size() > 1 && bytes_ > limits::kOpenedRowBytes) {
    bytes_ -= rows_.front().size();
    rows_.pop_front();
  }
  return rows_.back();
}

}  // namespace hookswitch
