#include "engine/config/config.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/config/reading.h"

using namespace hookswitch;
using hookswitch::test::all;
using hookswitch::test::read;

TEST_CASE("everything but sources has a default") {
  auto reading = read("sources: {}");
  INFO(all(reading.errors));
  REQUIRE(reading.ok());
  const Config& config = reading.config;
  CHECK(config.listen.http == "127.0.0.1:8080");
  CHECK(config.public_url == "http://127.0.0.1:8080");
  CHECK(config.data_dir == "data");
  CHECK(config.rules.reload == RulesReload::watch);
  CHECK(config.rules.tests == RuleTestMode::warn);
  CHECK(config.trace.keep == limits::kTracesKept);
  CHECK(config.retention.log_ms == 30 * 86'400'000LL);
  CHECK(config.limits.body_bytes == 32 * limits::kMiB);
  CHECK(config.log.level == "info");
  CHECK_FALSE(config.jwt);
}

TEST_CASE("the whole configuration is read") {
  auto reading = read(R"(
listen: {http: "0.0.0.0:80", https: {address: "[::]:443", cert: c.pem, key: k.pem}, threads: 4, insecure: true}
public_url: https://hooks.example.com/
data_dir: /var/lib/hookswitch
plugins: {dir: /usr/lib/hookswitch}
rules: {dir: /etc/hookswitch/rules, reload: signal, tests: block}
sources:
  eleven:
    provider: elevenlabs
    tenant: B1/L1
    webhook_secret: [one, two]
    nested: {count: 3, ratio: 0.5, on: true, none: ~, number: +15551230000, quoted: "7", id: 007}
routes:
  - {path: /api/calls, source: eleven, kind: flat}
tenants:
  - {id: B1/L1, name: Main, timezone: Europe/Bucharest, country: RO,
     agents: [{source: eleven, agent_id: agent_1}], numbers: ["+40212345678"]}
calling: {window: {days: "mon-wed,sat", from: "08:30", to: "20:00"}, max_attempts: 5, concurrency: 2, per_second: 0.5}
retention: {log: 7d, log_size: 1GiB, recordings: forever, calls: 365d, transcripts: 30d, activity: forever}
recordings: {fetch: always, delete_at_provider: true}
auth: {jwt: {issuer: i, audience: a, keys: [{kid: k, alg: EdDSA, public_key: "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA0WYxmnQI5vqmZhOxIKhfQcX8g9191hRFwERMunG+fFA=\n-----END PUBLIC KEY-----\n"}]}}
limits: {body: 1MiB, connections: 10, rule_memory: 1MiB, rule_steps: 5000, reply_deadline: 2s, lag: 7, map_log: 1GiB}
log: {level: debug, format: json}
trace: {keep: 0}
)");
  INFO(all(reading.errors));
  REQUIRE(reading.ok());
  const Config& config = reading.config;
  CHECK(config.listen.https->address == "[::]:443");
  CHECK(config.listen.threads == 4);
  CHECK(config.rules.tests == RuleTestMode::block);
  CHECK(config.trace.keep == 0);
  CHECK(config.public_url == "https://hooks.example.com");
  REQUIRE(config.sources.size() == 1);
  CHECK(config.sources[0].name == "eleven");
  CHECK(config.sources[0].tenant == "B1/L1");
  CHECK(config.sources[0].line == 9);
  CHECK(config.place(config.sources[0].line) == "test.yaml:9");
  CHECK(config.sources[0].settings ==
        Json::parse(R"({"webhook_secret":["one","two"],"nested":{"count":3,"ratio":0.5,"on":true,"none":null,
                        "number":"+15551230000","quoted":"7","id":"007"}})"));
  CHECK(config.routes[0].kind == "flat");
  CHECK(config.tenants[0].agents == std::vector<std::pair<std::string, std::string>>{{"eleven", "agent_1"}});
  CHECK(config.tenants[0].numbers == std::vector<std::string>{"+40212345678"});
  CHECK(config.calling.policy.window == Window{0b0100111, 510, 1200});
  CHECK(config.calling.policy.retry.attempts == 5);
  CHECK(config.calling.per_second == 0.5);
  CHECK(config.retention.log_ms == 7 * 86'400'000LL);
  CHECK(config.retention.log_bytes == limits::kGiB);
  CHECK(config.retention.recordings_ms == 0);
  CHECK(config.retention.calls_ms == 365 * 86'400'000LL);
  CHECK(config.retention.transcripts_ms == 30 * 86'400'000LL);
  CHECK(config.retention.activity_ms == 0);
  CHECK(config.recordings.always);
  CHECK(config.recordings.delete_at_provider);
  CHECK(config.jwt->keys[0].alg == "EdDSA");
  CHECK(config.limits.reply_deadline_ms == 2000);
  CHECK(config.limits.lag_records == 7);
  CHECK(config.log.format == LogFormat::json);
}

