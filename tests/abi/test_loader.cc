// Every way a plugin file can be wrong is refused with one line that says what was found and what was expected.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>

#include "engine/providers/plugin_home.h"
#include "engine/providers/provider.h"
#include "tests/support/isolated.h"

using namespace hookswitch;
namespace fs = std::filesystem;

namespace {

std::string broken(const std::string& way) { return std::string(BROKEN_PLUGINS) + "/" + way + ".so"; }

/// A directory of its own, gone afterwards.
struct Scratch {
  std::string dir;
  Scratch() {
    char name[] = "/tmp/hookswitch_plugins_XXXXXX";
    dir = ::mkdtemp(name);
  }
  ~Scratch() { fs::remove_all(dir); }
  std::string copy(const std::string& way, const std::string& as) const {
    fs::copy_file(broken(way), dir + "/" + as, fs::copy_options::overwrite_existing);
    return dir + "/" + as;
  }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(dir + "/" + name) << bytes;
    ::chmod((dir + "/" + name).c_str(), 0644);
    return dir + "/" + name;
  }
};

std::string refusal(const std::string& file) {
  Providers providers;
  test::isolate_if_asked(providers);
  return providers.load_file(file).refused;
}

/// A plugin at home, and something that happens whenever it makes a source.
class Watched final : public PluginHome {
 public:
  Watched(std::shared_ptr<PluginHome> home, std::function<void()> meanwhile)
      : home_(std::move(home)), meanwhile_(std::move(meanwhile)) {}

  const std::shared_ptr<const Plugin>& plugin() const override { return home_->plugin(); }
  Result<std::shared_ptr<Source>> create_source(const std::string& name, const std::string& config) const override {
    meanwhile_();
    return home_->create_source(name, config);
  }

 private:
  std::shared_ptr<PluginHome> home_;
  std::function<void()> meanwhile_;
};

struct Refused {
  const char* way;
  const char* because;
};
const Refused kRefused[] = {
    {"no_symbol", "found no symbol hookswitch_provider, expected it to be exported"},
    {"wrong_major", "found major version 2, expected 1"},
    {"short_table", "its table is too short: found 32 bytes, expected at least 64"},
    {"missing_verify", "a hook is missing: found no verify, expected a function"},
    {"missing_decode", "a hook is missing: found no decode, expected a function"},
    {"no_descriptor", "found no descriptor, expected one"},
    {"short_descriptor", "its descriptor is too short: found 16 bytes, expected at least 72"},
    {"bad_id", "its id is wrong"},
    {"declines", "it declined: found no table, expected one"},
    {"throws_at_entry", "hookswitch_provider let an exception out, expected a table"},
    {"short_stream", "its hookswitch.stream/1 is too short: found 8 bytes, expected at least 40"},
    {"short_sign", "its hookswitch.sign/1 is too short: found 8 bytes, expected at least 16"},
    {"missing_sign", "a hook is missing: found no hookswitch.sign/1 hook"},
    {"short_simulate", "its hookswitch.simulate/1 is too short: found 8 bytes, expected at least 16"},
    {"missing_simulate", "a hook is missing: found no hookswitch.simulate/1 hook"},
    {"short_action", "its hookswitch.action/1 is too short: found 8 bytes, expected at least 56"},
    {"missing_action", "a hook is missing: found no hookswitch.action/1 hook"},
    {"half_reconcile", "a hook is missing: found no hookswitch.action/1 hook"},
    {"no_action_types", "its hookswitch.action/1 names 0 things, expected 1 to 256"},
    {"bad_action_type", "its hookswitch.action/1 has a wrong name: found \"other characters\""},
    {"short_sync", "its hookswitch.sync/1 is too short: found 8 bytes, expected at least 40"},
    {"missing_sync", "a hook is missing: found no hookswitch.sync/1 hook"},
    {"no_resources", "its hookswitch.sync/1 names 0 things, expected 1 to 256"},
    {"missing_render", "a hook is missing: found no hookswitch.reply/1 hook"},
};

}  // namespace

TEST_CASE("each broken plugin is refused with one line that names the file, what was found and what was expected") {
  for (const Refused& each : kRefused) {
    std::string why = refusal(broken(each.way));
    CHECK_THAT(why, Catch::Contains(each.because));
    CHECK_THAT(why, Catch::Contains(broken(each.way)));
    CHECK(why.find('\n') == std::string::npos);
  }
}

TEST_CASE("a second plugin with the same id is refused and the first goes on") {
  Providers providers;
  test::isolate_if_asked(providers);
  CHECK(providers.load_file(broken("twin_a")).refused.empty());
  CHECK_THAT(providers.load_file(broken("twin_b")).refused,
             Catch::Contains("found a second plugin with the id twin, expected one per id"));
  CHECK(providers.create_source("s", "twin", "{}").has_value());
}

