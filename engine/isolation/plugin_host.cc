#include "engine/isolation/plugin_host.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "engine/isolation/child.h"
#include "engine/isolation/confine.h"
#include "engine/isolation/host_calls.h"
#include "engine/providers/loader.h"

namespace hookswitch {

namespace {

constexpr size_t kReadBytes = 64 * limits::kKiB;

/// Reads exactly `bytes`; false at the end of the socket, which is the engine's.
bool receive(std::string& into, size_t bytes) {
  for (size_t got = 0; got < bytes;) {
    if (into.size() < std::min(bytes, got + kReadBytes)) into.resize(std::min(bytes, std::max(2 * got, kReadBytes)));
    ssize_t size = ::recv(kChildSocket, into.data() + got, std::min(into.size(), bytes) - got, 0);
    if (size == 0 || (size < 0 && errno != EINTR)) return false;
    if (size > 0) got += static_cast<size_t>(size);
  }
  return true;
}

bool send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = ::send(kChildSocket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

/// What the plugin logs goes with the next answer to the engine, which has the log.
class AnswerSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit AnswerSink(HostCalls& calls) : calls_(calls) {}

 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    calls_.take_log_line(line.level >= spdlog::level::warn, {line.payload.data(), line.payload.size()});
  }
  void flush_() override {}

  HostCalls& calls_;
};

bool serve_one(HostCalls& calls, std::string& question, std::string& answer) {
  std::array<char, Frame::kBytes> head{};
  for (size_t got = 0; got < head.size();) {
    ssize_t size = ::recv(kChildSocket, head.data() + got, head.size() - got, 0);
    if (size == 0 || (size < 0 && errno != EINTR)) return false;
    if (size > 0) got += static_cast<size_t>(size);
  }
  const Frame frame = Frame::of(head.data());
  if (!receive(question, frame.length)) return false;
  answer.assign(Frame::kBytes, '\0');
  // An engine that was killed cannot end a call that never ends.
  ::alarm(limits::kOrphanSeconds);
  if (!calls.answer(std::string_view(question).substr(0, frame.length), answer)) return false;
  ::alarm(0);
  Frame::close(answer, frame.number);
  if (question.capacity() > limits::kKeptBufferBytes) std::string().swap(question);
  return send(answer);
}

}  // namespace

void run_plugin_host(const std::string& called) {
  int kind = 0;
  socklen_t size = sizeof kind;
  if (::getsockopt(kChildSocket, SOL_SOCKET, SO_TYPE, &kind, &size) != 0) return;
  confine_process();
  ::alarm(limits::kOrphanSeconds);
  HostCalls calls(load_plugin(fmt::format("/proc/self/fd/{}", kChildPluginFile), called));
  ::alarm(0);
  hide_memory();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("", std::make_shared<AnswerSink>(calls)));
  std::string question, answer;
  while (serve_one(calls, question, answer)) {
    if (answer.capacity() > limits::kKeptBufferBytes) std::string().swap(answer);
  }
  ::_exit(0);  // whatever the plugin would do at an end of its own
}

}  // namespace hookswitch