TEST_CASE("a public URL is made from the address when there is none") {
  CHECK(read("sources: {}\nlisten: {http: 0.0.0.0:9000, insecure: true}").config.public_url == "http://127.0.0.1:9000");
  CHECK(
      read("sources: {}\nlisten: {http: off, https: {address: '192.0.2.1:443', cert: c, key: k}}").config.public_url ==
      "https://192.0.2.1:443");
}

TEST_CASE("a public URL names a host, perhaps with a port, and nobody") {
  for (const char* good : {"http://x", "https://x.example:8443/hooks", "http://[::1]:80", "http://[::1]"})
    CHECK(read("sources: {}\npublic_url: '" + std::string(good) + "'").ok());
  for (const char* bad : {"x", "http://", "http://:80", "http://x:99999", "http://x:0", "http://x:", "http://u:p@x",
                          "http://x?y"}) {
    INFO(bad);
    CHECK_FALSE(read("sources: {}\npublic_url: '" + std::string(bad) + "'").ok());
  }
}

TEST_CASE("the data directory can be made where it is to be, and is neither everything nor nothing") {
  for (const char* good : {"data", ".", "/dev", "/dev/nowhere/data"})
    CHECK(read("sources: {}\ndata_dir: '" + std::string(good) + "'").ok());
  for (const std::string bad : {"/dev/null", "/dev/null/data", "/", "//", ""}) {
    auto reading = read("sources: {}\ndata_dir: '" + bad + "'");
    INFO(bad);
    REQUIRE(reading.errors.size() == 1);
    CHECK(reading.errors[0].starts_with("test.yaml:2: data_dir: found \"" + bad + "\", expected a directory"));
  }
}

TEST_CASE("a time zone that is another one on each machine is none") {
  CHECK_FALSE(read("sources: {}\ntenants: [{id: A/1, timezone: localtime}]").ok());
  CHECK(read("sources: {}\ntenants: [{id: A/1, timezone: Europe/Bucharest}]").ok());
}

TEST_CASE("a range of days may go over the end of the week") {
  auto reading = read("sources: {}\ncalling: {window: {days: fri-mon}}");
  REQUIRE(reading.ok());
  CHECK(reading.config.calling.policy.window.days == 0b1110001);
}

TEST_CASE("every error is reported at once, in the order of the lines") {
  auto reading = read(R"(lisen: {}
sources:
  a: {provider: twilio}
routes:
  - {path: /x, source: b}
limits:
  body: 5
)");
  REQUIRE(reading.errors.size() == 3);
  CHECK(reading.errors[0].starts_with("test.yaml:1: lisen: found an unknown key, expected one of "));
  CHECK(reading.errors[0].ends_with(" (did you mean listen?)"));
  CHECK(reading.errors[1] == "test.yaml:5: source of a route: found \"b\", expected one of a (did you mean a?)");
  CHECK(reading.errors[2] == "test.yaml:7: limits.body: found \"5\", expected a size such as 64KiB 1MiB");
}

