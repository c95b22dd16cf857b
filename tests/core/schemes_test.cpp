// Public-key dialects through the verifier: keys in files, signing, several keys, signers elsewhere.
#include <algorithm>
#include <catch2/catch.hpp>

#include "encoding.hpp"
#include "vectors.hpp"
#include "waxseal/waxseal.hpp"

using namespace waxseal;

namespace {

std::string key_file(const char* name) {
  return test::read_file(test::tests_folder() / "data" / "keys" / (std::string(name) + ".pem"));
}

dialect make(const std::string& signature) {
  auto made = dialect::load(R"({"name":"test","title":"Test","documents":["https://example.com"],
    "signature":{"header":"X-Signature","encoding":"base64",)" + signature + R"(},
    "secret":{"prefix":"pub_","signing_prefix":"sec_","decode":"base64"}})", "test");
  INFO(made.error());
  REQUIRE(made);
  return *made;
}

result<verifier, std::string> open(const dialect& from, const std::vector<std::string>& keys, options how = {}) {
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  return verifier::open(from, views, how);
}

verifier opened(const dialect& from, const std::vector<std::string>& keys, options how = {}) {
  auto made = open(from, keys, how);
  INFO(made.error());
  REQUIRE(made);
  return std::move(*made);
}

std::string signature_of(verifier& by, const message& what) {
  auto headers = by.sign(what);
  INFO(headers.error());
  REQUIRE(headers);
  REQUIRE(headers->size() == 1);
  return (*headers)[0].value;
}

status verdict(verifier& by, std::string_view body, const std::string& signature, unsigned* secret = nullptr) {
  const header headers[] = {{"x-signature", signature}};
  const auto event = by.verify({headers, body}, 0);
  if (event && secret) *secret = event->secret;
  return event ? status::ok : event.error();
}

struct scheme {
  const char *signature, *private_key, *public_key;
};
const scheme schemes[] = {
    {R"("scheme":"ed25519")", "ed25519-private", "ed25519-public"},
    {R"("scheme":"ecdsa-p256-sha256","format":"der")", "p256-private", "p256-public"},
    {R"("scheme":"ecdsa-p256-sha256","format":"raw")", "p256-sec1", "p256-certificate"},
    {R"("scheme":"rsa-pkcs1-sha256")", "rsa-private", "rsa-public"},
    {R"("scheme":"rsa-pkcs1-sha1")", "rsa-private", "rsa-certificate"}};

}  // namespace

