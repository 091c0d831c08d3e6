#include "engine/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <exception>
#include <optional>

#include "engine/base/nearest.h"
#include "engine/base/printable.h"
#include "engine/cli/verbs.h"

namespace hookswitch::cli {
namespace {

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App* verb) { return !verb->get_group().empty(); }))
    out.push_back(verb->get_name());
  return out;
}

/// Says what is wrong with the command line, and the word that is no verb where one is missing.
int refuse(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().front();
  const std::vector<std::string> verbs = verbs_of(*last), left = app.remaining(true);
  if (error.get_name() != "RequiredError" || verbs.empty() || left.empty())
    return app.exit(error) == 0 ? kDone : kBadUsage;
  const std::string word = printable(left.front());
  fmt::print(stderr, "hookswitch: found no {} \"{}\", expected one of {}{}\n",
             word.starts_with('-') ? "option" : "verb", word, fmt::join(verbs, " "), suggestion(word, verbs));
  return kBadUsage;
}

/// The number a text says; -1 for none that can be counted with.
double finite(const std::string& text) {
  double number = 0;
  return CLI::detail::lexical_cast(text, number) && std::isfinite(number) ? number : -1;
}

std::string fault(const std::string& text, const char* expected) {
  return fmt::format("found {}, expected {}", printable(text), expected);
}

}  // namespace

Option Option::required() { return Option(*option_->required()); }

Option Option::expected(int least, int most) { return Option(*option_->expected(least, most)); }

Option Option::delimiter(char between) { return Option(*option_->delimiter(between)); }

Option Option::in_range(int64_t least, int64_t most) { return Option(*option_->check(CLI::Range(least, most))); }

Option Option::positive() {
  return check([](const std::string& text) { return finite(text) > 0 ? "" : fault(text, "a number above 0"); });
}

Option Option::not_negative() {
  return check([](const std::string& text) { return finite(text) >= 0 ? "" : fault(text, "a number from 0 on"); });
}

Option Option::one_of(const std::vector<std::string>& texts) { return Option(*option_->check(CLI::IsMember(texts))); }

Option Option::check(const std::function<std::string(const std::string& text)>& find_fault) {
  return Option(*option_->check(find_fault));
}

Option Option::needs(Option other) { return Option(*option_->needs(other.option_)); }

Option Option::excludes(Option other) { return Option(*option_->excludes(other.option_)); }

bool Option::given() const { return !option_->empty(); }

Verb Verb::add_verb(const std::string& name, const std::string& about) {
  app_->require_subcommand(1);
  return {*app_->add_subcommand(name, about), *run_};
}

template <typename T>
Option Verb::add_option(const std::string& name, T& variable, const std::string& about) {
  return Option(*app_->add_option(name, variable, about));
}

Option Verb::add_flag(const std::string& name, bool& variable, const std::string& about) {
  return Option(*app_->add_flag(name, variable, about));
}

void Verb::footer(const std::string& text) { app_->footer(text); }

void Verb::hide() { app_->group(""); }

void Verb::runs(std::function<int()> what) {
  app_->callback([run = run_, what = std::move(what)] { *run = what; });
}

void refuse_without(const std::string& options) { throw CLI::RequiredError(options); }

int run_command_line(int argc, char** argv, const std::string& about,
                     const std::function<void(Verb& program)>& describe) {
  CLI::App app{about};
  app.set_version_flag("--version", HOOKSWITCH_VERSION);
  app.fallthrough();
  std::function<int()> run;
  Verb program(app, run);
  describe(program);
  try {
    app.parse(argc, argv);
    return run();
  } catch (const CLI::ParseError& error) {
    return refuse(app, error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "hookswitch: {}\n", error.what());
    return kFailed;
  }
}

template Option Verb::add_option(const std::string&, std::string&, const std::string&);
template Option Verb::add_option(const std::string&, std::vector<std::string>&, const std::string&);
template Option Verb::add_option(const std::string&, int&, const std::string&);
template Option Verb::add_option(const std::string&, uint64_t&, const std::string&);  // size_t too
template Option Verb::add_option(const std::string&, std::optional<uint64_t>&, const std::string&);
template Option Verb::add_option(const std::string&, double&, const std::string&);

}  // namespace hookswitch::cli
