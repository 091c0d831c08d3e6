#include "engine/state/call_ids.h"

#include <algorithm>
#include <vector>

#include "engine/state/keys.h"

namespace hookswitch {
namespace {

constexpr size_t kSpellings = 64;  // of one key; few hold more than one call's id
constexpr char kSource = 'o';        // what is noted of a call: a source that has spoken of it,
constexpr char kTenant = 'w';        // and a tenant whose it was taken for

std::string link_rest(std::string_view kind, std::string_view value) {
  std::string rest;
  put_key_text(rest, value);
  return rest + bounded_key(kind);
}

std::string reverse_prefix(std::string_view call_id) {
  std::string key = "r";
  put_key_text(key, call_id);
  return key;
}

std::string noted_prefix(char what, std::string_view call_id) {
  std::string key(1, what);
  put_key_text(key, call_id);
  return key;
}

std::string alias_key(std::string_view old_id) { return "m" + bounded_key(old_id); }

std::string former_prefix(std::string_view call_id) {
  std::string key = "f";
  put_key_text(key, call_id);
  return key;
}

std::optional<std::string> copied(std::optional<std::string_view> row) {
  if (!row) return std::nullopt;
  return std::string(*row);
}

// The first of whatever kind: a value that two kinds share names the same call in all providers we know.
std::optional<std::string> find_by_value(const Reader& reader, std::string_view value) {
  std::string prefix = "x";
  put_key_text(prefix, value);
  std::optional<std::string> found;
  reader.scan_prefix(Table::call_ids, prefix, [&](std::string_view, std::string_view call_id) {
    found = std::string(call_id);
    return false;
  });
  return found;
}

// What follows the prefix in every key that begins with it.
std::vector<std::string> rests_of(const Reader& reader, const std::string& prefix) {
  std::vector<std::string> rests;
  reader.scan_prefix(Table::call_ids, prefix, [&](std::string_view key, std::string_view) {
    rests.emplace_back(key.substr(prefix.size()));
    return true;
  });
  return rests;
}

// For every provider's id of the call, what follows 'x' in its key.
std::vector<std::string> link_rests(const Reader& reader, std::string_view call_id) {
  return rests_of(reader, reverse_prefix(call_id));
}

void put_link(Writer& writer, const std::string& rest, std::string_view call_id) {
  writer.put(Table::call_ids, "x" + rest, call_id);
  writer.put(Table::call_ids, reverse_prefix(call_id) + rest, {});
}

void note(Writer& writer, char what, std::string_view call_id, std::string_view text) {
  std::string key = noted_prefix(what, call_id) + bounded_key(text);
  if (!writer.get(Table::call_ids, key)) writer.put(Table::call_ids, key, {});
}

void remove_alias(Writer& writer, const std::string& old_id) {
  auto call_id = copied(writer.get(Table::call_ids, alias_key(old_id)));
  if (!call_id) return;
  writer.del(Table::call_ids, alias_key(old_id));
  writer.del(Table::call_ids, former_prefix(*call_id) + bounded_key(old_id));
}

void put_alias(Writer& writer, const std::string& old_id, std::string_view call_id) {
  remove_alias(writer, old_id);
  writer.put(Table::call_ids, alias_key(old_id), call_id);
  writer.put(Table::call_ids, former_prefix(call_id) + bounded_key(old_id), {});
}

// Where the next of our ids begins at or after `from`; npos when there is none.
size_t find_own_id(std::string_view text, size_t from) {
  auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  size_t at = text.find(kCallIdPrefix, from);
  for (; at != std::string_view::npos; at = text.find(kCallIdPrefix, at + 1)) {
    const std::string_view digits = text.substr(at + kCallIdPrefix.size()).substr(0, kCallIdDigits);
    if (digits.size() == kCallIdDigits && std::ranges::all_of(digits, is_digit)) return at;
  }
  return at;
}

std::string replace_all(std::string text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

}  // namespace

std::optional<std::string> find_call_id(const Reader& reader, std::string_view kind, std::string_view value) {
  return copied(reader.get(Table::call_ids, "x" + link_rest(kind, value)));
}

void link_call(Writer& writer, std::string_view kind, std::string_view value, std::string_view call_id) {
  std::string rest = link_rest(kind, value);
  if (auto old = copied(writer.get(Table::call_ids, "x" + rest))) {
    if (*old == call_id) return;
    writer.del(Table::call_ids, reverse_prefix(*old) + rest);
  }
  put_link(writer, rest, call_id);
}

std::optional<std::string> resolve_call_id(const Reader& reader, std::string_view any_id) {
  std::string own = bounded_key(any_id);
  if (!own.empty() && reader.get(Table::calls, own)) return own;
  std::string known = find_by_value(reader, any_id).value_or(std::move(own));
  if (auto present = reader.get(Table::call_ids, alias_key(known))) known = *present;
  if (known.empty() || !reader.get(Table::calls, known)) return std::nullopt;
  return known;
}

void note_call_source(Writer& writer, std::string_view call_id, std::string_view source) {
  note(writer, kSource, call_id, source);
}

std::vector<std::string> call_sources(const Reader& reader, std::string_view call_id) {
  return rests_of(reader, noted_prefix(kSource, call_id));
}

void note_former_tenant(Writer& writer, std::string_view call_id, std::string_view tenant) {
  note(writer, kTenant, call_id, tenant);
}

std::vector<std::string> former_tenants_of(const Reader& reader, std::string_view call_id) {
  return rests_of(reader, noted_prefix(kTenant, call_id));
}

void move_call_links(Writer& writer, const std::string& from, const std::string& to) {
  for (const std::string& rest : link_rests(writer, from)) {
    writer.del(Table::call_ids, reverse_prefix(from) + rest);
    put_link(writer, rest, to);
  }
  for (char what : {kSource, kTenant}) {
    for (const std::string& text : rests_of(writer, noted_prefix(what, from))) {
      note(writer, what, to, text);
      writer.del(Table::call_ids, noted_prefix(what, from) + text);
    }
  }
  remove_alias(writer, to);  // it is a living call again
  for (const std::string& old_id : former_ids_of(writer, from)) put_alias(writer, old_id, to);
  put_alias(writer, from, to);
}

std::vector<std::string> former_ids_of(const Reader& reader, std::string_view call_id) {
  return rests_of(reader, former_prefix(call_id));
}

std::vector<std::string> ids_of_call(const Reader& reader, std::string_view any_id) {
  auto present = resolve_call_id(reader, any_id);
  if (!present) return {};
  std::vector<std::string> ids = former_ids_of(reader, *present);
  ids.insert(ids.begin(), std::move(*present));
  return ids;
}

std::vector<std::string> key_spellings(std::string_view key,
                                       const std::function<std::vector<std::string>(std::string_view)>& ids_of) {
  std::string usual(key);
  std::vector<std::vector<std::string>> calls;  // those that are known by several ids
  for (size_t at = find_own_id(usual, 0); at != std::string::npos; at = find_own_id(usual, at + 1)) {
    const std::string found = usual.substr(at, kCallIdPrefix.size() + kCallIdDigits);
    auto ids = ids_of(found);
    if (ids.size() < 2) continue;
    usual.replace(at, found.size(), ids.front());
    if (std::ranges::find(calls, ids) == calls.end()) calls.push_back(std::move(ids));
  }
  std::vector<std::string> out{usual};
  for (const auto& ids : calls) {
    const std::vector<std::string> others = out;
    if (others.size() * ids.size() > kSpellings) break;
    for (size_t n = 1; n < ids.size(); ++n) {
      for (const std::string& one : others) out.push_back(replace_all(one, ids.front(), ids[n]));
    }
  }
  return out;
}

std::vector<std::string> external_ids_of(const Reader& reader, std::string_view call_id, std::string_view kind) {
  std::vector<std::string> ids;
  for (const std::string& rest : link_rests(reader, call_id)) {
    const size_t size = key_text_size(rest);
    if (!kind.empty() && rest.substr(size) != bounded_key(kind)) continue;
    if (size > 1 && static_cast<unsigned char>(rest[0]) != 0xff) ids.push_back(rest.substr(1, size - 1));
  }
  return ids;
}

void remove_call_links(Writer& writer, const std::string& call_id) {
  for (const std::string& rest : link_rests(writer, call_id)) {
    writer.del(Table::call_ids, reverse_prefix(call_id) + rest);
    writer.del(Table::call_ids, "x" + rest);
  }
  for (char what : {kSource, kTenant}) {
    const std::string prefix = noted_prefix(what, call_id);
    for (const std::string& text : rests_of(writer, prefix)) writer.del(Table::call_ids, prefix + text);
  }
  for (const std::string& old_id : former_ids_of(writer, call_id)) remove_alias(writer, old_id);
}

}  // namespace hookswitch
