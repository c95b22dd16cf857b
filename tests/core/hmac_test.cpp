// HMAC against Project Wycheproof's files: every case, counted against the files' own counts.
#include "hmac.hpp"

#include <catch2/catch.hpp>

#include "vectors.hpp"

namespace {

std::string from_hex(const std::string& text) {
  std::string bytes(text.size() / 2, '\0');
  const auto size = waxseal::decode(waxseal::encoding::hex, text,
                                    reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  REQUIRE(size == bytes.size());
  return bytes;
}

}  // namespace

TEST_CASE("every Wycheproof case of HMAC gets its tag, whole or truncated, and no wrong one") {
  const std::pair<const char*, waxseal::algorithm> files[] = {
      {"hmac_sha1_test.json", waxseal::algorithm::sha1},
      {"hmac_sha256_test.json", waxseal::algorithm::sha256},
      {"hmac_sha384_test.json", waxseal::algorithm::sha384},
      {"hmac_sha512_test.json", waxseal::algorithm::sha512}};
  for (const auto& [file, algorithm] : files) {
    const auto suite =
        test::json::parse(test::read_file(test::tests_folder() / "data" / "wycheproof" / file));
    unsigned run = 0;
    for (const auto& group : suite["testGroups"]) {
      const std::size_t tag_size = group["tagSize"].get<std::size_t>() / 8;
      for (const auto& each : group["tests"]) {
        INFO(file << " " << each["tcId"]);
        ++run;
        const std::string message = from_hex(each["msg"]), tag = from_hex(each["tag"]);
        const waxseal::hmac_key key(algorithm, from_hex(each["key"]));
        unsigned char digest[waxseal::max_digest];
        const std::string_view text = message;
        key.digest(text.substr(0, text.size() / 3), text.substr(text.size() / 3), "", digest);
        REQUIRE(tag_size <= waxseal::digest_size(algorithm));
        const bool same = tag.size() == tag_size &&
                          waxseal::equal_in_constant_time(digest, tag.data(), tag_size);
        CHECK(same == (each["result"] == "valid"));
      }
    }
    CHECK(run == suite["numberOfTests"].get<unsigned>());
  }
}
