// The bridge to nlohmann/json: exact integers, codes in place of exceptions.
#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <string>

#include "waxseal/nlohmann.hpp"
#include "waxseal/waxseal.hpp"

namespace {

using waxseal::status;

waxseal::event event_with(std::string_view data) {
  waxseal::event event;
  event.content = waxseal::content::json;
  event.body = data;
  event.data = data;
  return event;
}

nlohmann::json read(std::string_view data) {
  const auto value = waxseal::data(event_with(data));
  if (!value) FAIL("refused as " << name(value.error()));
  return *value;
}

status refusal(std::string_view data) {
  const auto value = waxseal::data(event_with(data));
  return value ? status::ok : value.error();
}

}  // namespace

TEST_CASE("data is what nlohmann/json reads") {
  for (const std::string text :
       {R"({"a":[1,-2,3.5,true,false,null,"x"],"b":{"c":{},"d":[]},"e":[[1],[2,[3]]]})", "[]", "{}",
        R"("text")", "0", "-1.5e-3", "null", R"({"é":"\u00e9\ud83d\ude00"})"}) {
    INFO(text);
    CHECK(read(text) == nlohmann::json::parse(text));
  }
}

TEST_CASE("an integer of up to 64 bits is exact") {
  CHECK(read("18446744073709551615").get<std::uint64_t>() == std::numeric_limits<std::uint64_t>::max());
  CHECK(read("-9223372036854775808").get<std::int64_t>() == std::numeric_limits<std::int64_t>::min());
  CHECK(read("9007199254740993").get<std::int64_t>() == 9007199254740993);
}

TEST_CASE("an integer beyond 64 bits is a string of its digits, never rounded") {
  CHECK(read("18446744073709551616") == "18446744073709551616");
  CHECK(read("-9223372036854775809") == "-9223372036854775809");
  const auto nested = read(R"({"a":[{"b":340282366920938463463374607431768211456}]})");
  CHECK(nested["a"][0]["b"] == "340282366920938463463374607431768211456");
  CHECK(read("1e20").is_number_float());
}

TEST_CASE("of a repeated key that no schema names the last value counts") {
  CHECK(read(R"({"a":{"b":1},"a":2})") == nlohmann::json({{"a", 2}}));
}

TEST_CASE("no text throws: what is not JSON is bad_json") {
  for (const std::string text : {"{", "[1,]", "nul", "\"\xff\"", "1e999", "{}x", "\"\\ud800\"", " "}) {
    INFO(text);
    CHECK(refusal(text) == status::bad_json);
  }
}

TEST_CASE("the schema's verdict keeps unsafe data from being read") {
  for (const status code :
       {status::bad_json, status::bad_utf8, status::too_deep, status::duplicate_key}) {
    auto event = event_with("{}");
    event.schema.code = code;
    const auto value = waxseal::data(event);
    REQUIRE_FALSE(value);
    CHECK(value.error() == code);
  }
}

TEST_CASE("data that breaks its schema is given all the same") {
  auto event = event_with(R"({"a":1})");
  event.schema.code = status::schema;
  CHECK((*waxseal::data(event))["a"] == 1);
}

TEST_CASE("a body that is no JSON has no data; a JSON body without data gives null") {
  auto bytes = event_with("{}");
  bytes.content = waxseal::content::bytes;
  CHECK(waxseal::data(bytes).error() == status::bad_json);
  CHECK((*waxseal::data(event_with(""))).is_null());
}

TEST_CASE("a verified event's data outlives its request") {
  const auto dialect = waxseal::find_dialect("standard-webhooks");
  REQUIRE(dialect);
  const std::string_view secrets[] = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  auto hook = waxseal::verifier::open(*dialect, secrets);
  REQUIRE(hook);
  nlohmann::json data;
  {
    const std::string body = R"({"type":"order.paid","data":{"total":9007199254740993}})";
    const auto lines = hook->sign({.body = body, .id = "msg_1", .timestamp = 1700000000});
    REQUIRE(lines);
    std::vector<waxseal::header> headers;
    for (const auto& line : *lines) headers.push_back({line.name, line.value});
    const auto event = hook->verify({.headers = headers, .body = body}, 1700000000);
    REQUIRE(event);
    data = *waxseal::data(*event);
  }
  CHECK(data["total"].get<std::int64_t>() == 9007199254740993);
}
