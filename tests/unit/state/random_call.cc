#include "tests/unit/state/random_call.h"

#include <array>

namespace hookswitch {

void Word::apply(Call& call) const {
  if (where == 0) call.merge(field, value, stamp);
  if (where == 1) call.merge_variable(key, text, stamp);
  if (where == 2) call.merge_metadata(key, text, stamp);
  if (where == 3) call.add_external_id(key, text);
}

FieldValue random_value(Random& random, const CallFieldInfo& info) {
  constexpr std::array kStatuses{"initiated", "ringing", "in_progress", "failed", "busy", "completed", "strange"};
  constexpr std::array kTexts{"", "a", "b", "Ana", "+40 721 000 111"};
  if (info.field == CallField::status) return kStatuses[below(random, kStatuses.size())];
  if (info.merge == Merge::newest && below(random, 8) == 0) return {};
  switch (info.type) {
    case FieldType::text:
      return kTexts[below(random, kTexts.size())];
    case FieldType::number:
      return static_cast<double>(below(random, 5)) / 2;
    case FieldType::boolean:
      return below(random, 2) == 0;
    case FieldType::integer:
    case FieldType::time_ms:
      break;
  }
  return static_cast<int64_t>(below(random, 5));
}

std::vector<Word> random_words(Random& random, size_t count) {
  constexpr std::array kJson{"1", "null", "\"x\"", "[]", "{\"a\":null}"};
  constexpr std::array kKeys{"p", "q"};
  std::vector<Word> out(count);
  for (Word& word : out) {
    word.where = static_cast<int>(below(random, 5));
    if (word.where == 4) word.where = 0;
    const CallFieldInfo& info = call_fields()[below(random, kCallFields)];
    word.field = info.field;
    word.value = random_value(random, info);
    word.key = kKeys[below(random, kKeys.size())];
    word.text = kJson[below(random, kJson.size())];
    word.stamp = {static_cast<uint8_t>(below(random, 3)), static_cast<int64_t>(below(random, 3)), below(random, 2)};
  }
  return out;
}

}  // namespace hookswitch
