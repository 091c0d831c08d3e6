// Any text as a configuration: it is read, or every error names the file and a line; the same text reads the same, and
// no secret stands in what is said about it.
#include "engine/config/config.h"

#include "engine/base/check.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {
namespace {

constexpr const char* kSecret = "s3cret-of-the-environment";

ConfigReading read(const std::string& text) {
  return load_config_text(text, "fuzz.yaml", [](const std::string& name) -> std::optional<std::string> {
    return name == "SECRET" ? std::optional<std::string>(kSecret) : std::nullopt;
  });
}

void check_lines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    ENSURE(line.starts_with("fuzz.yaml"), "a line that names no file: {}", line);
    ENSURE(line.find(kSecret) == line.npos, "a secret: {}", line);
  }
}

}  // namespace

void try_input(std::string_view input) {
  if (input.find("${file:") != input.npos) return;  // would read the files of this machine
  if (input.find(kSecret) != input.npos) return;    // said by the file itself
  ConfigReading first = read(std::string(input)), second = read(std::string(input));
  ENSURE(first.errors == second.errors && first.warnings == second.warnings, "read twice, and differently");
  check_lines(first.errors);
  check_lines(first.warnings);
}

}  // namespace hookswitch::fuzz
