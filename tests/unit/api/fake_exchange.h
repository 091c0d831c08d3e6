// An exchange and a stream that keep what they were given, for tests to look at and wait for.
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/http/exchange.h"

namespace hookswitch::test {

class FakeStream final : public Stream {
 public:
  bool write(std::string bytes) override {
    std::lock_guard lock(mutex_);
    if (closed_) {
      ++refused_writes_;
      return false;
    }
    text_ += bytes;
    longest_ = std::max(longest_, bytes.size());
    changed_.notify_all();
    return true;
  }
  void close() override {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  void on_closed(std::function<void()>) override {}
  size_t room() override {
    std::lock_guard lock(mutex_);
    return room_;
  }
  void on_room(std::function<void()> fn) override {
    std::lock_guard lock(mutex_);
    when_room_ = std::move(fn);
  }

  std::string text() const {
    std::lock_guard lock(mutex_);
    return text_;
  }
  /// How many bytes are welcome from now on.
  void make_room(size_t bytes) {
    std::function<void()> run;
    {
      std::lock_guard lock(mutex_);
      room_ = bytes;
      if (bytes > 0) run = when_room_;
    }
    if (run) run();
  }
  /// Bytes of the longest write.
  size_t longest() const {
    std::lock_guard lock(mutex_);
    return longest_;
  }
  /// Waits until the text holds `part`; what was there in the end.
  std::string wait_for(const std::string& part) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return text_.find(part) != std::string::npos; });
    CHECK(text_.find(part) != std::string::npos);
    return text_;
  }
  /// Writes after it was closed.
  size_t refused_writes() const {
    std::lock_guard lock(mutex_);
    return refused_writes_;
  }
  bool wait_closed() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return closed_; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  std::function<void()> when_room_;
  size_t room_ = 256 * 1024;
  size_t longest_ = 0;
  bool closed_ = false;
  size_t refused_writes_ = 0;
};

class FakeExchange final : public Exchange {
 public:
  void respond(Response response) override {
    CHECK_FALSE(response_);
    response_ = std::move(response);
  }
  std::shared_ptr<Stream> start_stream(Response head, const std::string& by) override {
    CHECK_FALSE(response_);
    stream_->write(std::move(head.body));
    response_ = std::move(head);
    stream_by_ = by;
    return stream_;
  }
  const std::optional<Response>& response() const { return response_; }
  const std::shared_ptr<FakeStream>& stream() const { return stream_; }
  /// Who its stream was said to be of.
  const std::string& stream_by() const { return stream_by_; }

 private:
  std::optional<Response> response_;
  std::string stream_by_;
  std::shared_ptr<FakeStream> stream_ = std::make_shared<FakeStream>();
};

}  // namespace hookswitch::test
