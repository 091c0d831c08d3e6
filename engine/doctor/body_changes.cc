#include "engine/doctor/body_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/base/json.h"
#include "engine/base/json_depth.h"
#include "engine/http/url.h"

namespace hookswitch {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr const char* kForm = "application/x-www-form-urlencoded";
constexpr const char* kJson = "application/json";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kReserializeBytes = 512 * 1024;  // larger JSON is not written anew
constexpr size_t kReserializeDepth = 16;          // the same; with every level each line is indented further

void add(std::vector<Change>& to, const RefusedDelivery& refusal, std::string body, const std::string& what) {
  bool known = body == refusal.body;
  if (known) return;
  to.push_back(
      {.part = ChangedPart::body,
       .apply = [body = std::move(body)](Attempt& attempt) { attempt.body = body; },
       .advice = fmt::format("Its body was changed on the way ({}): whatever stands in front must pass the bytes on "
                             "as they came; no setting can accept this.",
                             what),
       .setting = "",
       .value = ""});
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    bool here = text.substr(at).starts_with(from);
    out += here ? to : text.substr(at, 1);
    at += here ? from.size() : 1;
  }
  return out;
}

void add_line_ends(std::vector<Change>& to, const RefusedDelivery& refusal) {
  std::string_view body = refusal.body;
  std::string_view bare = body;
  while (bare.ends_with('\n') || bare.ends_with('\r')) bare.remove_suffix(1);
  add(to, refusal, std::string(bare), "a line end was added");
  add(to, refusal, std::string(bare) + "\n", "a line end was taken away");
  add(to, refusal, std::string(bare) + "\r\n", "a line end was taken away");
  std::string unix_ends = replaced(body, "\r\n", "\n");
  add(to, refusal, unix_ends, "line ends were written as CR LF");
  add(to, refusal, replaced(unix_ends, "\n", "\r\n"), "line ends were written as LF");
  if (body.starts_with(kByteOrderMark)) {
    add(to, refusal, std::string(body.substr(kByteOrderMark.size())), "a byte order mark was added");
  } else {
    add(to, refusal, std::string(kByteOrderMark) + refusal.body, "a byte order mark was taken away");
  }
}

std::string to_utf8(std::string_view latin) {
  std::string out;
  for (char c : latin) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += {static_cast<char>(0xC0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F))};
    }
  }
  return out;
}

/// nullopt where it has characters that Latin-1 has not.
std::optional<std::string> to_latin(std::string_view utf8) {
  std::string out;
  for (size_t i = 0; i < utf8.size(); ++i) {
    auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      out += utf8[i];
    } else if ((byte == 0xC2 || byte == 0xC3) && i + 1 < utf8.size()) {
      out += static_cast<char>((byte & 3) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
    } else {
      return std::nullopt;
    }
  }
  return out;
}

void add_charsets(std::vector<Change>& to, const RefusedDelivery& refusal) {
  add(to, refusal, to_utf8(refusal.body), "UTF-8 was written as Latin-1");
  if (auto latin = to_latin(refusal.body)) add(to, refusal, *latin, "its characters were encoded a second time");
}

/// With a blank behind ':' and ',' as Python writes it.
std::string spaced(std::string_view compact) {
  std::string out;
  bool quoted = false;
  for (size_t i = 0; i < compact.size(); ++i) {
    out += compact[i];
    if (compact[i] == '\\' && quoted && i + 1 < compact.size()) {
      out += compact[++i];
    } else if (compact[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (compact[i] == ':' || compact[i] == ',')) {
      out += ' ';
    }
  }
  return out;
}

/// The ways in which JSON libraries write the same value.
void add_json(std::vector<Change>& to, const RefusedDelivery& refusal) {
  if (refusal.body.size() > kReserializeBytes || nests_deeper(refusal.body, kReserializeDepth)) return;
  OrderedJson value = OrderedJson::parse(refusal.body, nullptr, false);
  if (value.is_discarded()) return;
  for (bool ascii : {false, true}) {
    auto text = [&](int indent) { return value.dump(indent, ' ', ascii, OrderedJson::error_handler_t::replace); };
    std::string compact = text(-1);
    for (const std::string& way : {compact, spaced(compact), text(2), text(4)}) {
      add(to, refusal, way, "its JSON was read and written anew");
      add(to, refusal, replaced(way, "/", "\\/"), "its JSON was read and written anew");
    }
  }
}

/// What a flat JSON object would be as a form.
std::optional<std::string> as_form(const RefusedDelivery& refusal) {
  OrderedJson value = OrderedJson::parse(refusal.body, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  std::string out;
  for (const auto& [key, item] : value.items()) {
    if (item.is_structured()) return std::nullopt;
    std::string text = item.is_string() ? item.get<std::string>() : item.is_null() ? "" : item.dump();
    out += (out.empty() ? "" : "&") + percent_encode(key) + "=" + percent_encode(text);
  }
  return out;
}

void add_type(std::vector<Change>& to, const RefusedDelivery& refusal, const std::string& type) {
  std::string_view found = refusal.header("content-type");
  if (found == type) return;
  std::string came = found.empty() ? "without a content type" : "as " + std::string(found.substr(0, 80));
  to.push_back({.part = ChangedPart::content_type,
                .apply = [type](Attempt& attempt) { attempt.set_content_type(type); },
                .advice = fmt::format("It came {} but is authentic as {}: let the provider or the proxy send it so.",
                                      came, type.empty() ? "one without a type" : type),
                .setting = "",
                .value = ""});
}

}  // namespace

std::vector<Change> body_changes(const RefusedDelivery& refusal) {
  std::vector<Change> out;
  if (!refusal.whole()) return out;
  add_line_ends(out, refusal);
  add_json(out, refusal);
  add_charsets(out, refusal);
  return out;
}

std::vector<Change> type_changes(const RefusedDelivery& refusal) {
  std::vector<Change> out;
  for (const char* type : {kForm, kJson, ""}) add_type(out, refusal, type);
  if (auto form = refusal.whole() ? as_form(refusal) : std::nullopt) {
    out.push_back({.part = ChangedPart::content_type,
                   .apply =
                       [form = *form](Attempt& attempt) {
                         attempt.body = form;
                         attempt.set_content_type(kForm);
                       },
                   .advice =
                       "Its form was turned into JSON on the way: whatever stands in front must pass the body on as it "
                       "came.",
                   .setting = "",
                   .value = ""});
  }
  return out;
}

}  // namespace hookswitch
