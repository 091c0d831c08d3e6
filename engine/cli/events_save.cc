// `hookswitch events save`: a delivery of the log as a fixture for rule tests, about nobody.
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/random.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/config/config.h"
#include "engine/fixtures/fixture_file.h"
#include "engine/fixtures/mask.h"
#include "engine/log/blobs.h"

namespace hookswitch::cli {
namespace {

struct SaveChoice {
  uint64_t seq = 0;
  std::string name, dir = "rules/tests/fixtures";
  bool no_mask = false, force = false;
};

std::string text_in(const Json& object, const std::string& key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<std::string> decoded(const std::string& base64) {
  std::string out(base64.size() / 4 * 3, '\0');
  int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                             reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  if (size < 0) return fail(Code::corrupt, "read the record's body: found no base64");
  size_t padding = base64.ends_with("==") ? 2 : base64.ends_with("=") ? 1 : 0;
  out.resize(static_cast<size_t>(size) - padding);
  return out;
}

Result<std::string> body_of(const Context& context, const Json& record, const std::string& data_dir) {
  if (record.contains("body_base64")) return decoded(text_in(record, "body_base64"));
  std::string blob = text_in(record, "blob");
  if (blob.size() < 3) return text_in(record, "body");
  auto keys = encryption_of(config_path(context));
  if (!keys) return std::unexpected(keys.error());
  return Blobs::open_to_read(data_dir + "/blobs", std::move(*keys))->read(blob);
}

Result<Fixture> fixture_of(const Context& context, const Json& record, const std::string& data_dir) {
  if (text_in(record, "kind") != "delivery") {
    return fail(Code::invalid, "save record {}: found a {}, expected a delivery", cell(record, "seq"),
                text_in(record, "kind"));
  }
  Json headers = record.value("headers", Json::object());
  auto body = body_of(context, record, data_dir);
  if (!body) return std::unexpected(body.error());
  return Fixture{.source = text_in(record, "source"),
                 .kind = text_in(headers, ":kind"),
                 .content_type = text_in(headers, "content-type"),
                 .path = text_in(record, "path"),
                 .query = text_in(headers, ":query"),
                 .time_ms = parse_rfc3339(text_in(record, "time")).value_or(0),
                 .body = std::move(*body)};
}

/// Made once for each data directory, so that its fixtures mask the same caller the same way.
Result<std::string> mask_key(const std::string& data_dir) {
  std::string file = data_dir + "/mask.key", key;
  if (std::ifstream in(file); in >> key) return key;
  char random[32];
  if (::getrandom(random, sizeof random, 0) != sizeof random) return fail(Code::io, "make {}: no random bytes", file);
  key = to_hex({random, sizeof random});
  int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bool written = fd >= 0 && ::write(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size());
  if (fd >= 0) ::close(fd);
  if (!written) return fail(Code::io, "write {}: the data directory must be writable", file);
  return key;
}

/// Numbers, agents and routes of the configuration decide whose call it is and how it is read, and are no caller's.
std::vector<std::string> known_texts(const Config& config) {
  std::vector<std::string> out;
  for (const SourceConfig& source : config.sources) {
    for (const char* key : {"phone_number", "phone_number_id", "agent_id"}) {
      if (std::string text = text_in(source.settings, key); !text.empty()) out.push_back(std::move(text));
    }
  }
  for (const TenantConfig& tenant : config.tenants) {
    out.insert(out.end(), tenant.numbers.begin(), tenant.numbers.end());
    for (const auto& [source, agent] : tenant.agents) out.push_back(agent);
  }
  for (const RouteConfig& route : config.routes) {
    out.push_back(route.path);
    out.push_back(route.kind);
  }
  return out;
}

Status mask(const Context& context, const std::string& data_dir, Fixture& fixture) {
  auto key = mask_key(data_dir);
  if (!key) return std::unexpected(key.error());
  Mask masked(*key, known_texts(load_config(config_path(context)).config));
  fixture.body = masked.body(fixture.kind, fixture.content_type, fixture.body);
  // Without a body, what the provider tells is in the query.
  fixture.path = masked.path(fixture.path, fixture.source);
  fixture.kind = masked.parts(fixture.kind);
  fixture.query = fixture.body.empty() ? masked.form(fixture.query) : masked.query(fixture.query);
  return {};
}

int save(const Context& context, const SaveChoice& options) {
  auto data_dir = data_dir_of(config_path(context));
  if (!data_dir) return report(data_dir.error());
  auto record = ask(context, fmt::format("/events/{}", options.seq));
  if (!record) return report(record.error());
  auto fixture = fixture_of(context, *record, *data_dir);
  if (!fixture) return report(fixture.error());
  if (!options.no_mask) {
    if (auto done = mask(context, *data_dir, *fixture); !done) return report(done.error());
  }
  auto file = write_fixture(options.dir, options.name, *fixture, options.force ? Existing::replace : Existing::refuse);
  if (!file) return report(file.error());
  if (context.json) return print_json({{"file", *file}, {"masked", !options.no_mask}});
  fmt::print("{}\n", *file);
  return kDone;
}

}  // namespace

void add_events_save(Verb& events, const Context& context) {
  auto options = std::make_shared<SaveChoice>();
  auto verb = events.add_verb("save", "a delivery as a fixture for rule tests, with everything private masked");
  verb.add_option("seq", options->seq, "sequence").required().positive();
  verb.add_option("name", options->name, "of the fixture: NAME.json or NAME.form, and NAME.meta.json").required();
  verb.add_option("--dir", options->dir, "where to");
  verb.add_flag("--no-mask", options->no_mask, "keep names, numbers and what was said");
  verb.add_flag("--force", options->force, "replace a fixture of that name");
  verb.footer("Example: hookswitch events save 1204 double_charge");
  verb.runs([&context, options] { return save(context, *options); });
}

}  // namespace hookswitch::cli
