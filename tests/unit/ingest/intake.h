// Intake with real plugins and a log and blobs that do as they are told, fed by hand: no sockets.
#pragma once

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/ingest/ingest.h"
#include "engine/providers/provider.h"

namespace hookswitch::test {

/// Keeps what it is given and commits it at once, unless told to fail.
class ObedientLog final : public Log {
 public:
  enum class Mood { stores, is_full, fails };

  Status append(NewRecord& record, Done done) override;
  Result<size_t> read(uint64_t, size_t, const Visit&,
                      const std::function<void(uint64_t, const Error&)>&) const override {
    return 0;
  }
  Result<size_t> read_backwards(uint64_t, size_t, const Visit&) const override { return 0; }
  Result<uint64_t> seq_at(int64_t) const override { return 1; }
  uint64_t last_seq() const override { return records.size(); }
  uint64_t wait_beyond(uint64_t, int64_t) const override { return last_seq(); }
  void wake() const override {}
  void keep_from(uint64_t) override {}
  Result<bool> trim_step() override { return false; }
  Result<Redacted> redact_step(uint64_t, uint64_t end_seq, const Judge&) override {
    return Redacted{.next_seq = end_seq, .seqs = {}};
  }
  LogStats stats() const override { return {}; }
  void stop() override {}

  Mood mood = Mood::stores;
  std::vector<NewRecord> records;
};

/// Blobs in memory that fail at the step they are told to.
class ObedientBlobs final : public Blobs {
 public:
  enum class Fails { never, create, write, finish };

  Result<std::unique_ptr<BlobWriter>> create() override;
  Result<std::string> read(std::string_view) const override { return last; }
  Result<std::unique_ptr<BlobReader>> open_reader(std::string_view name) const override {
    return fail(Code::not_found, "open {}: nothing is read here", name);
  }
  std::string path(std::string_view) const override { return ""; }
  Status remove(std::string_view) override { return {}; }

  Fails fails = Fails::never;
  std::string last;    // what the last writer was given
  size_t writers = 0;  // made
  size_t writes = 0;
};

class KeptAnswer final : public Exchange {
 public:
  void respond(Response response) override {
    CHECK_FALSE(given);
    given = std::move(response);
  }
  std::shared_ptr<Stream> start_stream(Response, const std::string&) override { return nullptr; }
  std::optional<Response> given;
};

/// The sources `elevenlabs` and `twilio` behind https://calls.example.com, `twilio_late` without a plugin; the extra
/// path /api/calls is elevenlabs'.
class Intake {
 public:
  Intake();

  /// What the request is answered; nullopt while it waits. The body comes in pieces of `piece` bytes.
  std::shared_ptr<KeptAnswer> ask(Request request, const std::string& body = "", size_t piece = 64 * 1024);
  Response answer(Request request, const std::string& body = "");
  /// A POST that the provider signed.
  Request signed_post(const std::string& source, const std::string& path, const std::string& body);
  bool counted(const std::string& series) const { return metrics.text().find(series + "\n") != std::string::npos; }

  ManualClock clock{1'766'100'000'000};
  Metrics metrics;
  IntakeMetrics intake_metrics{metrics, clock};
  Routes routes;
  Sources sources;
  Providers providers;
  ObedientLog log;
  ObedientBlobs blobs;
  Answers answers{clock};
  bool accepting = true;
  std::unique_ptr<Ingest> ingest;
};

Request post(const std::string& target, HeaderList headers);

}  // namespace hookswitch::test
