// A log whose records and bodies are sealed: read, damaged, without its key, with a newer one.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/log/blobs.h"
#include "tests/unit/log/log_fixture.h"

using namespace hookswitch;

namespace {

std::string key(char c) { return std::string(kKeyBytes, c); }
std::shared_ptr<const Keys> keys(char newest, std::vector<std::string> retired = {}) {
  return Keys::make(key(newest), std::move(retired)).value();
}

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

NewRecord private_record() {
  NewRecord record = LogFixture::record("what Ana said");
  record.headers = {{":path", "/hooks/private-path"}, {"x", "private-value"}};
  record.key_hash = 7;
  return record;
}

std::string add_blob(Blobs& blobs, const std::string& body) {
  auto writer = blobs.create().value();
  REQUIRE(writer->write(std::string_view(body).substr(0, body.size() / 3)));
  REQUIRE(writer->write(std::string_view(body).substr(body.size() / 3)));
  return writer->finish().value();
}

std::string numbers(size_t bytes) {
  std::string out;
  for (int i = 0; out.size() < bytes; ++i) out += std::to_string(i) + ' ';
  return out.substr(0, bytes);
}

}  // namespace

TEST_CASE("a sealed log reads as any other, and its file shows neither headers nor bodies") {
  LogFixture f;
  f.options.keys = keys('a');
  f.open();
  f.added(private_record());
  f.add("");
  REQUIRE(f.log->read(1, 1, [](const RecordView& record) {
    CHECK(record.body == "what Ana said");
    CHECK(record.header("x") == "private-value");
    CHECK(record.headers() == private_record().headers);
    CHECK(record.key_hash == 7);
    CHECK(record.source == "twilio");
    return true;
  }));
  CHECK(f.bodies() == Bodies{"what Ana said", ""});
  size_t backwards = 0;
  REQUIRE(f.log->read_backwards(0, 9, [&](const RecordView&) { return ++backwards > 0; }));
  CHECK(backwards == 2);
  const std::string file = file_text(f.options.dir + "/data.mdb");
  for (const char* word : {"what Ana said", "private-path", "private-value"}) {
    CHECK(file.find(word) == std::string::npos);
  }
  CHECK(file.find("twilio") != std::string::npos);
}

TEST_CASE("a log sealed with a key that is not configured is refused, and says which") {
  LogFixture f;
  f.options.keys = keys('a');
  f.open();
  f.add("one");
  f.log.reset();
  const std::string name = key_name(f.options.keys->newest());
  for (auto other : {std::shared_ptr<const Keys>(), keys('b')}) {
    f.options.keys = other;
    auto opened = Log::open(f.options, f.clock);
    REQUIRE(!opened);
    CHECK(opened.error().code == Code::conflict);
    CHECK(opened.error().message.find(name) != std::string::npos);
    CHECK(Log::open_to_read(f.options.dir, other).error().code == Code::conflict);
  }
  CHECK(Log::open_to_read(f.options.dir, keys('a')).has_value());
}

TEST_CASE("keys are changed while old records stay, and the retired one may go with the last of them") {
  LogFixture f;
  f.options.keep_ms = 1'000;
  f.open();
  f.add("in clear");
  for (char newest : {'a', 'b'}) {
    f.options.keys = newest == 'a' ? keys('a') : keys('b', {key('a')});
    f.open();
    f.add(std::string(1, newest));
  }
  CHECK(f.bodies() == Bodies{"in clear", "a", "b"});
  f.options.keys = keys('b');
  f.log.reset();
  CHECK(Log::open(f.options, f.clock).error().code == Code::conflict);
  f.options.keys = keys('b', {key('a')});
  f.open();
  f.clock.advance_ms(10'000);
  f.add("new", kNow + 10'000);
  f.log->keep_from(5);
  while (f.log->trim_step().value()) {
  }
  CHECK(f.bodies() == Bodies{"new"});
  f.open();  // finds that nothing is left of the old key
  f.options.keys = keys('b');
  f.open();
  CHECK(f.bodies() == Bodies{"new"});
}

TEST_CASE("bodies are sealed in pieces: read whole, by ranges, and with every length around a piece's end") {
  ScratchDir dir;
  auto blobs = Blobs::open(dir / "blobs", keys('a')).value();
  for (size_t bytes : {size_t{0}, size_t{1}, size_t{65'535}, size_t{65'536}, size_t{65'537}, size_t{200'000}}) {
    const std::string body = numbers(bytes);
    const std::string name = add_blob(*blobs, body);
    CHECK(blobs->read(name).value() == body);
    auto reader = blobs->open_reader(name).value();
    CHECK(reader->bytes() == bytes);
    for (size_t at : {size_t{0}, size_t{65'530}, size_t{131'000}, bytes}) {
      CHECK(reader->read(at, 20).value() == (at < bytes ? body.substr(at, 20) : ""));
      CHECK(reader->read(at, 100'000).value() == (at < bytes ? body.substr(at, 100'000) : ""));
    }
    if (bytes > 100) CHECK(file_text(blobs->path(name)).find(body.substr(0, 50)) == std::string::npos);
  }
}

TEST_CASE("a body that was cut off, swapped or changed does not open") {
  ScratchDir dir;
  auto blobs = Blobs::open(dir / "blobs", keys('a')).value();
  const std::string name = add_blob(*blobs, numbers(200'000));
  const std::string path = blobs->path(name);
  const std::string whole = file_text(path);
  auto store = [&](const std::string& text) { std::ofstream(path, std::ios::binary | std::ios::trunc) << text; };
  auto refused = [&] { return blobs->read(name).error().code == Code::corrupt; };
  const size_t piece = 65'552, front = 32;
  store(whole.substr(0, front + 2 * piece));  // at the end of a piece
  CHECK(refused());
  store(whole.substr(0, whole.size() - 5));
  CHECK(refused());
  store(whole.substr(0, front + 3));
  CHECK(refused());
  store(whole.substr(0, front) + whole.substr(front + piece, piece) + whole.substr(front, piece) +
        whole.substr(front + 2 * piece));
  CHECK(refused());
  for (size_t at : {size_t{20}, front, front + piece - 1, whole.size() - 1}) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    store(changed);
    CHECK(refused());
  }
  store(whole);
  CHECK(blobs->read(name).value() == numbers(200'000));
}

TEST_CASE("sealed bodies need their key, those in clear need none") {
  ScratchDir dir;
  const std::string sealed = add_blob(*Blobs::open(dir / "blobs", keys('a')).value(), "sealed");
  const std::string clear = add_blob(*Blobs::open(dir / "blobs").value(), "clear");
  for (auto some : {std::shared_ptr<const Keys>(), keys('b')}) {
    auto blobs = Blobs::open_to_read(dir / "blobs", some);
    CHECK(blobs->read(sealed).error().code == Code::denied);
    CHECK(blobs->read(clear).value() == "clear");
  }
  CHECK(Blobs::open_to_read(dir / "blobs", keys('b', {key('a')}))->read(sealed).value() == "sealed");
}
