// Both vendors' interfaces for placing and changing calls and for messages, played on 127.0.0.1 with a plan of faults,
// and a memory of whom it really rang: so a test can say that nobody was rung twice.
//
// What goes wrong with a request depends on the seed, the action and how often it was asked for, and on nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "tests/support/raw_server.h"

namespace hookswitch::test {

/// Of a hundred requests that would place something, how many go wrong in which way. The rest work.
struct Faults {
  unsigned seed = 1;
  int drop_before = 0;    // the connection ends, nothing was done
  int drop_after = 0;     // it was done, the connection ends
  int broken_before = 0;  // 503, nothing was done
  int broken_after = 0;   // 500, it was done
  int html_after = 0;     // it was done, a proxy answers with its own page
  int rate_limited = 0;   // 429 with Retry-After: 1
  int busy = 0;           // 429 without
  int refused = 0;        // 200 with success:false, or 400
  int denied = 0;         // 401
  int slow_ms = 0;        // every answer waits up to so long
};

/// What the provider would report about a call it placed, by webhook.
struct FakeReport {
  std::string source;  // "elevenlabs" or "twilio"
  std::string action;
  std::string to;
  std::string body;  // JSON, or a form
  std::string kind;  // twilio: "status?action=..."
};

/// A message that the provider sent.
struct FakeMessage {
  std::string action, sid, to, body;
  int64_t sent_ms = 0;
};

class FakeProvider {
 public:
  explicit FakeProvider(Faults faults = {});

  /// What `api_base` has to be.
  std::string url() const { return server_.url(""); }
  /// [any] From now on: other faults, for requests to come.
  void set_faults(Faults faults);

  /// [any] Whether Twilio's calls to come are over as soon as they are placed, as usual, or last until they are hung
  /// up.
  void set_lasting(bool lasting);

  /// How often each action of a call was really carried out.
  std::map<std::string, int> placed() const;
  int placed_of(const std::string& action) const;
  /// Requests that would place something, in the order they came: "POST /path action fault".
  std::vector<std::string> trace() const;
  /// When each number was first asked to be called, ms.
  std::map<std::string, int64_t> arrivals() const;
  std::vector<FakeMessage> messages() const;
  /// What Twilio's call has been told since it was placed, in order: "hang up", TwiML or a URL.
  std::vector<std::string> told(const std::string& action) const;
  /// Takes the reports that are due, each once.
  std::vector<FakeReport> take_reports();
  size_t requests() const { return server_.requests().size(); }

 private:
  struct Call {
    std::string source, action, id, sid, to, user;
    int64_t placed_ms = 0;
    bool over = false;
    std::vector<std::string> told;
  };
  struct Wish;
  enum class Fault {
    none,
    drop_before,
    drop_after,
    broken_before,
    broken_after,
    html_after,
    rate_limited,
    busy,
    refused,
    denied
  };

  RawServer::Reply answer(const std::string& request);
  RawServer::Reply place(const Wish& wish);
  RawServer::Reply change_call(const std::string& sid, const std::string& form);
  std::string placed_answer(const Wish& wish) const;
  static std::string faulty_answer(Fault fault, bool elevenlabs);
  Fault fault_of(const std::string& action);
  void carry_out(const Wish& wish);
  void send_message(const Wish& wish);
  void report_call(const Call& call, const char* status, int sequence);
  static Json talk(const Call& call);
  std::string conversations(const std::string& user) const;
  std::string conversation(const std::string& id) const;
  std::string calls(const std::string& to) const;
  std::string messages(const std::string& to) const;

  mutable std::mutex mutex_;
  Faults faults_;
  std::map<std::string, int> asked_;  // by action
  std::map<std::string, int64_t> arrivals_;
  std::vector<Call> calls_;
  std::vector<FakeMessage> messages_;
  bool lasting_ = false;
  std::vector<std::string> trace_;
  std::vector<FakeReport> reports_;
  RawServer server_;  // last: answers from its threads
};

std::string json_answer(int status, const Json& body);

}  // namespace hookswitch::test