TEST_CASE("text that is not YAML is one error with its line") {
  auto reading = read("sources: {}\nlisten: [1, 2\n");
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0].find("YAML") != std::string::npos);
  CHECK(reading.errors[0].starts_with("test.yaml:"));
}

TEST_CASE("a second document is an error with its line, and what ends the only one is not") {
  auto reading = read("sources: {}\n---\nlisten: {http: off}\n");
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0] ==
        "test.yaml:3: file: found a second document, behind `---`, expected one: nobody reads the others");
  for (const char* one : {"---\nsources: {}\n", "sources: {}\n---\n# nothing\n", "sources: {}\n...\n"}) {
    INFO(one);
    CHECK(read(one).ok());
  }
}

TEST_CASE("a file with nothing in it is not one that cannot be read") {
  for (const char* nothing : {"", "# sources: {}\n", "---\n"}) {
    INFO(nothing);
    CHECK(read(nothing).errors ==
          std::vector<std::string>{"test.yaml:1: file: found nothing, expected settings, at least `sources`"});
  }
  auto path = std::filesystem::temp_directory_path() / "hookswitch_empty_test.yaml";
  std::ofstream(path).flush();
  CHECK(all(load_config(path).errors).find("found nothing, expected settings") != std::string::npos);
  std::filesystem::remove(path);
  CHECK(all(load_config(std::filesystem::temp_directory_path()).errors).find("no readable file") != std::string::npos);
}

TEST_CASE("text that YAML finds no end of is one error with its line") {
  for (const std::string& text : {std::string(",C"), std::string("\0,\0\x11"
                                                                 "df\x18",
                                                                 7)}) {
    INFO(text);
    CHECK(read(text).errors ==
          std::vector<std::string>{
              "test.yaml:1: YAML: found text that belongs to no document, expected well-formed YAML"});
  }
  CHECK(all(read("data_dir: a\n---\n,C").errors).starts_with("test.yaml:3: YAML: found "));
}

TEST_CASE("an alias within what it stands for is one error with its line") {
  auto reading = read("sources:\n  a:\n    provider: p\n    initiation_default: &s {a: *s}\n");
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0] ==
        "test.yaml:4: YAML: found more levels, or an alias within what it stands for, expected at most 64 levels");
}

TEST_CASE("aliases that stand for more than anybody writes are one error with its line") {
  std::string text = "sources:\n  a:\n    provider: p\n    x0: &x0 [1]\n";
  for (int i = 1; i < 9; ++i) {
    text += fmt::format("    x{}: &x{} [", i, i);
    for (int times = 0; times < 10; ++times) text += fmt::format("*x{},", i - 1);
    text += "]\n";
  }
  auto reading = read(text);
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0] ==
        "test.yaml:4: YAML: found too much, counting what each alias stands for, expected at most 100000 values");
}

