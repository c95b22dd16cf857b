// Public-key signatures against Project Wycheproof's files: every case, counted against the files'
// own counts; RFC 8032's; and the keys that are refused.
#include "publickey.hpp"

#include <catch2/catch.hpp>

#include "der.hpp"
#include "encoding.hpp"
#include "keyfile.hpp"
#include "vectors.hpp"

using namespace waxseal;

namespace {

std::string from_hex(const std::string& text) {
  std::string bytes(text.size() / 2, '\0');
  const auto size = decode(encoding::hex, text, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  REQUIRE(size == bytes.size());
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  encode(encoding::base64, bytes, text);
  return text;
}

constexpr key_writing base64_keys{{}, {}, secret_form::base64};

std::unique_ptr<public_key> open(const key_scheme& scheme, std::string_view text, key_writing how = base64_keys) {
  std::unique_ptr<public_key> made;
  CHECK(scheme.open(how, text, made) == "");
  REQUIRE(made);
  return made;
}

std::string refused(const key_scheme& scheme, std::string_view text, key_writing how = base64_keys) {
  std::unique_ptr<public_key> made;
  const std::string problem(scheme.open(how, text, made));
  CHECK_FALSE(made);
  return problem;
}

/// Whether a signature as it is written is one of `message`, which is split in three.
bool verifies(const key_scheme& scheme, const public_key& key, signature_form form, std::string_view message,
              std::string_view written) {
  unsigned char signature[max_signature];
  const std::size_t size = scheme.read(form, written, signature);
  const std::size_t third = message.size() / 3;
  return size > 0 && key.verify({message.substr(0, third), message.substr(third, third), message.substr(2 * third)},
                                {reinterpret_cast<char*>(signature), size});
}

struct suite {
  const char* file;
  const key_scheme& scheme;
  signature_form form;
};

std::string pem(std::string_view label, std::string_view der) {
  std::string text = to_base64(der), lines;
  for (std::size_t i = 0; i < text.size(); i += 64) lines += text.substr(i, 64) + "\n";
  return "-----BEGIN " + std::string(label) + "-----\n" + lines + "-----END " + std::string(label) + "-----\n";
}

}  // namespace

TEST_CASE("every Wycheproof case of Ed25519, ECDSA and RSA gets its verdict") {
  const suite suites[] = {
      {"ed25519_test.json", ed25519_keys, signature_form::raw},
      {"ecdsa_secp256r1_sha256_test.json", p256_keys, signature_form::der},
      {"ecdsa_secp256r1_sha256_p1363_test.json", p256_keys, signature_form::raw},
      {"rsa_signature_2048_sha256_test.json", rsa_sha256_keys, signature_form::raw},
      {"rsa_signature_3072_sha256_test.json", rsa_sha256_keys, signature_form::raw},
      {"rsa_signature_4096_sha256_test.json", rsa_sha256_keys, signature_form::raw}};
  unsigned all = 0;
  for (const auto& [file, scheme, form] : suites) {
    const auto read = test::json::parse(test::read_file(test::tests_folder() / "data" / "wycheproof" / file));
    unsigned run = 0;
    for (const auto& group : read["testGroups"]) {
      const std::string der = from_hex(group["publicKeyDer"]);
      const auto key = open(scheme, to_base64(der));
      CHECK(key->spki() == der);
      CHECK(open(scheme, group["publicKeyPem"].get<std::string>())->spki() == der);
      for (const auto& each : group["tests"]) {
        INFO(file << " " << each["tcId"] << " " << each["comment"]);
        ++run;
        // An `acceptable` RSA signature lacks the NULL of its DigestInfo: one spelling is enough.
        CHECK(verifies(scheme, *key, form, from_hex(each["msg"]), from_hex(each["sig"])) == (each["result"] == "valid"));
      }
    }
    CHECK(run == read["numberOfTests"].get<unsigned>());
    all += run;
  }
  CHECK(all == 1673);
}

TEST_CASE("Ed25519 signs and verifies as RFC 8032, 7.1, says") {
  const auto cases = test::json::parse(test::read_file(test::tests_folder() / "data" / "rfc8032" / "ed25519.json"));
  REQUIRE(cases.size() == 5);
  for (const auto& each : cases) {
    INFO(each["name"]);
    const std::string seed = from_hex(each["secret"]), point = from_hex(each["public"]), message = from_hex(each["message"]);
    const key_writing prefixed{"pub_", "sec_", secret_form::base64};
    for (const std::string& secret : {seed, seed + point}) {
      const auto key = open(ed25519_keys, "sec_" + to_base64(secret), prefixed);
      CHECK(key->can_sign());
      CHECK(key->sign({"", message, ""}) == from_hex(each["signature"]));
      CHECK(key->spki() == write_ed25519_key(point));
    }
    const auto key = open(ed25519_keys, "pub_" + to_base64(point), prefixed);
    CHECK_FALSE(key->can_sign());
    CHECK(key->sign({"", message, ""}).empty());
    CHECK(verifies(ed25519_keys, *key, signature_form::raw, message, from_hex(each["signature"])));
    CHECK_FALSE(verifies(ed25519_keys, *key, signature_form::raw, message + "x", from_hex(each["signature"])));
  }
  const std::string seed = from_hex(cases[0]["secret"]);
  CHECK(refused(ed25519_keys, "sec_" + to_base64(seed + seed), {"pub_", "sec_", secret_form::base64}) ==
        "has a public half that is not its own");
}

TEST_CASE("an Ed25519 key in hex, base64, DER and PEM is the same key") {
  const std::string point = from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const std::string der = write_ed25519_key(point);
  for (const std::string& text : {to_base64(point), to_base64(der), pem("PUBLIC KEY", der)}) {
    CHECK(open(ed25519_keys, text)->spki() == der);
  }
  std::string hex;
  encode(encoding::hex, point, hex);
  CHECK(open(ed25519_keys, hex, {{}, {}, secret_form::hex})->spki() == der);
}

TEST_CASE("keys that are none are refused with a sentence") {
  const std::string point = from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const std::string der = write_ed25519_key(point);
  CHECK(refused(ed25519_keys, "not base64!") == "is neither base64 nor PEM");
  CHECK(refused(ed25519_keys, to_base64(point.substr(1))) == "holds no key that is known here");
  CHECK(refused(ed25519_keys, to_base64(der + '\0')) == "holds no key that is known here");
  CHECK(refused(p256_keys, to_base64(der)) == "is a key, but none for ECDSA over P-256");
  CHECK(refused(rsa_sha256_keys, to_base64(der)) == "is a key, but none for RSA");
  CHECK(refused(ed25519_keys, "-----BEGIN PUBLIC KEY-----\nMCow") == "is not whole PEM: its END line is missing");
  CHECK(refused(ed25519_keys, pem("DH PARAMETERS", der)) ==
        "is PEM of another kind: give a PUBLIC KEY, CERTIFICATE or PRIVATE KEY");
  std::string spaced = pem("PUBLIC KEY", der);
  spaced[30] = ' ';
  CHECK(refused(ed25519_keys, spaced) == "is PEM, but not base64 in lines: are its line breaks lost?");
  // y = 2^255 - 19 is 0, written another way.
  CHECK(refused(ed25519_keys, to_base64("\xed" + std::string(30, '\xff') + "\x7f")) ==
        "is no Ed25519 key: its 32 bytes are none that a point has");
  // (4, 1) lies on no P-256.
  std::string off = from_hex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") + std::string(64, '\1');
  CHECK(refused(p256_keys, to_base64(off)) == "is no key: its point is not on P-256");
}

TEST_CASE("RSA keys of other sizes and with numbers that none has are refused") {
  const auto rsa = [](std::string modulus, std::string_view exponent) {
    const auto element = [](char tag, const std::string& contents) {
      const auto size = contents.size();
      std::string made(1, tag);
      if (size > 0xff) made += {'\x82', static_cast<char>(size >> 8)};
      else if (size > 0x7f) made += '\x81';
      return made + static_cast<char>(size) + contents;
    };
    const auto natural = [&](std::string_view bytes) {
      return element(2, (bytes[0] & 0x80 ? std::string(1, '\0') : std::string()) + std::string(bytes));
    };
    const std::string numbers = element(0x30, natural(modulus) + natural(exponent));
    return to_base64(element(0x30, element(0x30, from_hex("06092a864886f70d0101010500")) + element(3, '\0' + numbers)));
  };
  const std::string odd(256, '\xff');
  CHECK(open(rsa_sha256_keys, rsa(odd, "\x03")));
  CHECK(refused(rsa_sha256_keys, rsa(odd.substr(1), "\x03")) == "is too weak: an RSA key of at least 2048 bits is wanted");
  CHECK(refused(rsa_sha256_keys, rsa(odd + odd + odd, "\x03")) == "is too long: an RSA key has at most 4096 bits here");
  const std::string wrong = "holds numbers that no RSA key has";
  CHECK(refused(rsa_sha256_keys, rsa(odd, "\x01")) == wrong);
  CHECK(refused(rsa_sha256_keys, rsa(odd, "\x04")) == wrong);
  CHECK(refused(rsa_sha256_keys, rsa(odd, "\x01\x01\x01\x01\x01")) == wrong);
  CHECK(refused(rsa_sha256_keys, rsa(odd.substr(1) + '\x02', "\x03")) == wrong);
  CHECK(refused(rsa_sha256_keys, rsa('\x7f' + odd.substr(1), "\x03")) == wrong);
}

TEST_CASE("only DER is read, not BER") {
  const auto number = [](const std::string& hex) {
    const std::string bytes = from_hex(hex);
    der_reader in(bytes);
    in.natural();
    return in.done();
  };
  CHECK(number("020100"));
  CHECK(number("02020080"));
  for (const char* wrong : {"0200", "020180", "0202007f", "02810100", "02820001ff", "0280000000", "030101", "0202ff", "02", ""}) {
    INFO(wrong);
    CHECK_FALSE(number(wrong));
  }
}
