// The pull reader of dialect files.
#include "json.hpp"

#include <catch2/catch.hpp>

using waxseal::json_cursor;
using waxseal::json_kind;

TEST_CASE("reads values in order and says where it stands") {
  json_cursor from(R"( {"s":"a\n","n":-12,"t":true,"l":[1,{"x/~":null}],"o":{"k":[ ]}} )", "/base");
  std::string_view key, text;
  std::int64_t number = 0;
  bool flag = false;
  REQUIRE(from.peek() == json_kind::object);
  REQUIRE(from.enter_object());
  REQUIRE((from.member(key) && key == "s" && from.read_string(text) && text == "a\n"));
  REQUIRE((from.member(key) && from.read_integer(number) && number == -12));
  REQUIRE((from.member(key) && from.read_boolean(flag) && flag));
  REQUIRE((from.member(key) && from.enter_array() && from.element() && from.pointer() == "/base/l/0"));
  REQUIRE(from.read_integer(number));
  REQUIRE((from.element() && from.enter_object() && from.member(key) && key == "x/~"));
  CHECK(from.pointer() == "/base/l/1/x~1~0");
  CHECK(from.skip() == "null");
  CHECK_FALSE(from.member(key));
  CHECK_FALSE(from.element());
  REQUIRE((from.member(key) && key == "o"));
  CHECK(from.skip() == R"({"k":[ ]})");
  CHECK_FALSE(from.member(key));
  CHECK(from.finish());
  CHECK_FALSE(from.failed());
}

TEST_CASE("keeps the first error, with its pointer") {
  json_cursor from(R"({"a":{"b":"x"}})", "/f");
  std::string_view key;
  std::int64_t number = 0;
  REQUIRE((from.enter_object() && from.member(key) && from.enter_object() && from.member(key)));
  CHECK_FALSE(from.read_integer(number));
  CHECK(from.error() == "/f/a/b: expected an integer, found \"x\"");
  CHECK_FALSE(from.fail("later"));
  CHECK_FALSE(from.member(key));
  CHECK(from.skip().empty());
  CHECK_FALSE(from.finish());
  CHECK(from.error() == "/f/a/b: expected an integer, found \"x\"");
}

TEST_CASE("refuses broken JSON, repeated keys and what follows the value") {
  for (const char* text : {"", "{", "{\"a\"}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{\"a\":tru}", "{,}", "\"\xff\""}) {
    json_cursor from(text);
    std::string_view key;
    if (from.peek() == json_kind::object && from.enter_object())
      while (from.member(key)) from.skip();
    else from.skip();
    INFO(text);
    CHECK(from.failed());
  }
  json_cursor twice(R"({"a":1,"\u0061":2})");
  std::string_view key;
  REQUIRE((twice.enter_object() && twice.member(key)));
  twice.skip();
  CHECK_FALSE(twice.member(key));
  CHECK(twice.error() == "/a: this key stands twice in its object");
  json_cursor more("1 2");
  more.skip();
  CHECK_FALSE(more.finish());
  json_cursor wide("[1e2,1234567890123456789]");
  std::int64_t number = 0;
  REQUIRE((wide.enter_array() && wide.element()));
  CHECK_FALSE(wide.read_integer(number));
}
