#include "engine/base/hash.h"

#include <catch2/catch.hpp>

using namespace hookswitch;

TEST_CASE("sha256 gives the published digests") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("fast hashes are stable, since they are stored on disk") {
  CHECK(hash64("") == 0x2d06800538d394c2);
  CHECK(to_hex(hash128("")) == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("fast hashes tell texts and seeds apart") {
  CHECK(hash64("a") != hash64("b"));
  CHECK(hash64("a", 1) != hash64("a", 2));
  CHECK(hash128("a").size() == 16);
  CHECK(hash128("a") != hash128("b"));
}

TEST_CASE("hex keeps high bytes and leading zeros") { CHECK(to_hex(std::string("\x00\x0f\xf0\xff", 4)) == "000ff0ff"); }
