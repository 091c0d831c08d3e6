#include "engine/base/parsed_object.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace hookswitch {
namespace {

std::string_view name_in(const ParsedObject& object) { return object.root()["name"].get_string().value(); }

TEST_CASE("parsed objects do not need their text, and none disturbs another") {
  std::vector<std::shared_ptr<const ParsedObject>> objects;
  for (int i = 0; i < 40; ++i) {
    std::string text = R"({"name":"call )" + std::to_string(i) + R"("})";
    objects.push_back(ParsedObject::parse(text).value());
    text.assign(text.size(), 'x');
  }
  for (int i = 0; i < 40; ++i) CHECK(name_in(*objects[static_cast<size_t>(i)]) == "call " + std::to_string(i));
}

TEST_CASE("a parsed object may end on another thread than it began on") {
  auto object = ParsedObject::parse(R"({"name":"one"})").value();
  std::thread([moved = std::move(object)]() mutable { moved.reset(); }).join();
  CHECK(name_in(*ParsedObject::parse(R"({"name":"two"})").value()) == "two");
}

TEST_CASE("what is no JSON object is told by what it is") {
  CHECK(ParsedObject::parse(R"({"name":)").error().starts_with("does not parse: "));
  CHECK(ParsedObject::parse("").error().starts_with("does not parse: "));
  CHECK(ParsedObject::parse("[1]").error() == "is JSON but no object");
}

}  // namespace
}  // namespace hookswitch
