// `hookswitch token create|list|revoke`. With a running engine through its API; without one `create` appends the
// command to the log itself, and the engine carries it out when it starts.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "engine/api/auth.h"
#include "engine/api/token_name.h"
#include "engine/base/hash.h"
#include "engine/base/nearest.h"
#include "engine/base/owner.h"
#include "engine/cli/engine.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"

namespace hookswitch::cli {
namespace {

struct Wanted {
  std::string role, tenant, name, id;
};

// The secret is shown once, alone on the last line.
int show(const Context& context, const std::string& id, const std::string& role, const std::string& secret) {
  if (context.json) return print_json({{"id", id}, {"role", role}, {"token", secret}});
  fmt::print(stderr, "token {} ({}); it is shown this once:\n", id, role);
  fmt::print("{}\n", secret);
  return kDone;
}

// The same of a token whose command waits in the log: `logged` is what the engine says of it.
int show_logged(const Context& context, Json logged, const std::string& role) {
  logged["role"] = role;
  if (context.json) return print_json(logged);
  fmt::print(stderr, "logged as record {}, not carried out yet: processing is behind; the token works once it is\n",
             cell(logged, "seq"));
  return show(context, cell(logged, "id"), role, cell(logged, "token"));
}

int create_offline(const Context& context, const Wanted& wanted, const std::string& data_dir) {
  auto keys = encryption_of(config_path(context));
  if (!keys) return report(keys.error());
  auto lock = DataLock::take(data_dir);
  if (!lock) return report(lock.error());
  SystemClock clock;
  LogOptions options;
  options.dir = data_dir + "/log";
  options.blob_dir = data_dir + "/blobs";
  options.keys = std::move(*keys);
  auto log = Log::open(options, clock);
  if (!log) return report(log.error());
  std::string secret = new_token_secret();
  std::string id = new_id(wanted.name.empty() ? "tok_" : wanted.name + "_");
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = clock.now_ms();
  record.headers = {{":name", "token.create"}, {":by", "command line"}};
  record.body = dump(Json{{"id", id}, {"role", wanted.role}, {"tenant", wanted.tenant}, {"hash", sha256_hex(secret)}});
  auto stored = (*log)->append_and_wait(std::move(record));
  (*log)->stop();
  for (const std::string& dir : {options.dir, options.blob_dir}) {
    if (auto given = give_to_owner_of(data_dir, dir); !given) return report(given.error());
  }
  return stored ? show(context, id, wanted.role, secret) : report(stored.error());
}

std::string expect_tenant(const std::string& text) {
  return text.empty() ? "found an empty text, expected business/location; a token of all tenants is made without it"
                      : "";
}

std::string expect_name(const std::string& text) {
  return is_token_name(text) ? ""
                             : fmt::format("found \"{}\", expected at most {} of letters, digits and - _ .",
                                           text.substr(0, kTokenNameBytes), kTokenNameBytes);
}

// Rules may name tenants too, so it is no mistake for sure.
void warn_of_unknown(const Context& context, const std::string& tenant) {
  std::vector<std::string> known;
  for (const TenantConfig& one : load_config(config_path(context)).config.tenants) known.push_back(one.id);
  if (tenant.empty() || std::ranges::find(known, tenant) != known.end()) return;
  fmt::print(stderr, "warning: --tenant: found no tenant \"{}\" in the configuration{}\n", tenant,
             suggestion(tenant, known));
}

int create(const Context& context, const Wanted& wanted) {
  warn_of_unknown(context, wanted.tenant);
  auto data_dir = data_dir_of(config_path(context));
  if (!data_dir) return report(data_dir.error());
  auto client = EngineClient::open(*data_dir);
  if (!client) return create_offline(context, wanted, *data_dir);
  Json body{{"role", wanted.role}};
  if (!wanted.tenant.empty()) body["tenant"] = wanted.tenant;
  if (!wanted.name.empty()) body["name"] = wanted.name;
  auto answer = client->send("POST", "/tokens", body);
  // The file of an engine that was killed is still there; nobody answers at its address.
  if (!answer && answer.error().code == Code::unavailable) return create_offline(context, wanted, *data_dir);
  if (!answer) return report(answer.error());
  if (is_logged(*answer)) return show_logged(context, *answer, wanted.role);
  return show(context, cell(*answer, "id"), wanted.role, cell(*answer, "token"));
}

int list_tokens(const Context& context) {
  auto answer = ask(context, "/tokens?limit=200");
  if (!answer) return report(answer.error());
  if (context.json) return print_json(*answer);
  std::vector<std::vector<std::string>> rows;
  for (const Json& token : answer->at("data")) {
    rows.push_back({cell(token, "id"), cell(token, "role"), cell(token, "tenant"), cell(token, "created_at"),
                    cell(token, "revoked_at")});
  }
  print_table({"ID", "ROLE", "TENANT", "CREATED", "REVOKED"}, rows);
  return kDone;
}

int revoke(const Context& context, const std::string& id) {
  auto answer = tell(context, "DELETE", "/tokens/" + id, Json::object());
  if (!answer) return report(answer.error());
  fmt::print("token {} is revoked\n", id);
  return kDone;
}

}  // namespace

void add_token(Verb& program, const Context& context) {
  auto token = program.add_verb("token", "API tokens");
  token.footer("Example: hookswitch token create --role viewer --tenant B0100001/L0100001");
  auto wanted = std::make_shared<Wanted>();

  auto create_verb = token.add_verb("create", "make one; the secret is shown once, a hash is stored");
  auto role = create_verb.add_option("--role", wanted->role, "viewer, operator or admin");
  role.required().one_of({"viewer", "operator", "admin"});
  create_verb.add_option("--tenant", wanted->tenant, "only this tenant's data").check(expect_tenant);
  create_verb.add_option("--name", wanted->name, "what it is for").check(expect_name);
  create_verb.runs([&context, wanted] { return create(context, *wanted); });

  auto list_verb = token.add_verb("list", "all of them, without secrets");
  list_verb.runs([&context] { return list_tokens(context); });

  auto revoke_verb = token.add_verb("revoke", "make one useless");
  revoke_verb.add_option("id", wanted->id, "which").required();
  revoke_verb.runs([&context, wanted] { return revoke(context, wanted->id); });
}

}  // namespace hookswitch::cli
