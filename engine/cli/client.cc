#include "engine/cli/client.h"

#include <curl/curl.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "engine/base/owned.h"

namespace hookswitch::cli {
namespace {

constexpr long kTimeoutSecs = 30;
constexpr size_t kAnswerBytesMax = 64 * 1024 * 1024;

size_t take(char* bytes, size_t size, size_t count, void* to) {
  auto* out = static_cast<std::string*>(to);
  if (out->size() + size * count > kAnswerBytesMax) return 0;
  out->append(bytes, size * count);
  return size * count;
}

void accept_only(CURL* curl, const std::string& key_pin) {
  curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, key_pin.c_str());
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

// Unavailable is an engine that does not answer at all.
Code code_of(int status) {
  if (status == 404) return Code::not_found;
  return status >= 500 ? Code::internal : Code::invalid;
}

}  // namespace

Result<HttpAnswer> request(const std::string& method, const std::string& url, const HttpHeaders& headers,
                           const std::string& body, const std::string& key_pin) {
  Owned<CURL, curl_easy_cleanup> curl(curl_easy_init());
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const auto& [name, value] : headers) list = curl_slist_append(list, (name + ": " + value).c_str());
  Owned<curl_slist, curl_slist_free_all> owned_list(list);
  HttpAnswer answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kTimeoutSecs);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  if (!key_pin.empty()) accept_only(curl.get(), key_pin);
  if (method == "HEAD") curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
  if (method != "GET" && method != "HEAD") {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  if (CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK) {
    return fail(Code::unavailable, "{} {}: {}", method, url, curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  char* type = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) answer.content_type = type;
  return answer;
}

Result<EngineClient> EngineClient::open(const std::string& data_dir) {
  errno = 0;
  std::ifstream file(data_dir + "/cli.token");
  if (!file && errno != 0 && errno != ENOENT) {
    return fail(Code::io, "find the running engine of {}: read {}/cli.token: {}", data_dir, data_dir, strerror(errno));
  }
  EngineClient client;
  if (!(file >> client.address_.base_url >> client.token_)) {
    return fail(Code::not_found,
                "find the running engine of {}: found no {}/cli.token, expected `hookswitch serve` to run", data_dir,
                data_dir);
  }
  file >> client.address_.key_pin;  // only of https
  return client;
}

Result<Json> EngineClient::get(const std::string& path) const { return send("GET", path, Json()); }

Result<Json> EngineClient::send(const std::string& method, const std::string& path, const Json& body,
                                const std::string& key) const {
  HttpHeaders headers{{"Authorization", "Bearer " + token_}, {"Content-Type", "application/json"}};
  if (!key.empty()) headers.emplace_back("Idempotency-Key", key);
  const std::string text = body.is_null() ? "" : dump(body);
  auto answer = request(method, address_.base_url + "/api/v1" + path, headers, text, address_.key_pin);
  if (!answer) return std::unexpected(answer.error());
  Json json = parse_json(answer->body);
  if (answer->status < 200 || answer->status > 299) {
    std::string detail = json.is_object() ? json.value("title", "") + ": " + json.value("detail", "") : answer->body;
    return fail(code_of(answer->status), "{} {}: {} {}", method, path, answer->status, detail);
  }
  return json.is_discarded() ? Json(answer->body) : json;
}

}  // namespace hookswitch::cli