TEST_CASE("an alias is what it stands for, and a long file without any is read whole") {
  auto reading = read("sources:\n  a: {provider: p, one: &one {x: 1}, two: *one}\n");
  REQUIRE(reading.ok());
  CHECK(reading.config.sources[0].settings["two"] == Json::parse(R"({"x":1})"));

  std::string list = "sources:\n  a:\n    provider: p\n    many: [1";
  for (int i = 0; i < 110'000; ++i) list += ",1";
  reading = read(list + "]\n");
  INFO(all(reading.errors));
  REQUIRE(reading.ok());
  CHECK(reading.config.sources[0].settings["many"].size() == 110'001);
}

TEST_CASE("a reference that YAML cannot read within brackets or braces is pointed out with the remedy") {
  for (const char* bare :
       {"auth: {jwt: {keys: [{alg: RS256, public_key: ${file:/k.pem}}]}}",
        "sources: {s: {secrets: [${env:A}, ${env:B}]}}",
        "sources:\n  s:\n    # it's a list\n    note: don't [\n    plain: ${env:X}\n    secrets: [\n      ${env:A}]"}) {
    auto reading = read(bare);
    INFO(bare << "\n" << all(reading.errors));
    REQUIRE(reading.errors.size() == 1);
    CHECK(reading.errors[0].find("a reference is quoted, \"${env:NAME}\"") != std::string::npos);
  }
  auto multi = read("sources: {}\nlist: [\n  a, ${env:A}\n]\n");
  CHECK(all(multi.errors).find("as in line 3") != std::string::npos);
  for (const char* other : {"a: [\"${env:A}\", '${env:B}'\n", "a: ${env:A}\nb: [1\n", "# [${env:A}]\nb: [1\n"}) {
    auto reading = read(other);
    INFO(other << "\n" << all(reading.errors));
    REQUIRE(reading.errors.size() == 1);
    CHECK(reading.errors[0].find("reference") == std::string::npos);
  }
}

TEST_CASE("http and https may not be where only one of them can listen") {
  auto listen = [](const std::string& http, const std::string& https) {
    return read("sources: {}\nlisten: {insecure: true, http: '" + http + "', https: {address: '" + https +
                "', cert: c, key: k}}");
  };
  for (const auto& [http, https] : {std::pair("127.0.0.1:80", "127.0.0.1:80"), std::pair("127.0.0.1:80", "0.0.0.0:80"),
                                    std::pair("[::]:80", "127.0.0.1:80"), std::pair("0.0.0.0:80", "[::]:80")}) {
    INFO(http << " " << https);
    CHECK(all(listen(http, https).errors).starts_with("test.yaml:2: listen.https: found "));
  }
  for (const auto& [http, https] : {std::pair("127.0.0.1:80", "127.0.0.1:443"), std::pair("127.0.0.1:0", "127.0.0.1:0"),
                                    std::pair("127.0.0.1:80", "127.0.0.2:80"), std::pair("0.0.0.0:80", "[::1]:80")}) {
    INFO(http << " " << https);
    CHECK(listen(http, https).ok());
  }
}

TEST_CASE("a file that is not there is said to be so") {
  auto reading = load_config("/nonexistent/hookswitch.yaml");
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0].find("/nonexistent/hookswitch.yaml") != std::string::npos);
}

