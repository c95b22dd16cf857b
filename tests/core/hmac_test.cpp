// HMAC against Project Wycheproof's files, every case, counted against the files' own counts; and
// against RFC 4231's.
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

TEST_CASE("RFC 4231: the seven cases with SHA-256, SHA-384 and SHA-512, the fifth truncated to 128 bits") {
  const struct {
    std::string key, message, sha256, sha384, sha512;
  } cases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
       "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
       "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
       "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
       "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
       "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
       "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
       "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
       "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
       "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
      {from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
       "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
       "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
       "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"},
      {std::string(20, '\x0c'), "Test With Truncation",
       "a3b6167473100ee06e0c796c2955552b",
       "3abf34c3503b2a23a46efc619baef897",
       "415fad6271580a531d4179bc891d87a6"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
       "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
       "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
       "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
      {std::string(131, '\xaa'), "This is a test using a larger than block-size key and a larger than block-size data. "
       "The key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
       "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
       "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
       "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"},
  };
  for (const auto& each : cases) {
    const std::pair<waxseal::algorithm, std::string> tags[] = {{waxseal::algorithm::sha256, each.sha256},
                                                               {waxseal::algorithm::sha384, each.sha384},
                                                               {waxseal::algorithm::sha512, each.sha512}};
    for (const auto& [algorithm, tag] : tags) {
      unsigned char digest[waxseal::max_digest];
      const waxseal::hmac_key key(algorithm, each.key);
      key.inner("", each.message, "", digest);
      key.outer(digest);
      const std::string wanted = from_hex(tag);
      CHECK(std::string(reinterpret_cast<char*>(digest), wanted.size()) == wanted);
    }
  }
}
