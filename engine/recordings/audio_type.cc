#include "engine/recordings/audio_type.h"

#include <algorithm>
#include <cctype>

namespace hookswitch {
namespace {

constexpr size_t kTypeBytes = 64;

// "audio/MPEG; charset=x" -> "audio/mpeg"
std::string media_type(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  std::string out(type);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return c < 128 ? std::tolower(c) : '?'; });
  return out;
}

bool is_plain(std::string_view type) {
  return type.size() <= kTypeBytes && std::ranges::all_of(type, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '/' || c == '-' || c == '.' || c == '+';
         });
}

// By the marks that files of each kind begin with.
std::string shown_type(std::string_view head) {
  if (head.starts_with("ID3")) return "audio/mpeg";
  if (head.size() >= 2 && head[0] == '\xff' && (head[1] & 0xe6) == 0xe2) return "audio/mpeg";
  if (head.size() >= 12 && head.starts_with("RIFF") && head.substr(8, 4) == "WAVE") return "audio/wav";
  if (head.starts_with("OggS")) return "audio/ogg";
  if (head.starts_with("fLaC")) return "audio/flac";
  if (head.size() >= 8 && head.substr(4, 4) == "ftyp") return "audio/mp4";
  return "";
}

bool is_text(std::string_view head) {
  size_t at = head.find_first_not_of(" \t\r\n");
  return at != std::string_view::npos && (head[at] == '<' || head[at] == '{' || head[at] == '[');
}

}  // namespace

std::optional<std::string> audio_type(std::string_view content_type, std::string_view head) {
  std::string said = media_type(content_type), shown = shown_type(head);
  if (said.starts_with("audio/") && is_plain(said) && !is_text(head)) return said == "audio/mp3" ? "audio/mpeg" : said;
  bool says_nothing = said.empty() || said == "application/octet-stream" || said == "binary/octet-stream";
  if (says_nothing && !shown.empty()) return shown;
  return std::nullopt;
}

}  // namespace hookswitch
