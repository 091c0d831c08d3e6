#include <filesystem>

#include "engine/log/blobs.h"
#include "tests/unit/log/log_fixture.h"

using namespace hookswitch;

namespace {

struct Fixture : LogFixture {
  std::unique_ptr<Blobs> blobs = Blobs::open(dir / "blobs").value();

  std::string add(std::string_view body) {
    auto writer = blobs->create().value();
    REQUIRE(writer->write(body));
    return writer->finish().value();
  }
};

}  // namespace

TEST_CASE("a body is read in pieces, and what lies behind its end is empty") {
  Fixture f;
  auto reader = f.blobs->open_reader(f.add("0123456789")).value();
  CHECK(reader->bytes() == 10);
  CHECK(reader->read(0, 4).value() == "0123");
  CHECK(reader->read(8, 4).value() == "89");
  CHECK(reader->read(10, 4).value().empty());
  CHECK(reader->read(UINT64_MAX, SIZE_MAX).value().empty());
  CHECK(reader->read(0, SIZE_MAX).value() == "0123456789");
}

TEST_CASE("a body that is being read stays readable when it is removed") {
  Fixture f;
  std::string name = f.add("still here");
  auto reader = f.blobs->open_reader(name).value();
  REQUIRE(f.blobs->remove(name));
  CHECK(reader->read(6, 4).value() == "here");
  CHECK(f.blobs->open_reader(name).error().code == Code::not_found);
}

TEST_CASE("a body that was cut short on disk is corrupt, not short") {
  Fixture f;
  std::string name = f.add("0123456789");
  auto reader = f.blobs->open_reader(name).value();
  std::filesystem::resize_file(f.blobs->path(name), 5);
  CHECK(reader->read(3, 4).error().code == Code::corrupt);
  CHECK(f.blobs->open_reader("no name").error().code == Code::invalid);
}
