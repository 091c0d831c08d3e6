// The command line as the verbs describe it: their options, and what each runs. The parser behind it, CLI11, is known
// to command_line.cc alone: its header takes longer to compile than all the rest of a verb.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace hookswitch::cli {

/// An option or flag of a verb, or an argument without a dash. A handle: copies are the same option.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option required();
  /// How many values a list takes; `most` -1: any number.
  Option expected(int least, int most);
  /// One word may hold several values of a list, with this between them.
  Option delimiter(char between);

  Option in_range(int64_t least, int64_t most);
  Option positive();
  Option not_negative();
  Option one_of(const std::vector<std::string>& texts);
  /// `find_fault` says what is wrong with a text, "" when nothing is.
  Option check(const std::function<std::string(const std::string& text)>& find_fault);

  /// Refused without the other, or together with it.
  Option needs(Option other);
  Option excludes(Option other);

  /// Whether it stands in the command line. Known when the verb runs.
  bool given() const;

 private:
  CLI::Option* option_;
};

/// A verb; or the program, whose options every verb takes. A handle like Option.
class Verb {
 public:
  Verb(CLI::App& app, std::function<int()>& run) : app_(&app), run_(&run) {}

  /// Adds a verb below this one; one of those below has to be asked for.
  Verb add_verb(const std::string& name, const std::string& about);
  /// `name`: "--limit", "-c,--config", or "seq" for an argument by its place. The value goes into `variable`, which
  /// lives until the verb has run and is of one of the types at the end of command_line.cc.
  template <typename T>
  Option add_option(const std::string& name, T& variable, const std::string& about);
  Option add_flag(const std::string& name, bool& variable, const std::string& about);
  /// Closes the help of the verb.
  void footer(const std::string& text);
  /// Keeps the verb out of help.
  void hide();
  /// What the verb does, and the exit code of it.
  void runs(std::function<int()> what);

 private:
  CLI::App* app_;
  std::function<int()>* run_;  // of the verb that was asked for
};

/// Refuses the command line for want of `options`; for what a verb runs.
[[noreturn]] void refuse_without(const std::string& options);

/// Parses the command line of the program that `describe` adds options and verbs to, runs the verb asked for, and
/// returns the exit code.
int run_command_line(int argc, char** argv, const std::string& about,
                     const std::function<void(Verb& program)>& describe);

}  // namespace hookswitch::cli
