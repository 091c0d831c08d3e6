// `hookswitch sync` as people and scripts use it.
#include <fmt/format.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/engine_process.h"
#include "tests/support/list_server.h"

namespace hookswitch::test {
namespace {

constexpr const char* kFrom = " --from 2025-12-01T00:00:00Z";

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Missed {
 public:
  explicit Missed(int conversations) : engine_("", "", provider_.url()) {
    provider_.lists.set_page_size(20);
    for (int n = 0; n < conversations; ++n) provider_.lists.add_conversation(conversation_id(n), made_conversation(n));
    engine_.start();
  }
  EngineProcess& engine() { return engine_; }
  ListServer& provider() { return provider_; }

 private:
  ListServer provider_;
  EngineProcess engine_;
};

// What the verb prints where somebody looks at it.
std::string on_terminal(const EngineProcess& engine, const std::string& source, int& code) {
  int terminal = -1;
  pid_t pid = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (pid == 0) {
    execl(HOOKSWITCH_BINARY_DIR "/hookswitch", "hookswitch", "-c", engine.config_file().c_str(), "sync", source.c_str(),
          "--from", "2025-12-01T00:00:00Z", nullptr);
    _exit(127);
  }
  std::string out;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(terminal, buffer, sizeof buffer)) > 0;)
    out.append(buffer, static_cast<size_t>(got));
  close(terminal);
  int status = 0;
  waitpid(pid, &status, 0);
  code = WEXITSTATUS(status);
  return out;
}

}  // namespace

TEST_CASE("sync says what was found and what was new, and prints JSON when asked to") {
  Missed missed(30);
  missed.engine().post_elevenlabs(webhook_of(made_conversation(3)));
  std::string out;
  CHECK(missed.engine().run(std::string("sync elevenlabs") + kFrom, &out) == 0);
  INFO(out);
  CHECK(says(out, "is done: 30 found, 29 synced (29 created, 0 updated), 1 known already, 0 failed"));
  CHECK_FALSE(says(out, "[#"));
  CHECK(missed.engine().run(std::string("--json sync elevenlabs") + kFrom, &out) == 0);
  Json sync = Json::parse(out);
  CHECK((sync["status"] == "done" && sync["skipped"] == 30 && sync["synced"] == 0));
  CHECK(missed.engine().run(std::string("--json sync elevenlabs --agent xyz --no-wait") + kFrom, &out) == 0);
  CHECK(Json::parse(out)["filter"]["agent_id"] == "xyz");
}

TEST_CASE("sync draws how far it has come on a terminal alone") {
  Missed missed(100);
  missed.provider().hold_ms = 40;
  int code = -1;
  std::string out = on_terminal(missed.engine(), "elevenlabs", code);
  INFO(out);
  CHECK(code == 0);
  CHECK(says(out, "sync elevenlabs [#"));
  CHECK(says(out, "100 found"));
}

TEST_CASE("a sync that cannot be, or is given up, exits 1 and says why") {
  Missed missed(1);
  std::string out;
  CHECK(missed.engine().run("sync nobody", &out) == 1);
  CHECK(says(out, "nobody"));
  CHECK(missed.engine().run("sync elevenlabs --from yesterday", &out) == 1);
  CHECK(says(out, "from"));
  CHECK(missed.engine().run("sync elevenlabs --resource weather", &out) == 1);
  CHECK(says(out, "conversations"));
  CHECK(missed.engine().run("sync", &out) == 2);
  missed.provider().lists.set_fault([](const std::string&, int) { return HttpResponse{401, {}, "{}"}; });
  CHECK(missed.engine().run(std::string("sync elevenlabs") + kFrom, &out) == 1);
  CHECK(says(out, "is failed"));
  CHECK(says(out, "answered 401"));
  EngineProcess stopped;
  CHECK(stopped.run("sync elevenlabs", &out) == 1);
}

}  // namespace hookswitch::test
