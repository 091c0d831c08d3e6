// When what is looked at again and again is told of.
#include "engine/cli/said_once.h"

#include <catch2/catch.hpp>

using hookswitch::cli::SaidOnce;

TEST_CASE("a fault is told once, again when it becomes another, and so is its end") {
  SaidOnce said;
  CHECK_FALSE(said.is_news(""));
  CHECK(said.is_news("no such directory"));
  CHECK_FALSE(said.is_news("no such directory"));
  CHECK(said.is_news("permission denied"));
  CHECK(said.is_news(""));
  CHECK_FALSE(said.is_news(""));
  CHECK(said.is_news("permission denied"));
}
