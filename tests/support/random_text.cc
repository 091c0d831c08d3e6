#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "tests/support/schema_values.h"

namespace hookswitch::test {
namespace {

using namespace std::string_literals;

std::string letters(std::mt19937& random, size_t count) {
  std::string out;
  while (out.size() < count) out += static_cast<char>('a' + random() % 26);
  return out;
}

std::string plain(std::mt19937& random) {
  static const std::array<std::string, 24> kTexts{"",
                                                  " ",
                                                  "agent_xyz123",
                                                  "xyz",
                                                  "I would like to book an appointment for tomorrow, please.",
                                                  "Vă rog, aș dori o programare.",
                                                  "予約をお願いします",
                                                  "أريد موعدا",
                                                  "🙂👩‍👩‍👧‍👦",
                                                  "\"quoted\" \\ back",
                                                  "line one\nline two\r\n\ttabbed",
                                                  "nul\0inside"s,
                                                  "<b>&amp;</b>",
                                                  "{\"json\": [1, 2, {}]}",
                                                  "[",
                                                  "null",
                                                  "-0",
                                                  "1e400",
                                                  "99999999999999999999999999",
                                                  "+40712345678",
                                                  "2025-12-17T20:15:03Z",
                                                  "\u2028\u202e\ufeff",
                                                  "%s%n%00",
                                                  "'; DROP TABLE"};
  if (random() % 12 == 0) return letters(random, 1 + random() % 3'000);
  if (random() % 400 == 0) return letters(random, 100'000);
  return kTexts[random() % kTexts.size()];
}

std::string rfc2822(std::mt19937& random) {
  return fmt::format("Wed, {:02} Dec 2025 {:02}:{:02}:{:02} +0000", 1 + random() % 28, random() % 24, random() % 60,
                     random() % 60);
}

std::string phone(std::mt19937& random) {
  static const std::array<std::string, 8> kCallers{
      "client:alice", "sip:+15550001@example.com", "Anonymous", "+266696687", "", "whatsapp:+15017250604",
      "12345",        "test:conversationrelay"};
  return random() % 3 == 0 ? kCallers[random() % kCallers.size()] : fmt::format("+1415{:07}", random() % 10'000'000);
}

// What may stand in a text in place of one of its bytes or values.
const std::array kBroken{"\0"s, "\xff\xfe"s, "\xc0\xaf"s, "\xed\xa0\x80"s, "\\ud800"s, "\\udc00x"s, "\\u12"s,
                         "\n"s, "\x01"s,     "}"s,        "\""s,           ","s,       "\\"s,       "//"s};

std::vector<Json::json_pointer> places(const Json& value) {
  std::vector<Json::json_pointer> out;
  Json flat = value.flatten();  // containers that are empty are leaves too
  for (const auto& [pointer, unused] : flat.items()) out.emplace_back(pointer);
  return out;
}

// The value with something else in one place: always the marker "@", to be replaced in the text.
std::string replaced(Json value, std::mt19937& random, const std::string& with) {
  auto all = places(value);
  if (all.empty()) return with;
  Json::json_pointer at = all[random() % all.size()];
  for (size_t up = random() % 3; up > 0 && !at.parent_pointer().empty(); --up) at = at.parent_pointer();
  if (at.empty()) return with;
  const std::string marker = "@the place@";
  value[at] = marker;
  std::string text = dump(value), quoted = "\"" + marker + "\"";
  return text.replace(text.find(quoted), quoted.size(), with);
}

}  // namespace

std::string random_text(std::mt19937& random, const std::string& format) {
  if (format.empty()) return plain(random);
  if (format == "unix-seconds") return std::to_string(1'700'000'000 + random() % 60'000'000);
  if (format == "byte") return letters(random, 4 * (random() % 20'000));
  if (format == "digits") return std::to_string(random() % 1'000);
  if (format == "rfc2822") return rfc2822(random);
  if (format == "phone") return phone(random);
  if (format == "sid") return fmt::format("ID{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
  if (format == "uri") return "https://api.example.com/" + letters(random, random() % 60);
  throw std::runtime_error("a schema has the format \"" + format + "\"");
}

std::string damaged(const Json& value, std::mt19937& random) {
  std::string text = dump(value);
  size_t at = random() % text.size();
  static const std::array<std::string, 14> kValues{"null",
                                                   "true",
                                                   "-1",
                                                   "1e308",
                                                   "1e400",
                                                   "-1e-400",
                                                   "123456789012345678901234567890",
                                                   "\"text\"",
                                                   "[]",
                                                   "{}",
                                                   "[[1,null],{\"a\":{}}]",
                                                   "\"\\ud83d\"",
                                                   "{\"a\":1,\"a\":2}",
                                                   "NaN"};
  switch (random() % 6) {
    case 0:
      return text.substr(0, at);
    case 1:
      return text.replace(at, 1, kBroken[random() % kBroken.size()]);
    case 2:
      return text.replace(at, 1, std::string(1, static_cast<char>(random())));
    case 3: {
      size_t deep = 1 + random() % 2'000;
      return replaced(value, random, std::string(deep, '[') + std::string(deep, ']'));
    }
    case 4:
      return replaced(value, random, std::to_string(random()) + std::string(random() % 600, '9'));
    default:
      return replaced(value, random, kValues[random() % kValues.size()]);
  }
}

}  // namespace hookswitch::test