namespace {

struct Mistake {
  const char* yaml;   // after "sources: {s: {provider: p}}\n"
  const char* error;  // part of the only error
};

const Mistake kMistakes[] = {
    {"listen: {http: 8080}", "listen.http: found \"8080\", expected IP:port"},
    {"listen: {http: '127.0.0.1:99999'}", "IP:port"},
    {"listen: {http: '::1:80'}", "IP:port"},
    {"listen: {http: off}", "an address, since there is no https"},
    {"listen: {https: {address: '127.0.0.1:1', cert: c}}", "listen.https.key: found nothing"},
    {"listen: {threads: 0}", "listen.threads: found \"0\", expected a whole number from 1 to 64"},
    {"listen: {threads: 65}", "listen.threads"},
    {"listen: 3", "listen: found \"3\", expected a map of settings"},
    {"public_url: ftp://x", "public_url"},
    {"public_url: http://x/?a=1", "public_url"},
    {"rules: {reload: wach}", "expected one of watch signal off (did you mean watch?)"},
    {"rules: {tests: yes}", "rules.tests: found \"yes\", expected one of off warn block"},
    {"trace: {keep: -1}", "trace.keep: found \"-1\", expected a whole number"},
    {"trace: {keep: 100000001}", "trace.keep"},
    {"routes: {}", "routes: found a map, expected a list"},
    {"routes: [{source: s}]", "routes[0].path: found nothing"},
    {"routes: [{path: x, source: s}]", "routes[0].path: found \"x\""},
    {"routes: [{path: '/a?b', source: s}]", "routes[0].path"},
    {"routes: [{path: /api/v1, source: s}]", "a path that the engine does not serve itself"},
    {"routes: [{path: /api/v1/calls, source: s}]", "does not serve itself"},
    {"routes: [{path: /healthz, source: s}]", "does not serve itself"},
    {"routes: [{path: /readyz, source: s}]", "does not serve itself"},
    {"routes: [{path: /metrics, source: s}]", "does not serve itself"},
    {"routes: [{path: /hooks/s, source: s}]", "does not serve itself"},
    {"routes:\n - {path: /a, source: s}\n - {path: /a, source: s}",
     "test.yaml:4: route /a: found it already in line 3"},
    {"routes: [{path: /a, source: t}]", "expected one of s"},
    {"tenants: [{timezone: UTC}]", "tenants[0].id: found nothing"},
    {"tenants: [{id: a/l, timezone: Europe/Bukarest}]", "tenants[0].timezone: found \"Europe/Bukarest\""},
    {"tenants: [{id: a/l, country: ro}]", "tenants[0].country"},
    {"tenants: [{id: a/l, country: XX}]", "tenants[0].country: found \"XX\""},
    {"tenants: [{id: a/l, country: ''}]", "tenants[0].country"},
    {"tenants: [{id: a/l}, {id: a/l}]", "tenant a/l: found it already"},
    {"tenants: [{id: a/l, numbers: ['0212345678']}]", "tenants[0].numbers: found \"0212345678\", expected E.164"},
    {"tenants: [{id: a/l, numbers: ['+40212345678']}, {id: b/l, numbers: ['+40212345678']}]",
     "number +40212345678: found it"},
    {"tenants: [{id: a/l, agents: [{source: s, agent_id: x}]}, {id: b/l, agents: [{source: s, agent_id: x}]}]",
     "agent s/x: found it already"},
    {"tenants: [{id: a/l, agents: [{source: t, agent_id: x}]}]", "source of an agent: found \"t\""},
    {"tenants: [{id: bad}]", "tenants[0].id: found \"bad\", expected business/location"},
    {"tenants: [{id: ''}]", "tenants[0].id: found \"\""},
    {"tenants: [{id: a/}]", "tenants[0].id"},
    {"tenants: [{id: /l}]", "tenants[0].id"},
    {"tenants: [{id: a/b/c}]", "tenants[0].id"},
    {"tenants: [{id: a b/c}]", "tenants[0].id"},
    {"calling: {window: {days: mon-someday}}", "calling.window.days"},
    {"calling: {window: {from: '18:00', to: '09:00'}}", "a time of day after `from`"},
    {"calling: {window: {from: 9}}", "calling.window.from"},
    {"calling: {per_second: 0}", "calling.per_second"},
    {"calling: {holidays: [christmas]}", "calling.holidays"},
    {"calling: {holidays: [02-30]}", "calling.holidays: found \"02-30\""},
    {"calling: {holidays: [02-29, 2028-02-29, 2026-02-29]}", "calling.holidays: found \"2026-02-29\""},
    {"outbound: {sources: {ss: {per_second: 1}}}",
     "outbound.sources.ss: found no source of this name, expected one of s"},
    {"sinks: {a: {file: /tmp}}", "sinks.a.file: found the directory /tmp, expected a file"},
    {"sinks: {a: {file: none/such/}}", "sinks.a.file: found the directory none/such/"},
    {"sinks: {a: {file: data/log/data.mdb}}", "sinks.a: found the file data/log/data.mdb, expected one that is not"},
    {"sinks: {a: {file: data/./state/x}}", "sinks.a: found the file data/./state/x"},
    {"sinks: {a: {file: x/y.jsonl}, b: {file: x/./y.jsonl}}", "sinks.b: found the file of a"},
    {"sync:\n\n  ss: {schedule: '0 0 1 2 *'}", "test.yaml:4: sync.ss: found no source of this name, expected one of s"},
    {"sync: {s: {schedule: '0 0 30 2 *', timezone: UTC}}", "sync.s.schedule: found \"0 0 30 2 *\", expected a schedule"},
    {"sync: {s: {schedule: '0 0 1 2 *', timezone: Mars}}", "sync.s.timezone: found \"Mars\", expected an IANA"},
    {"calling: {retry: {delays: [soon]}}", "calling.retry.delays"},
    {"calling: {retry: {jitter: 2}}", "calling.retry.jitter"},
    {"calling: {allow: [ordinary]}", "calling.allow"},
    {"calling: {consent: maybe}", "calling.consent"},
    {"calling: {deadline: 5s}", "calling.deadline"},
    {"tenants: [{id: B1/L1, window: {days: never}}]", "window.days"},
    {"calling: {max_attempts: many}", "calling.max_attempts"},
    {"recordings: {fetch: never}", "recordings.fetch"},
    {"recordings: {delete_at_provider: 1}", "recordings.delete_at_provider"},
    {"recordings: {delete: true}", "recordings.delete"},
    {"retention: {log: 30}", "retention.log: found \"30\", expected a duration"},
    {"limits: {connections: 0}", "limits.connections"},
    {"limits: {connection: 5}", "(did you mean connections?)"},
    {"limits: {body: 1023B}", "at least 1024B"},
    {"limits: {reply_deadline: 9ms}", "at least 10ms"},
    {"limits: {reply_deadline: 2m}", "limits.reply_deadline: found \"2m\", expected at most 60s"},
    {"log: {level: loud}", "log.level"},
    {"plugins: {isolation: thread}", "plugins.isolation: found \"thread\", expected one of none process"},
    {"plugins: {isolation: {acme: proces}}", "plugins.isolation.acme: found \"proces\", expected one of none process"},
    {"plugins: {isolation: [acme]}", "plugins.isolation: found a list"},
    {"auth: {jwt: {issuer: i, audience: a, keys: [{alg: none, public_key: '-----BEGIN X'}]}}",
     "keys[0].alg: found \"none\""},
    {"data_dir: [a]", "data_dir: found a list, expected a text"},
    {"data_dir: a\ndata_dir: b", "test.yaml:3: data_dir: found it a second time"},
    {"data_dir: ${var:X}", "found ${var:X}, expected ${env:NAME} or ${file:/path}"},
    {"data_dir: '${env:X'", "${ without an end"},
};

}  // namespace

