#include "engine/cli/options.h"

#include <fmt/format.h>

#include "engine/config/config.h"

namespace hookswitch::cli {
namespace {

Result<EngineClient> client_of(const Context& context) {
  auto data_dir = data_dir_of(config_path(context));
  if (!data_dir) return std::unexpected(data_dir.error());
  return EngineClient::open(*data_dir);
}

}  // namespace

Result<Json> ask(const Context& context, const std::string& path) {
  auto client = client_of(context);
  if (!client) return std::unexpected(client.error());
  return client->get(path);
}

Result<Json> tell(const Context& context, const std::string& method, const std::string& path, const Json& body,
                  const std::string& key) {
  auto client = client_of(context);
  if (!client) return std::unexpected(client.error());
  auto answer = client->send(method, path, body, key);
  if (!answer || !is_logged(*answer)) return answer;
  return fail(Code::timeout, "{} {}: logged as record {}, not carried out yet: processing is behind; it will be",
              method, path, dump(answer->value("seq", Json())));
}

bool is_logged(const Json& answer) { return answer.is_object() && answer.value("accepted", Json()) == true; }

int print_json(const Json& value) {
  fmt::print("{}\n", dump_indented(value));
  return kDone;
}

}  // namespace hookswitch::cli
