// A server that answers each connection with bytes a test wrote down, and remembers what it was sent.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hookswitch::test {

class RawServer {
 public:
  /// `answer` gets each request's text (headers and body by Content-Length) and its number from 0 on. What it returns
  /// is sent; "" closes the connection without a word. With `keep` the connection stays for another request.
  struct Reply {
    std::string bytes;
    bool keep = false;
    int hold_ms = 0;  // before anything is sent
  };
  using Answer = std::function<Reply(const std::string& request, size_t n)>;

  explicit RawServer(Answer answer);
  ~RawServer();

  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::vector<std::string> requests() const;

 private:
  void run();
  void serve(int fd);

  Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  bool stopping_ = false;
  int serving_ = 0;
  std::condition_variable ended_;
  std::thread thread_;
};

/// A whole answer with its length.
std::string http_answer(int status, const std::string& body, const std::string& headers = "");

}  // namespace hookswitch::test