TEST_CASE("what a private key signs, its public half verifies, and nothing else") {
  for (const auto& [signature, private_key, public_key] : schemes) {
    INFO(signature);
    const dialect from = make(signature);
    auto sender = opened(from, {key_file(private_key)}), receiver = opened(from, {key_file(public_key)});
    const std::string made = signature_of(sender, {.body = "hello"});
    CHECK(verdict(receiver, "hello", made) == status::ok);
    CHECK(verdict(sender, "hello", made) == status::ok);
    CHECK(verdict(receiver, "hellO", made) == status::bad_signature);
    CHECK(verdict(receiver, "hello", "") == status::missing_signature);
    CHECK(verdict(receiver, "hello", made + "A") == status::bad_signature);
    const auto refused = receiver.sign({.body = "hello"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == "only a public key is set: give the private one, or a signer, to sign");
  }
}

TEST_CASE("of several keys the one that matches is named") {
  const dialect from = make(R"("scheme":"ed25519")");
  auto sender = opened(from, {key_file("ed25519-private")});
  const std::string other = "pub_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
  const std::string made = signature_of(sender, {.body = "hello"});
  unsigned secret = 9;
  auto receiver = opened(from, {other, key_file("ed25519-public")});
  CHECK(verdict(receiver, "hello", made, &secret) == status::ok);
  CHECK(secret == 1);
  auto stranger = opened(from, {other});
  CHECK(verdict(stranger, "hello", made) == status::bad_signature);
  auto mixed = opened(from, {other, key_file("ed25519-private")});
  CHECK(signature_of(mixed, {.body = "hello"}) == made);
}

TEST_CASE("in a list every private key signs") {
  const dialect from = make(R"("scheme":"ed25519","list":{"separator":" "},"value":"v1a,{sig}")");
  const std::string other = "sec_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
  auto sender = opened(from, {key_file("ed25519-private"), "pub_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", other});
  const std::string made = signature_of(sender, {.body = "hello"});
  CHECK(std::count(made.begin(), made.end(), ' ') == 1);
  auto receiver = opened(from, {other});
  CHECK(verdict(receiver, "hello", made) == status::ok);
}

TEST_CASE("a key that is held elsewhere signs what to_sign gives") {
  for (const auto& [signature, private_key, public_key] : schemes) {
    INFO(signature);
    const dialect from = make(signature);
    // The key elsewhere: another verifier, whose ECDSA signatures are DER or raw.
    auto elsewhere = opened(from, {key_file(private_key)});
    auto sender = opened(from, {}, {.key_elsewhere = true}), receiver = opened(from, {key_file(public_key)});
    const auto plan = sender.to_sign({.body = "hello"});
    REQUIRE(plan);
    CHECK(std::string(plan->prefix) + "hello" + std::string(plan->suffix) == "hello");
    std::string text = signature_of(elsewhere, {.body = "hello"}), bytes(text.size(), '\0');
    const auto size = decode(encoding::base64, text, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
    bytes.resize(size.value_or(0));
    const std::string_view given[] = {bytes}, no[] = {"no"};
    CHECK(verdict(receiver, "hello", signature_of(sender, {.body = "hello", .signatures = given})) == status::ok);
    const auto none = sender.sign({.body = "hello"});
    REQUIRE_FALSE(none);
    CHECK(none.error() == "this message has no signature: see verifier::to_sign");
    const auto broken = sender.sign({.body = "hello", .signatures = no});
    REQUIRE_FALSE(broken);
    CHECK(broken.error() == "the signer gave no signature of the kind that this dialect takes");
    CHECK(verdict(sender, "hello", text) == status::key_unavailable);
  }
}

TEST_CASE("a signer's ECDSA signature may be DER or raw, whichever the dialect writes") {
  const dialect der = make(R"("scheme":"ecdsa-p256-sha256","format":"der")"), raw = make(R"("scheme":"ecdsa-p256-sha256","format":"raw")");
  for (const auto& [from, to] : {std::pair(der, raw), std::pair(raw, der)}) {
    auto elsewhere = opened(from, {key_file("p256-private")}), receiver = opened(to, {key_file("p256-public")});
    auto sender = opened(to, {}, {.key_elsewhere = true});
    std::string text = signature_of(elsewhere, {.body = "hello"}), bytes(text.size(), '\0');
    bytes.resize(decode(encoding::base64, text, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()).value_or(0));
    const std::string_view given[] = {bytes};
    CHECK(verdict(receiver, "hello", signature_of(sender, {.body = "hello", .signatures = given})) == status::ok);
  }
}

TEST_CASE("keys in files that cannot be used are refused with a sentence") {
  const struct {
    const char *signature, *file, *sentence;
  } cases[] = {
      {R"("scheme":"ecdsa-p256-sha256","format":"der")", "p256-compressed", "is PEM, but holds no key that is known here"},
      {R"("scheme":"ed25519")", "p256-private", "is a private key, but none for Ed25519"},
      {R"("scheme":"rsa-pkcs1-sha256")", "p256-certificate", "is a key, but none for RSA"},
      {R"("scheme":"rsa-pkcs1-sha256")", "rsa-encrypted", "is an encrypted private key: give it decrypted"},
      {R"("scheme":"rsa-pkcs1-sha256")", "rsa-weak-certificate", "is too weak: an RSA key of at least 2048 bits is wanted"},
      {R"("scheme":"ecdsa-p256-sha256","format":"raw")", "rsa-private", "is a key, but none for ECDSA over P-256"}};
  for (const auto& [signature, file, sentence] : cases) {
    const auto made = open(make(signature), {key_file(file)});
    REQUIRE_FALSE(made);
    CHECK(made.error() == std::string("secret 0 ") + sentence);
  }
}

TEST_CASE("a dialect that says a key's keywords where they mean nothing is refused") {
  const auto refused = [](const std::string& signature, const std::string& secret) {
    const auto made = dialect::load(R"({"name":"test","title":"Test","documents":["https://example.com"],
      "signature":{"header":"X-Signature",)" + signature + R"(},"secret":)" + secret + "}", "test");
    REQUIRE_FALSE(made);
    return made.error();
  };
  const std::string format = "test: /signature/format: goes with ecdsa-p256-sha256";
  const std::string secret = "test: /secret: a public key has no min_bytes, and no other a signing_prefix";
  CHECK(refused(R"("scheme":"ecdsa-p256-sha256")", "{}") == format);
  CHECK(refused(R"("scheme":"ed25519","format":"raw")", "{}") == format);
  CHECK(refused(R"("scheme":"hmac-sha256","format":"der")", "{}") == format);
  CHECK(refused(R"("scheme":"hmac-sha256")", R"({"signing_prefix":"x"})") == secret);
  CHECK(refused(R"("scheme":"ed25519")", R"({"min_bytes":32})") == secret);
}

TEST_CASE("hosts get canonical signatures and keys, and their verdict is judged") {
  const dialect from = make(R"("scheme":"ecdsa-p256-sha256","format":"der")");
  auto sender = opened(from, {key_file("p256-private")});
  const std::string made = signature_of(sender, {.body = "hello"});
  auto receiver = opened(from, {key_file("p256-public"), key_file("p256-certificate")});
  const header headers[] = {{"x-signature", made}};
  digest_plan plan;
  const auto judged = [&](std::vector<unsigned char> verdicts) {
    REQUIRE(receiver.prepare({headers, "hello"}, 0, plan) == status::ok);
    CHECK(receiver.signature(0).size() == 64);
    CHECK(receiver.signature(1).empty());
    CHECK(receiver.digest_size() == 1);
    const auto event = receiver.judge(verdicts);
    return event ? static_cast<int>(event->secret) : -static_cast<int>(event.error());
  };
  CHECK(receiver.public_scheme_name() == "ecdsa-p256-sha256");
  CHECK(receiver.public_key_der(0).size() == 91);
  CHECK(judged({1, 0}) == 0);
  CHECK(judged({0, 1}) == 1);
  CHECK(judged({0, 0}) == -static_cast<int>(status::bad_signature));
  CHECK(judged({2, 255}) == -static_cast<int>(status::bad_signature));
  CHECK(judged({1}) == -static_cast<int>(status::internal));
}
