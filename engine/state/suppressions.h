// Who must not be called, and how often somebody was: what is looked at before a number is dialled.
//
// Table suppressions (text: put_key_text of keys.h, of the private_text()):
//   's' text(phone) tenant           -> JSON {phone, tenant?, reason?, until?, created_at}; tenant "": for all of them
//   'd' text(phone) i64 (ordered: when) u16 n -> sized channel, sized tenant, sized action (bytes.h): what was placed
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/json_rows.h"

namespace hookswitch {

struct Suppression {
  std::string phone;   // E.164
  std::string tenant;  // "": whoever calls
  std::string reason;
  int64_t until_ms = 0;  // 0: for ever
  int64_t created_ms = 0;

  bool holds(int64_t now_ms) const { return until_ms == 0 || until_ms > now_ms; }
  Json to_json() const;  // as GET /suppressions shows it
  static Suppression from_json(const Json& row);
};

void put_suppression(Writer& writer, const Suppression& suppression);
/// Whether it was there.
bool remove_suppression(Writer& writer, std::string_view phone, std::string_view tenant);
/// What keeps this tenant from calling the number at `now_ms`: its own word or the one for all.
std::optional<Suppression> find_suppression(const Reader& reader, std::string_view phone, std::string_view tenant,
                                            int64_t now_ms);
/// All that were put for this number, over or not.
std::vector<Suppression> suppressions_of(const Reader& reader, std::string_view phone);
/// By number; `tenant` "" lists those of all.
Result<JsonPage> suppressions_page(const Reader& reader, std::string_view tenant, std::string_view cursor,
                                   size_t limit);

/// A call or message to a number.
struct Dial {
  std::string phone, tenant, channel;
  std::string action;  // its attempts count once
};
/// It is dialled at `at_ms`, now or later. What is older than limits::kDialsKeptMs is forgotten.
void note_dial(Writer& writer, const Dial& dial, int64_t at_ms, int64_t now_ms);
/// All that were noted of the number.
void forget_dials(Writer& writer, std::string_view phone);
/// How many others like this from `from_ms` on and before `to_ms`.
int count_dials(const Reader& reader, const Dial& dial, int64_t from_ms, int64_t to_ms);

}  // namespace hookswitch
