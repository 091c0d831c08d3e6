// Recordings through the real binary: one request to the provider for all who ask, then ranges of our own file, through
// kills, a rebuild and redirects that must not be followed.
#include <curl/curl.h>
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <thread>

#include "engine/base/owned.h"
#include "tests/support/engine_process.h"
#include "tests/support/raw_server.h"

namespace hookswitch::test {
namespace {

/// An answer with its headers, names in lower case.
struct Got {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

size_t take_body(char* bytes, size_t size, size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, size * count);
  return size * count;
}

size_t take_header(char* bytes, size_t size, size_t count, void* to) {
  std::string line(bytes, size * count);
  size_t colon = line.find(": ");
  if (colon == std::string::npos) return size * count;
  std::string name = line.substr(0, colon);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  (*static_cast<std::map<std::string, std::string>*>(to))[name] = line.substr(colon + 2, line.size() - colon - 4);
  return size * count;
}

/// An engine whose providers are one server, and a conversation and a call that it was told of.
class Studio {
 public:
  explicit Studio(RawServer::Answer answer, const std::string& extra = "")
      : provider(std::move(answer)), engine(extra, "", provider.url("")) {
    engine.start();
  }

  void tell(int n) {
    Json data{{"agent_id", "xyz"},
              {"conversation_id", fmt::format("conv_{}", n)},
              {"status", "done"},
              {"has_audio", true},
              {"transcript", Json::array()},
              {"metadata", {{"start_time_unix_secs", now_secs() - 60}, {"call_duration_secs", 5}}}};
    Json body{{"type", "post_call_transcription"}, {"event_timestamp", now_secs()}, {"data", data}};
    REQUIRE(engine.post_elevenlabs(dump(body))->status == 200);
    std::string form = fmt::format(
        "AccountSid=AC00000000000000000000000000000000&CallSid=CA{0}&RecordingSid=RE{0}&RecordingStatus=completed"
        "&RecordingUrl=https%3A%2F%2Fapi.twilio.com%2FRE{0}&RecordingDuration=5",
        n);
    REQUIRE(engine.post_twilio(form, "recording")->status == 200);
    REQUIRE(engine.settle());
  }

  Got get(const std::string& id, const cli::HttpHeaders& headers = {}, bool only_head = false) {
    Got out;
    Owned<CURL, curl_easy_cleanup> curl(curl_easy_init());
    std::ifstream file(engine.dir().path() + "/data/cli.token");
    std::string url, token;
    file >> url >> token;
    url += "/api/v1/calls/" + id + "/recording";
    curl_slist* list = curl_slist_append(nullptr, ("Authorization: Bearer " + token).c_str());
    for (const auto& [name, value] : headers) list = curl_slist_append(list, (name + ": " + value).c_str());
    Owned<curl_slist, curl_slist_free_all> owned(list);
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_NOBODY, only_head ? 1L : 0L);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &out.body);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &out.headers);
    if (curl_easy_perform(curl.get()) != CURLE_OK) return out;
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    out.status = static_cast<int>(status);
    return out;
  }

  RawServer provider;
  EngineProcess engine;
};

std::string mp3(size_t bytes) {
  std::string out = "ID3";
  for (size_t i = out.size(); i < bytes; ++i) out.push_back(static_cast<char>('a' + i * 7 % 26));
  return out;
}

RawServer::Reply audio(size_t bytes, int hold_ms = 0) {
  return {.bytes = http_answer(200, mp3(bytes), "Content-Type: audio/mpeg\r\n"), .hold_ms = hold_ms};
}

std::string target_of(const std::string& request) { return request.substr(0, request.find(" HTTP/")); }

const std::string kTwilioPath = "GET /2010-04-01/Accounts/AC00000000000000000000000000000000/Recordings/";

