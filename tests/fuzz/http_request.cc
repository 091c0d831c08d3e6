// Requests as bytes: they are read the same in whatever pieces they come, and what was understood reads the same when
// it is written down again.
#include <fmt/format.h>

#include "engine/base/check.h"
#include "engine/http/head_rules.h"
#include "engine/http/request_reader.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {
namespace {

struct Reading {
  std::string shown;      // everything that was understood, and the problem at the end
  std::string rewritten;  // the whole requests among it, as requests
};

const ServerOptions& small_limits() {
  static const ServerOptions options = [] {
    ServerOptions out;
    out.target_bytes_max = 256;
    out.header_bytes_max = 1024;
    out.header_count_max = 16;
    out.body_bytes_max = 2048;
    return out;
  }();
  return options;
}

void check_head(const Head& head) {
  const Request& request = head.request;
  ENSURE(request.target.starts_with('/') || request.target == "*", "target {}", request.target);
  ENSURE(!head.chunked || !request.content_length, "both framings");
  ENSURE(request.path().size() + request.query().size() <= request.target.size(), "target {}", request.target);
  for (const auto& [name, value] : request.headers) {
    ENSURE(is_token(name), "header {}", name);
    ENSURE(value.find_first_of(std::string_view("\0\r\n", 3)) == value.npos, "value of {}", name);
  }
}

class Reader {
 public:
  bool feed(std::string_view in) {
    while (true) {
      switch (reader_.next(in)) {
        case RequestReader::Step::more:
          ENSURE(in.empty(), "{} bytes are left", in.size());
          return true;
        case RequestReader::Step::head:
          begin();
          break;
        case RequestReader::Step::piece:
          ENSURE(!reader_.piece().empty(), "an empty piece");
          body_ += reader_.piece();
          break;
        case RequestReader::Step::complete:
          end();
          break;
        case RequestReader::Step::problem:
          out_.shown += fmt::format("problem {} {}\n", reader_.problem().status, reader_.problem().detail);
          return false;
      }
    }
  }
  Reading take() { return std::move(out_); }

 private:
  void begin() {
    const Head& head = reader_.head();
    check_head(head);
    head_ = fmt::format("{} {} HTTP/1.{}\r\n", head.request.method, head.request.target, head.minor_version);
    for (const auto& [name, value] : head.request.headers) head_ += fmt::format("{}:{}\r\n", name, value);
    chunked_ = head.chunked;
    body_.clear();
    out_.shown += fmt::format("{}keep {} expects {} length {}\n", head_, head.keep_alive, head.expects_continue,
                              head.request.content_length.value_or(0));
  }
  void end() {
    ENSURE(body_.size() <= small_limits().body_bytes_max, "a body of {} bytes", body_.size());
    out_.shown += body_ + "\ncomplete\n";
    out_.rewritten += head_ + "\r\n";
    if (chunked_ && !body_.empty()) out_.rewritten += fmt::format("{:x}\r\n{}\r\n", body_.size(), body_);
    out_.rewritten += chunked_ ? "0\r\n\r\n" : body_;
  }

  RequestReader reader_{small_limits()};
  std::string head_, body_;
  bool chunked_ = false;
  Reading out_;
};

Reading read(const std::vector<std::string_view>& pieces) {
  Reader reader;
  for (std::string_view piece : pieces) {
    if (!reader.feed(piece)) break;
  }
  return reader.take();
}

std::vector<std::string_view> bytes_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t i = 0; i < text.size(); ++i) out.push_back(text.substr(i, 1));
  return out;
}

}  // namespace

void try_input(std::string_view input) {
  Reading whole = read({input});
  for (const auto& cut : {pieces(input), bytes_of(input)}) {
    Reading other = read(cut);
    ENSURE(other.rewritten == whole.rewritten, "in pieces: {}\nwhole: {}", other.shown, whole.shown);
    ENSURE(other.shown == whole.shown, "in pieces: {}\nwhole: {}", other.shown, whole.shown);
  }
  Reading again = read({whole.rewritten});
  ENSURE(again.rewritten == whole.rewritten, "again: {}\nfirst: {}", again.shown, whole.shown);
}

}  // namespace hookswitch::fuzz
