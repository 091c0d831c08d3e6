#include "engine/outbox/transfer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "engine/outbox/addresses.h"

namespace hookswitch {
namespace {

constexpr long kSlowBytesPerSecond = 64;  // a streamed answer slower than this for its timeout is given up

bool is_success(int status) { return status >= 200 && status <= 299; }
bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool is_credential(std::string_view lower_name) {
  return lower_name == "authorization" || lower_name == "cookie" || lower_name.find("key") != std::string_view::npos ||
         lower_name.find("token") != std::string_view::npos || lower_name.find("secret") != std::string_view::npos;
}

// Line ends in a header would be headers of somebody else's making.
bool is_one_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

}  // namespace

Transfer::Transfer(const HttpClientOptions& options, HttpAsk ask, HttpClient::Done done)
    : options_(options), ask_(std::move(ask)), done_(std::move(done)), curl_(curl_easy_init()) {}

Status Transfer::prepare() {
  const HttpRequest& request = ask_.request;
  auto origin = origin_of(request.url);
  if (!origin)
    return fail(Code::invalid, "send a request to {}: expected an http or https URL", shown_url(request.url));
  if (!curl_) return fail(Code::unavailable, "send a request to {}: out of memory", shown_url(request.url));
  may_be_private_ = origin == origin_of(ask_.base_url) && names_private_host(origin->host);
  CURL* curl = curl_.get();
  curl_easy_setopt(curl, CURLOPT_PRIVATE, this);
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, request.harmless ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, options_.proxy.c_str());
  if (!options_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
  set_limits();
  set_body();
  return set_headers();
}

void Transfer::set_limits() {
  CURL* curl = curl_.get();
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // A name that nobody resolves is given up at its time: libcurl would else wait for its resolver, and all others here.
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout_ms));
  if (ask_.on_body) {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kSlowBytesPerSecond);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, std::max<long>(1, static_cast<long>(ask_.timeout_ms / 1000)));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(ask_.longest_ms));
  } else {
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(ask_.timeout_ms));
  }
}

void Transfer::set_body() {
  const HttpRequest& request = ask_.request;
  if (request.method == "GET") return;
  if (request.method == "HEAD") return void(curl_easy_setopt(curl_.get(), CURLOPT_NOBODY, 1L));
  curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDS, request.body.data());
}

Status Transfer::set_headers() {
  // libcurl would wait for "100 Continue", and would call a body a form when nobody says what it is.
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  list = curl_slist_append(list, "Content-Type:");
  for (const auto& [name, value] : ask_.request.headers) {
    if (!is_one_line(name) || !is_one_line(value) || name.find(':') != std::string::npos) {
      curl_slist_free_all(list);
      return fail(Code::invalid, "send a request to {}: the header {:?} holds a line end or its name a colon",
                  shown_url(ask_.request.url), name.substr(0, name.find_first_of("\r\n:")));
    }
    // "name;" is how libcurl is told of a header without a value.
    list = curl_slist_append(list, value.empty() ? (name + ";").c_str() : (name + ": " + value).c_str());
  }
  headers_.reset(list);
  curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, list);
  return {};
}

size_t Transfer::on_header(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.header_bytes_ += size * count;
  if (transfer.header_bytes_ > limits::kOutboundHeaderBytes) {
    transfer.refused_ = fmt::format("the answer's headers are larger than {} bytes", limits::kOutboundHeaderBytes);
    return 0;
  }
  transfer.take_header({bytes, size * count});
  return size * count;
}

void Transfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // a new answer begins, after "100 Continue"
    response_ = {};
    return;
  }
  size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return c < 128 ? std::tolower(c) : c; });
  response_.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
}

size_t Transfer::on_body(char* bytes, size_t size, size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_body({bytes, size * count}) ? size * count : 0;
}

bool Transfer::take_body(std::string_view piece) {
  if (ask_.on_body && is_success(status())) {
    if (ask_.on_body(piece)) return true;
    refused_ = "whoever takes the answer gave it up";
    return false;
  }
  if (response_.body.size() + piece.size() > ask_.answer_bytes_max) {
    refused_ = fmt::format("the answer is larger than {} bytes", ask_.answer_bytes_max);
    return false;
  }
  response_.body.append(piece);
  return true;
}

curl_socket_t Transfer::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  if (!static_cast<Transfer*>(self)->may_connect(&address->addr)) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Asked with the address that is really connected to, after every resolver and redirect had its say.
bool Transfer::may_connect(const sockaddr* address) {
  if (may_be_private_ || !options_.proxy.empty() || !is_private_address(address)) return true;
  refused_ = fmt::format("{} is an address of a private network, which only the source's own api_base may name",
                         address_text(address));
  redirect_refused_ = is_redirected_;
  return false;
}

bool Transfer::finished(CURLcode code) {
  if (code != CURLE_OK) {
    deliver(std::unexpected(failure(code)));
    return false;
  }
  if (follow()) return true;
  response_.status = status();
  deliver(std::move(response_));
  return false;
}

bool Transfer::follow() {
  if (!is_redirect(status()) || ask_.redirects <= 0 || ask_.request.method != "GET") return false;
  char* url = nullptr;
  curl_easy_getinfo(curl_.get(), CURLINFO_REDIRECT_URL, &url);
  if (url == nullptr) return false;
  HttpRequest& request = ask_.request;
  std::string to = url;
  auto from = origin_of(request.url), next = origin_of(to);
  // From https to http what was protected would not be any more.
  if (!next || (from->scheme == "https" && next->scheme != "https")) return false;
  if (*next != *from) std::erase_if(request.headers, [](const auto& header) { return is_credential(header.first); });
  request.url = std::move(to);
  is_redirected_ = true;
  if (ask_.longest_ms > 0) ask_.longest_ms = std::max<int64_t>(1, ask_.longest_ms - taken_ms());
  --ask_.redirects;
  response_ = {};
  header_bytes_ = 0;
  curl_easy_reset(curl_.get());
  if (!prepare()) return false;
  // A connection that another source may open to a private address must not be found here.
  curl_easy_setopt(curl_.get(), CURLOPT_FRESH_CONNECT, 1L);
  return true;
}

void Transfer::give_up(const std::string& why) {
  deliver(std::unexpected(
      HttpFailure{fmt::format("{} {}: {}", ask_.request.method, shown_url(ask_.request.url), why), sent()}));
}

void Transfer::deliver(HttpResult result) {
  if (done_) std::exchange(done_, nullptr)(std::move(result));
}

HttpFailure Transfer::failure(CURLcode code) const {
  std::string why = refused_.empty() ? curl_easy_strerror(code) : refused_;
  return {fmt::format("{} {}: {}", ask_.request.method, shown_url(ask_.request.url), why), sent(), redirect_refused_};
}

// libcurl counts what it gave to the socket or the TLS layer: nothing given is nothing heard.
Sent Transfer::sent() const {
  long bytes = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_REQUEST_SIZE, &bytes);
  return bytes == 0 ? Sent::no : Sent::maybe;
}

int64_t Transfer::taken_ms() const {
  curl_off_t us = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_TOTAL_TIME_T, &us);
  return us / 1000;
}

int Transfer::status() const {
  long status = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

}  // namespace hookswitch
