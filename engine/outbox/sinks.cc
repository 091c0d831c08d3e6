#include "engine/outbox/sinks.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace hookswitch {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return out;
}

std::optional<std::string> from_base64(std::string text) {
  while (text.size() % 4 != 0) text += '=';  // unpadded secrets are in use
  auto padding = static_cast<size_t>(std::ranges::count(text, '='));
  std::string out(text.size() / 4 * 3, '\0');
  int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                             reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0 || padding > 2) return std::nullopt;
  out.resize(static_cast<size_t>(size) - padding);
  return out;
}

}  // namespace

Result<std::string> webhook_key(const std::string& secret) {
  if (!secret.starts_with(kSecretPrefix)) return secret;
  auto key = from_base64(secret.substr(kSecretPrefix.size()));
  if (key && !key->empty()) return *key;
  return fail(Code::invalid, "read a sink's secret: found no base64 behind whsec_");
}

std::string webhook_signature(std::string_view key, std::string_view id, int64_t secs, std::string_view body) {
  std::string text = std::string(id) + "." + std::to_string(secs) + ".";
  text += body;
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), mac, &size);
  return "v1," + base64({reinterpret_cast<char*>(mac), size});
}

Sinks::Sinks(const std::map<std::string, SinkOptions>& sinks) {
  for (const auto& [name, options] : sinks) {
    Sink& sink = sinks_[name];
    sink.options = options;
    sink.key = webhook_key(options.secret).value_or("");
    if (!options.file.empty()) sink.file = std::make_unique<FileSink>(options.file, options.rotate_bytes, options.keep);
  }
}

bool Sinks::is_file(std::string_view name) const {
  auto found = sinks_.find(std::string(name));
  return found != sinks_.end() && found->second.file != nullptr;
}

Status Sinks::write(std::string_view name, const std::vector<std::string>& lines) {
  auto found = sinks_.find(std::string(name));
  if (found == sinks_.end()) return fail(Code::not_found, "write to sink {}: it is not configured", name);
  return found->second.file->write(lines);
}

Result<HttpAsk> Sinks::ask(std::string_view name, std::string_view id, const std::string& body,
                           int64_t now_secs) const {
  auto found = sinks_.find(std::string(name));
  if (found == sinks_.end()) return fail(Code::not_found, "send to sink {}: it is not configured", name);
  const Sink& sink = found->second;
  HttpAsk ask;
  ask.base_url = sink.options.url;
  ask.request = {.method = "POST",
                 .url = sink.options.url,
                 .headers = {{"content-type", "application/json"},
                             {"webhook-id", std::string(id)},
                             {"webhook-timestamp", std::to_string(now_secs)}},
                 .body = body,
                 .harmless = true};
  if (!sink.key.empty())
    ask.request.headers.emplace_back("webhook-signature", webhook_signature(sink.key, id, now_secs, body));
  return ask;
}

}  // namespace hookswitch
