#include "encoding.hpp"

#include <catch2/catch.hpp>
#include <random>

using waxseal::encoding;

namespace {

std::optional<std::string> decoded(encoding how, std::string_view text) {
  std::string bytes(64, '\0');
  const auto size = waxseal::decode(how, text, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  if (!size) return {};
  bytes.resize(*size);
  return bytes;
}

std::string encoded(encoding how, std::string_view bytes) {
  std::string text;
  waxseal::encode(how, bytes, text);
  return text;
}

}  // namespace

TEST_CASE("RFC 4648's examples decode and encode") {
  const std::pair<const char*, const char*> examples[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    CHECK(encoded(encoding::base64, bytes) == text);
    CHECK(decoded(encoding::base64, text) == bytes);
  }
  CHECK(encoded(encoding::hex, "foobar") == "666f6f626172");
  CHECK(encoded(encoding::base64url, "\xfb\xff") == "-_8");
}

TEST_CASE("what is encoded decodes to the same bytes and every other spelling is refused") {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    for (const auto how : {encoding::hex, encoding::base64, encoding::base64url}) {
      const std::string text = encoded(how, bytes);
      REQUIRE(decoded(how, text) == bytes);
      // one byte of the text changed: either refused, or another value, never the same one
      if (text.empty()) continue;
      std::string other = text;
      other[random() % other.size()] = static_cast<char>(random());
      if (other != text) CHECK(decoded(how, other) != bytes);
    }
  }
}

TEST_CASE("refuses encodings that are not canonical") {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "Z m8=", "Zm8=\n", " Zm8=",
                           "Zm8=Zm8=", "Zm-v", "Zm_v", "====", "=", "A==="}) {
    INFO(text);
    CHECK_FALSE(decoded(encoding::base64, text));
  }
  for (const char* text : {"Zg==", "Zh", "Zm9", "Zm+v", "Zm/v", "A"}) {
    INFO(text);
    CHECK_FALSE(decoded(encoding::base64url, text));
  }
  for (const char* text : {"AB", "a", "0x", "a-", "a b", "zz", "d:"}) {
    INFO(text);
    CHECK_FALSE(decoded(encoding::hex, text));
  }
}

TEST_CASE("refuses to write past the room it is given") {
  unsigned char bytes[3] = {};
  CHECK(waxseal::decode(encoding::hex, "010203", bytes, 3) == 3);
  CHECK_FALSE(waxseal::decode(encoding::hex, "01020304", bytes, 3));
  CHECK_FALSE(waxseal::decode(encoding::base64, "AAAAAA==", bytes, 3));
}

TEST_CASE("a timestamp is digits without sign, space, fraction or leading zero") {
  CHECK(waxseal::parse_integer("0", 12) == 0);
  CHECK(waxseal::parse_integer("1700000000", 12) == 1700000000);
  CHECK(waxseal::parse_integer("999999999999", 12) == 999999999999);
  for (const char* text : {"", "00", "01", "+1", "-1", " 1", "1 ", "1.0", "1e9", "1700000000junk",
                           "1000000000000", "0x10", "\xef\xbc\x91"}) {
    INFO(text);
    CHECK_FALSE(waxseal::parse_integer(text, 12));
  }
}

TEST_CASE("dates and times of RFC 3339 become Unix seconds and come back") {
  CHECK(waxseal::parse_date_time("1970-01-01T00:00:00Z") == 0);
  CHECK(waxseal::parse_date_time("2024-01-15T10:30:00Z") == 1705314600);
  CHECK(waxseal::parse_date_time("2024-02-29t23:59:60.123z") == 1709251200);
  CHECK(waxseal::parse_date_time("2000-03-01T00:30:00+01:30") == 951865200);
  CHECK(waxseal::parse_date_time("1969-12-31T23:59:59Z") == -1);
  for (const char* text :
       {"", "2024-01-15", "2024-01-15 10:30:00Z", "2024-01-15T10:30:00", "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-32T00:00:00Z",
        "2024-01-15T24:00:00Z", "2024-01-15T10:60:00Z", "2024-01-15T10:30:00.Z",
        "2024-01-15T10:30:00+1:00", "2024-01-15T10:30:00+01:00x", "2024-01-15T10:30:0Z"}) {
    INFO(text);
    CHECK_FALSE(waxseal::parse_date_time(text));
  }
  for (std::int64_t at = -62167219200; at < 250000000000; at += 86399999) {
    CHECK(waxseal::parse_date_time(waxseal::write_date_time(at)) == at);
  }
}