TEST_CASE("two sinks may write to one device, which nobody rotates") {
  auto reading = read("sources: {s: {provider: p}}\nsinks: {a: {file: /dev/null}, b: {file: /dev/null}}");
  INFO(all(reading.errors));
  CHECK(reading.ok());
}

TEST_CASE("an outcome to retry on that looks mistyped is a warning, for rules may have words of their own") {
  auto reading = read("sources: {s: {provider: p}}\ncalling: {retry: {on: [no-answer, busy, angry]}}");
  CHECK(reading.ok());
  CHECK(all(reading.warnings) == "test.yaml:2: calling.retry.on: found \"no-answer\", expected no_answer\n");
  CHECK(reading.config.calling.policy.retry.on == std::vector<std::string>{"no-answer", "busy", "angry"});
}

TEST_CASE("plugins are isolated all together, some of them, or none") {
  auto plugins = [](const std::string& isolation) {
    auto reading = read("sources: {s: {provider: p}}\nplugins: {dir: there" + isolation + "}");
    INFO(all(reading.errors));
    CHECK(reading.ok());
    CHECK(reading.config.plugins.dir == "there");
    return reading.config.plugins;
  };
  CHECK(plugins(", isolation: process").isolate_all);
  for (const char* none : {"", ", isolation: none", ", isolation: ", ", isolation: {acme: none}"}) {
    CHECK_FALSE(plugins(none).isolate_all);
    CHECK(plugins(none).isolated.empty());
  }
  CHECK(plugins(", isolation: {acme: process, other: none}").isolated == std::set<std::string>{"acme"});
}