TEST_CASE("ten who ask at once cause one request, and from then on ranges come from our own disk") {
  constexpr size_t kBytes = 3'000'001;
  Studio studio([](const std::string&, size_t) { return audio(kBytes, 200); });
  studio.tell(1);
  for (const std::string id : {"conv_1", "CA1"}) {
    std::vector<std::future<Got>> askers;
    for (int i = 0; i < 10; ++i) askers.push_back(std::async(std::launch::async, [&] { return studio.get(id); }));
    for (auto& asker : askers) {
      Got got = asker.get();
      CHECK(got.status == 200);
      CHECK(got.body == mp3(kBytes));
      CHECK(got.headers["content-type"] == "audio/mpeg");
    }
  }
  auto requests = studio.provider.requests();
  REQUIRE(requests.size() == 2);
  CHECK(target_of(requests[0]) == "GET /v1/convai/conversations/conv_1/audio");
  CHECK(requests[0].find("xi-api-key: key") != std::string::npos);
  CHECK(target_of(requests[1]) == kTwilioPath + "RE1.mp3");
  CHECK(requests[1].find("authorization: Basic ") != std::string::npos);

  Got part = studio.get("conv_1", {{"Range", "bytes=1000000-1999999"}});
  CHECK(part.status == 206);
  CHECK(part.body == mp3(kBytes).substr(1'000'000, 1'000'000));
  CHECK(part.headers["content-range"] == "bytes 1000000-1999999/3000001");
  CHECK(part.headers["accept-ranges"] == "bytes");
  CHECK(studio.get("conv_1", {{"Range", "bytes=-3"}}).body == mp3(kBytes).substr(kBytes - 3));
  Got beyond = studio.get("conv_1", {{"Range", "bytes=3000001-"}});
  CHECK(beyond.status == 416);
  CHECK(beyond.headers["content-range"] == "bytes */3000001");
  std::string etag = part.headers["etag"];
  CHECK(etag.size() == 66);
  CHECK(studio.get("conv_1", {{"If-None-Match", etag}}).status == 304);
  CHECK(studio.get("conv_1", {{"Range", "bytes=0-9"}, {"If-Range", etag}}).status == 206);
  CHECK(studio.get("conv_1", {{"Range", "bytes=0-9"}, {"If-Range", "\"other\""}}).status == 200);
  Got head = studio.get("conv_1", {}, true);
  CHECK(head.status == 200);
  CHECK(head.headers["content-length"] == std::to_string(kBytes));
  CHECK(head.body.empty());

  // What is kept stays kept: by another engine, by a state made anew, with the provider's word gone.
  CHECK(studio.engine.stop() == 0);
  std::string said;
  REQUIRE(studio.engine.run("rebuild", &said) == 0);
  studio.engine.start();
  CHECK(studio.get("conv_1").body == mp3(kBytes));
  CHECK(studio.get("CA1").body == mp3(kBytes));
  CHECK(studio.provider.requests().size() == 2);
}

