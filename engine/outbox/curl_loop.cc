#include "engine/outbox/curl_loop.h"

#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <future>

namespace hookswitch {
namespace {

constexpr long kKeptConnections = 32;  // idle ones, for harmless requests

// Once in a process, whichever client is first.
void initialize_curl() {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialized);
}

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::start(HttpClientOptions options) {
  auto loop = std::make_unique<CurlLoop>(std::move(options));
  if (auto opened = loop->open(); !opened) return std::unexpected(opened.error());
  return loop;
}

HttpResult HttpClient::send_and_wait(HttpAsk ask) {
  std::promise<HttpResult> promise;
  auto future = promise.get_future();
  send(std::move(ask), [&](HttpResult result) { promise.set_value(std::move(result)); });
  return future.get();
}

Status CurlLoop::open() {
  initialize_curl();
  base_.reset(event_base_new());
  multi_.reset(curl_multi_init());
  wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (!base_ || !multi_ || wake_fd_ < 0)
    return fail(Code::unavailable, "start the HTTP client: out of memory or files");
  timer_.reset(event_new(base_.get(), -1, 0, on_time, this));
  mail_event_.reset(event_new(base_.get(), wake_fd_, EV_READ | EV_PERSIST, on_mail, this));
  event_add(mail_event_.get(), nullptr);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, on_socket_wish);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, on_timer_wish);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kKeptConnections);
  thread_ = std::thread([this] { run(); });
  return {};
}

CurlLoop::~CurlLoop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

void CurlLoop::run() {
  try {
    event_base_dispatch(base_.get());
    end_all();
  } catch (const std::exception& error) {
    spdlog::critical("the HTTP client has failed: {}", error.what());
    std::abort();  // outcomes would be lost without anybody knowing
  }
}

void CurlLoop::wake() {
  uint64_t one = 1;
  static_cast<void>(::write(wake_fd_, &one, sizeof one));
}

void CurlLoop::send(HttpAsk ask, Done done) {
  auto transfer = std::make_unique<Transfer>(options_, std::move(ask), std::move(done));
  if (!options_.may_send()) return transfer->give_up("the data directory is not in place");
  {
    std::lock_guard lock(mutex_);
    if (!stopping_) {
      mail_.push_back(std::move(transfer));
      ++under_way_;
    }
  }
  if (transfer) return transfer->give_up("the HTTP client is stopping");
  wake();
}

size_t CurlLoop::under_way() const {
  std::lock_guard lock(mutex_);
  return under_way_;
}

void CurlLoop::on_mail(evutil_socket_t socket, short, void* self) {
  uint64_t count = 0;
  static_cast<void>(::read(socket, &count, sizeof count));
  static_cast<CurlLoop*>(self)->take_mail();
}

void CurlLoop::take_mail() {
  std::vector<std::unique_ptr<Transfer>> mail;
  bool stopping = false;
  {
    std::lock_guard lock(mutex_);
    mail.swap(mail_);
    stopping = stopping_;
  }
  for (auto& transfer : mail) begin(std::move(transfer));
  if (stopping) event_base_loopbreak(base_.get());
}

void CurlLoop::begin(std::unique_ptr<Transfer> transfer) {
  auto prepared = transfer->prepare();
  CURL* handle = transfer->handle();
  if (prepared && curl_multi_add_handle(multi_.get(), handle) == CURLM_OK) {
    transfers_.emplace(handle, std::move(transfer));
    return;
  }
  {
    std::lock_guard lock(mutex_);
    --under_way_;
  }
  transfer->give_up(prepared ? "libcurl refused it" : prepared.error().message);
}

int CurlLoop::on_socket_wish(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& loop = *static_cast<CurlLoop*>(self);
  loop.watched_.erase(socket);
  if (what == CURL_POLL_REMOVE) return 0;
  short events = EV_PERSIST;
  if ((what & CURL_POLL_IN) != 0) events |= EV_READ;
  if ((what & CURL_POLL_OUT) != 0) events |= EV_WRITE;
  LoopEvent watch(event_new(loop.base_.get(), socket, events, on_ready, self));
  event_add(watch.get(), nullptr);
  loop.watched_.emplace(socket, std::move(watch));
  return 0;
}

int CurlLoop::on_timer_wish(CURLM*, long timeout_ms, void* self) {
  auto& loop = *static_cast<CurlLoop*>(self);
  if (timeout_ms < 0) return event_del(loop.timer_.get());
  timeval when{timeout_ms / 1000, timeout_ms % 1000 * 1000};
  return event_add(loop.timer_.get(), &when);
}

void CurlLoop::on_ready(evutil_socket_t socket, short what, void* self) {
  int ready = ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) | ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
  static_cast<CurlLoop*>(self)->act(socket, ready);
}

void CurlLoop::on_time(evutil_socket_t, short, void* self) {
  static_cast<CurlLoop*>(self)->act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlLoop::act(curl_socket_t socket, int what) {
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, what, &running);
  collect();
}

void CurlLoop::collect() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* handle = message->easy_handle;
    CURLcode code = message->data.result;
    curl_multi_remove_handle(multi_.get(), handle);  // `message` dies here
    auto found = transfers_.find(handle);
    if (found->second->finished(code) && curl_multi_add_handle(multi_.get(), handle) == CURLM_OK) continue;
    found->second->give_up("libcurl refused the redirect");  // nothing when it has delivered
    transfers_.erase(found);
    std::lock_guard lock(mutex_);
    --under_way_;
  }
}

void CurlLoop::end_all() {
  for (auto& [handle, transfer] : transfers_) {
    curl_multi_remove_handle(multi_.get(), handle);
    transfer->give_up("cut off because the engine stops");
  }
  transfers_.clear();
  watched_.clear();
  std::vector<std::unique_ptr<Transfer>> mail;
  {
    std::lock_guard lock(mutex_);
    mail.swap(mail_);
    under_way_ = 0;
  }
  for (auto& transfer : mail) transfer->give_up("the HTTP client is stopping");
}

}  // namespace hookswitch