TEST_CASE("a provider that is to be isolated and that nobody has is named, with the one that may be meant") {
  auto reading = read("sources: {s: {provider: elevenlabs}}\nplugins:\n  isolation:\n    elevnlabs: process\n"
                      "    acme: process\n    twilio: none\n    elevenlabs: process");
  REQUIRE(reading.ok());
  CHECK(isolation_of_nobody(reading.config, {"twilio"}) ==
        std::vector<std::string>{"test.yaml:5: plugins.isolation.acme: found no such provider, expected that of a "
                                 "source or plugin",
                                 "test.yaml:4: plugins.isolation.elevnlabs: found no such provider (did you mean "
                                 "elevenlabs?), expected that of a source or plugin"});
}

TEST_CASE("each mistake is one error that says what was found and what was expected") {
  for (const Mistake& mistake : kMistakes) {
    auto reading = read(std::string("sources: {s: {provider: p}}\n") + mistake.yaml);
    INFO(mistake.yaml << "\n" << all(reading.errors));
    CHECK(reading.errors.size() == 1);
    CHECK(all(reading.errors).find(mistake.error) != std::string::npos);
  }
}

TEST_CASE("mistakes in a source are reported with its name") {
  CHECK(all(read("sources: {s: {x: 1}}").errors).find("sources.s.provider: found nothing") != std::string::npos);
  CHECK(all(read("sources: {S: {provider: p}}").errors).find("found \"S\"") != std::string::npos);
  CHECK(all(read("sources: {s: {provider: p, tenant: t}}").errors).find("sources.s.tenant: found \"t\"") !=
        std::string::npos);
  CHECK(all(read("listen: {}").errors).find("sources: found nothing") != std::string::npos);
  std::string longest(limits::kSourceNameBytes, 'a');
  CHECK(read("sources: {" + longest + ": {provider: p}}").ok());
  CHECK_FALSE(read("sources: {" + longest + "a: {provider: p}}").ok());
}

TEST_CASE("one setting can be had from a file whose secrets are not there") {
  auto path = std::filesystem::temp_directory_path() / "hookswitch_setting_test.yaml";
  std::ofstream(path) << "data_dir: here\nplugins: {dir: there}\nsources: {s: {provider: p, k: '${env:HS_NO_SUCH}'}}\n";
  CHECK(data_dir_of(path) == "here");
  CHECK(plugins_of(path)->dir == "there");
  std::filesystem::remove(path);
  CHECK_FALSE(data_dir_of(path));
}

TEST_CASE("the configuration that comes with the program is valid, also with what is commented out") {
  std::ifstream file(HOOKSWITCH_SOURCE_DIR "/config/hookswitch.yaml");
  std::string line, plain, whole;
  while (std::getline(file, line)) {
    plain += line + "\n";
    size_t hash = line.find("# ");
    bool setting = hash != std::string::npos && line.find_first_not_of(' ') == hash;
    size_t word = setting ? line.find_first_not_of(' ', hash + 1) : 0;
    // Settings look like `name: ...`; prose has a blank or capital letter before any colon.
    size_t colon = setting ? line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", word) : 0;
    setting = setting && colon > word && colon < line.size() && line[colon] == ':';
    whole += (setting ? line.replace(hash, 2, "") : line) + "\n";
  }
  const std::map<std::string, std::string> kSecrets{{"ELEVENLABS_WEBHOOK_SECRET", "a"},
                                                    {"ELEVENLABS_API_KEY", "b"},
                                                    {"TWILIO_AUTH_TOKEN", "c"},
                                                    {"CRM_SECRET", "whsec_ZGV2"}};
  for (const std::string& text : {plain, whole}) {
    auto reading = read(text, kSecrets);
    reading.errors.erase(std::remove_if(reading.errors.begin(), reading.errors.end(),
                                        [](const std::string& error) {  // files of somebody else's machine
                                          return error.find("no readable file /etc/hookswitch") != std::string::npos;
                                        }),
                         reading.errors.end());
    INFO(all(reading.errors) << text);
    CHECK(reading.ok());
    CHECK(reading.config.sources.size() == 2);
  }
}
