// Gets one recording from a provider into a blob, by the requests that its plugin writes.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/json.h"
#include "engine/log/blobs.h"
#include "engine/outbox/http_client.h"
#include "engine/providers/sources.h"
#include "engine/recordings/audio_sink.h"

namespace hookswitch {

struct FetchedAudio {
  std::string blob, type;
  uint64_t bytes = 0;
  Json ids;  // by which the source knows it
};

struct FetchFailure {
  int status = 0;        // of the provider's answer; 0: there was none, or it was no recording
  std::string code;      // without a status: not_sent cut_off refused_address too_large wrong_type none unsendable
  std::string error;     // a sentence without secrets
  int64_t after_ms = 0;  // that the provider asks to wait
  bool ours = false;     // the disk's trouble: the provider has nothing to do with it
  bool stopping = false;
  bool silent = false;  // the request went out, and nothing of an answer came
};

class RecordingFetch {
 public:
  /// Sends and waits; nullopt when it is time to stop.
  using Send = std::function<std::optional<HttpResult>(HttpAsk)>;

  RecordingFetch(const Sources& sources, Blobs& blobs, const std::map<std::string, std::string>& base_url, Send send)
      : sources_(sources), blobs_(blobs), base_url_(base_url), send_(std::move(send)) {}

  /// `ids` are the call's at this source. Where they lead to a list only, its first recording is taken.
  std::expected<FetchedAudio, FetchFailure> from(const std::string& source, const Json& ids) const;

 private:
  struct Answer {
    HttpResponse response;
    std::shared_ptr<AudioSink> body;
  };
  std::expected<Answer, FetchFailure> ask(const Source& source, const std::string& item) const;
  std::expected<Answer, FetchFailure> ask_listed(const Source& source, const Answer& list, Json& ids) const;

  const Sources& sources_;
  Blobs& blobs_;
  const std::map<std::string, std::string>& base_url_;
  const Send send_;
};

}  // namespace hookswitch