TEST_CASE("an engine that is killed while it fetches fetches again, and leaves nothing behind") {
  std::atomic<bool> slow = true;
  Studio studio([&](const std::string&, size_t) {
    // The first half, and then nothing until the connection ends.
    if (!slow) return audio(2'000'000);
    RawServer::Reply reply = audio(2'000'000, 1'500);
    reply.bytes.resize(1'000'000);
    return reply;
  });
  studio.tell(1);
  for (int i = 0; i < 3; ++i) {
    auto asker = std::async(std::launch::async, [&] { return studio.get("conv_1"); });
    REQUIRE(eventually([&] { return studio.provider.requests().size() == static_cast<size_t>(i) + 1; }));
    studio.engine.kill_hard();
    CHECK(asker.get().status == 0);
    studio.engine.start();
    REQUIRE(studio.engine.settle());
  }
  slow = false;
  CHECK(studio.get("conv_1").body == mp3(2'000'000));
  CHECK(studio.provider.requests().size() == 4);
  CHECK(std::filesystem::is_empty(studio.engine.dir().path() + "/data/blobs/tmp"));
}

TEST_CASE("an answer that is cut off is no recording, and neither is a page") {
  Studio studio([](const std::string& request, size_t) {
    RawServer::Reply reply = audio(100'000);
    if (request.find("/conv_1/") != std::string::npos) reply.bytes.resize(50'000);
    if (request.find("/conv_2/") != std::string::npos)
      reply.bytes = http_answer(200, "<html>sign in</html>", "Content-Type: text/html\r\n");
    if (request.find("/conv_3/") != std::string::npos)
      reply.bytes = http_answer(429, "{}", "Content-Type: application/json\r\nRetry-After: 77\r\n");
    return reply;
  });
  for (int n : {1, 2, 3}) studio.tell(n);
  Got cut = studio.get("conv_1");
  CHECK(cut.status == 503);
  CHECK(cut.body.find("cut_off") != std::string::npos);
  CHECK(cut.body.find("key") == std::string::npos);
  CHECK(studio.get("conv_2").status == 502);
  Got limited = studio.get("conv_3");
  CHECK(limited.status == 503);
  CHECK(limited.headers["retry-after"] == "77");
  CHECK(studio.get("CA1").status == 200);
  CHECK(studio.get("CA9").status == 404);
}

TEST_CASE("a redirect to a private address is not followed, and one within the provider's own is") {
  RawServer elsewhere([](const std::string&, size_t) { return audio(10); });
  Studio studio([&](const std::string& request, size_t) -> RawServer::Reply {
    if (request.find("/RE1.mp3") != std::string::npos)
      return {http_answer(302, "", "Location: " + elsewhere.url("/media") + "\r\n")};
    if (request.find("/RE2.mp3") != std::string::npos) return {http_answer(307, "", "Location: /media/2\r\n")};
    return audio(10);
  });
  studio.tell(1);
  studio.tell(2);
  Got refused = studio.get("CA1");
  CHECK(refused.status == 502);
  CHECK(refused.body.find("private network") != std::string::npos);
  CHECK(elsewhere.requests().empty());
  CHECK(studio.get("CA2").body == mp3(10));
}

TEST_CASE("audio that a webhook brings is served without a request, and the provider's copy goes when it should") {
  std::atomic<int> deleted = 0;
  Studio studio(
      [&](const std::string& request, size_t) -> RawServer::Reply {
        if (!request.starts_with("DELETE ")) return audio(1'000);
        ++deleted;
        return {http_answer(204, "")};
      },
      "recordings: {fetch: always, delete_at_provider: true}");
  std::string base64 = "SUQz";
  for (int i = 0; i < 700'000; ++i) base64 += "YWJj";
  std::string body = fmt::format(
      R"({{"type":"post_call_audio","event_timestamp":{},"data":{{"agent_id":"xyz","conversation_id":"conv_5","full_audio":"{}"}}}})",
      now_secs(), base64);
  REQUIRE(studio.engine.post_elevenlabs(body)->status == 200);
  REQUIRE(eventually([&] { return studio.get("conv_5").status == 200; }));
  Got got = studio.get("conv_5");
  CHECK(got.body.size() == 3 + 700'000 * 3);
  CHECK(got.body.ends_with("abcabc"));
  CHECK(studio.provider.requests().empty());

  studio.tell(1);
  REQUIRE(eventually([&] { return deleted == 1; }));
  auto requests = studio.provider.requests();
  CHECK(target_of(requests.back()).ends_with("/Recordings/RE1.json"));
  CHECK(studio.get("CA1").body == mp3(1'000));
  CHECK(eventually([&] {
    auto metrics = cli::request("GET", studio.engine.url("/metrics"), {}, "");
    return metrics && metrics->body.find("hookswitch_recordings_total{outcome=\"kept\"} 3") != std::string::npos;
  }));
}

}  // namespace
}  // namespace hookswitch::test