TEST_CASE("a file that others may write is refused until nobody else may") {
  Scratch scratch;
  std::string file = scratch.copy("plain_c", "open.so");
  for (mode_t mode : {0664, 0646, 0777}) {
    ::chmod(file.c_str(), mode);
    CHECK_THAT(refusal(file), Catch::Contains("expected no write for group and others"));
  }
  ::chmod(file.c_str(), 0644);
  CHECK(refusal(file).empty());
}

TEST_CASE("what is no shared object never reaches the dynamic linker") {
  Scratch scratch;
  CHECK_THAT(refusal(scratch.write("text.so", "#!/bin/sh\n")), Catch::Contains("found no ELF file"));
  CHECK_THAT(refusal(scratch.write("empty.so", "")), Catch::Contains("found no ELF file"));
  std::ifstream whole(broken("plain_c"));
  std::string bytes(std::istreambuf_iterator<char>(whole), {});
  CHECK_THAT(refusal(scratch.write("half.so", bytes.substr(0, bytes.size() / 2))), Catch::Contains("cut short"));
  fs::create_directory(scratch.dir + "/dir.so");
  CHECK_THAT(refusal(scratch.dir + "/dir.so"), Catch::Contains("found no regular file"));
  CHECK_THAT(refusal(scratch.dir + "/absent.so"), Catch::Contains("cannot open it"));
}

TEST_CASE("a directory is loaded in the order of its names and a dropped file is found by the next scan") {
  Scratch scratch;
  Providers providers;
  test::isolate_if_asked(providers);
  scratch.copy("twin_b", "2.so");
  scratch.copy("twin_a", "1.so");
  scratch.write("readme.txt", "not a plugin");
  auto outcomes = providers.load_dir(scratch.dir);
  std::erase_if(outcomes, [](const LoadOutcome& each) { return each.file.starts_with("(linked in)"); });
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].refused.empty());
  CHECK(outcomes[0].provider == "twin");
  CHECK(outcomes[0].version == "0.0.1");
  CHECK(outcomes[0].abi == "1.1");
  CHECK_FALSE(outcomes[1].refused.empty());
  CHECK(providers.rescan().empty());

  scratch.copy("plain_c", "3.so");
  auto fresh = providers.rescan();
  REQUIRE(fresh.size() == 1);
  CHECK(fresh[0].provider == "plain_c");
  CHECK(providers.create_source("s", "plain_c", "{}").has_value());
}

TEST_CASE("a refused file is looked at again once it changed") {
  Scratch scratch;
  Providers providers;
  test::isolate_if_asked(providers);
  scratch.write("late.so", "still being copied");
  CHECK(providers.load_dir(scratch.dir).back().refused != "");
  fs::remove(scratch.dir + "/late.so");
  scratch.copy("plain_c", "late.so");
  auto fresh = providers.rescan();
  REQUIRE(fresh.size() == 1);
  CHECK(fresh[0].refused.empty());
}

TEST_CASE("a file that became whole while it was being refused is looked at again") {
  Scratch scratch;
  Providers providers;
  providers.open_with([&](const std::string& file) {
    auto opened = open_at_home(file);
    if (!opened) scratch.copy("plain_c", "late.so");
    return opened;
  });
  scratch.write("late.so", "still being copied");
  REQUIRE(providers.load_dir(scratch.dir).back().refused != "");
  auto fresh = providers.rescan();
  REQUIRE(fresh.size() == 1);
  CHECK(fresh[0].refused.empty());
}

TEST_CASE("plugins are listed while one is being loaded and while one makes a source") {
  Providers providers;
  std::vector<std::future<std::vector<PluginInfo>>> asked;  // they may have to wait until nothing is under way
  auto listed = [&] {
    asked.push_back(std::async(std::launch::async, [&] { return providers.list(); }));
    return asked.back().wait_for(std::chrono::seconds(5)) == std::future_status::ready;
  };
  bool while_loading = false, while_creating = false;
  providers.open_with([&](const std::string& file) -> Result<std::shared_ptr<PluginHome>> {
    while_loading = listed();
    return std::make_shared<Watched>(open_at_home(file).value(), [&] { while_creating = listed(); });
  });
  REQUIRE(providers.load_file(broken("plain_c")).refused.empty());
  CHECK(while_loading);
  REQUIRE(providers.create_source("s", "plain_c", "{}").has_value());
  CHECK(while_creating);
}

TEST_CASE("a missing plugin directory is one refusal that names it") {
  Providers providers;
  test::isolate_if_asked(providers);
  CHECK_THAT(providers.load_dir("/nowhere/plugins").back().refused,
             Catch::Contains("read the plugin directory /nowhere/plugins"));
}

TEST_CASE("a source of an unknown provider is refused with the names that are known") {
  Providers providers;
  test::isolate_if_asked(providers);
  providers.load_file(broken("plain_c"));
  auto source = providers.create_source("x", "plain_d", "{}");
  REQUIRE_FALSE(source);
  CHECK_THAT(source.error().message, Catch::Contains("found no provider plain_d, expected one of: plain_c"));
}
