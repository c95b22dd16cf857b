// The sender's side: what is signed verifies, with the headers that each system's documents show.
#include <catch2/catch.hpp>

#include "plan.hpp"
#include "vectors.hpp"

namespace {

std::vector<waxseal::header> as_request(const std::vector<waxseal::signed_header>& headers) {
  std::vector<waxseal::header> lines;
  for (const auto& header : headers) lines.push_back({header.name, header.value});
  return lines;
}

std::string value_of(const std::vector<waxseal::signed_header>& headers, const std::string& name) {
  for (const auto& header : headers) {
    if (header.name == name) return header.value;
  }
  return "(absent)";
}

waxseal::verifier open(const std::string& dialect, std::vector<std::string_view> secrets) {
  auto hook = waxseal::verifier::open(test::load_embedded(dialect), secrets);
  if (!hook) throw std::runtime_error(hook.error());
  return std::move(*hook);
}

constexpr std::int64_t now = 1700000000;
constexpr std::string_view url = "https://example.com/hook";

/// A secret in the form that the dialect's file states; of a scheme with public keys a private key.
std::string secret_of(const test::json& facts, char letter = 'A') {
  const auto scheme = facts["signature"]["scheme"].get<std::string>();
  for (const std::string kind : {"ed25519", "rsa"}) {
    if (scheme.starts_with(kind)) return test::read_file(test::tests_folder() / "data" / "keys" / (kind + "-private.pem"));
  }
  if (scheme.starts_with("ecdsa")) return test::read_file(test::tests_folder() / "data" / "keys" / "p256-private.pem");
  const auto& how = facts.value("secret", test::json::object());
  return how.value("prefix", "") + (how.value("decode", "utf8") == "hex" ? std::string(64, '5') : std::string(64, letter));
}

bool names_header_alone(const test::json& facts, const char* part) {
  const auto& place = facts.value("event", test::json::object()).value(part, test::json::object());
  return place.contains("header") && !place.contains("pointer");
}

}  // namespace

TEST_CASE("what a dialect signs it verifies, and not with a byte changed") {
  for (const auto& embedded : waxseal::embedded_dialects()) {
    INFO(embedded.name);
    const auto facts = test::json::parse(embedded.json);
    // Those that need more of a message are signed again from their vectors, below.
    if (!facts["signature"].is_object() || facts["signature"].value("scheme", "").starts_with("jwt") ||
        facts["signature"].contains("pointer") || facts.contains("key") || facts.value("timestamp", test::json::object()).contains("pointer")) {
      continue;
    }
    const std::string secret = secret_of(facts);
    auto hook = open(std::string(embedded.name), {secret});
    for (const std::string body : {"{}", "", "\xff not JSON", R"({"a":"é","id":1})"}) {
      const auto headers = hook.sign({body, "msg_1", "some.event", "delivery_1", now, url, "POST"});
      if (!headers) FAIL(headers.error());
      const auto event = hook.verify({as_request(*headers), body, url, "POST"}, now);
      if (!event) FAIL(name(event.error()));
      // What stands in a header alone comes back as it was given.
      if (names_header_alone(facts, "id")) CHECK(event->id == "msg_1");
      if (names_header_alone(facts, "type")) CHECK(event->type == "some.event");
      if (event->authenticity == waxseal::authenticity::authenticated) {
        const std::string other = secret_of(facts, 'B');
        CHECK(open(std::string(embedded.name), {other}).verify({as_request(*headers), body, url, "POST"}, now).error() ==
              waxseal::status::bad_signature);
        continue;
      }
      CHECK(hook.verify({as_request(*headers), body + " ", url, "POST"}, now).error() ==
            waxseal::status::bad_signature);
    }
  }
}

TEST_CASE("every webhook that verifies can be signed again by its dialect, and verifies") {
  unsigned signed_again = 0;
  for (const auto& embedded : waxseal::embedded_dialects()) {
    const auto dialect = test::load_embedded(embedded.name);
    if (dialect.compiled().by_public_key()) continue;  // its vectors hold public keys, which do not sign
    for (const auto& vector : test::read_vectors(std::string(embedded.name))) {
      if (vector.expect.at("code") != "ok" || vector.secrets.size() > 1) continue;
      INFO(embedded.name << ": " << vector.name);
      auto hook = vector.open(dialect);
      const auto seen = vector.verify(*hook);
      REQUIRE(seen);
      // A handshake is never sent, and a condition on a header that is not sent cannot be met.
      if (seen->handshake) continue;
      const std::string id(seen->id.empty() ? "id_1" : seen->id), type(seen->type.empty() ? "a.b" : seen->alias.empty() ? seen->type : seen->alias);
      const auto time = seen->timestamp.value_or(vector.now);
      const auto headers = hook->sign({vector.body, id, type, "delivery_1", time, vector.url, vector.method.empty() ? "POST" : vector.method});
      if (!headers) FAIL(headers.error());
      auto lines = as_request(*headers);
      for (const auto& [key, value] : vector.headers) {
        if (key == "Content-Type" || key == "content-type") {
          std::erase_if(lines, [](const waxseal::header& line) { return line.name == "Content-Type"; });
          lines.push_back({key, value});
        }
      }
      const std::string body(hook->signed_body().empty() ? std::string_view(vector.body) : hook->signed_body());
      const auto again = hook->verify({lines, body, vector.url, vector.method.empty() ? "POST" : vector.method}, time);
      if (!again) FAIL(name(again.error()));
      CHECK(again->authenticity == seen->authenticity);
      ++signed_again;
    }
  }
  CHECK(signed_again > 100);
}

TEST_CASE("Platform Core's headers are its document's, in its order") {
  auto hook = open("platform-core", {"secret"});
  const auto headers = hook.sign({"{}", "webhook_1", "user.created", "delivery_456", now});
  REQUIRE(headers);
  std::vector<std::string> names;
  for (const auto& header : *headers) names.push_back(header.name);
  CHECK(names == std::vector<std::string>{"Content-Type", "X-Platform-Event", "X-Platform-Signature",
                                          "X-Platform-Delivery", "User-Agent"});
  CHECK(value_of(*headers, "X-Platform-Event") == "user.created");
  CHECK(value_of(*headers, "User-Agent") == "Platform-Webhooks/1.0");
}

TEST_CASE("OST signs with both secrets while the old one has its grace") {
  auto sender = open("ost", {"new secret", "old secret"});
  const auto headers = sender.sign({"{}", "", "", "", now});
  REQUIRE(headers);
  CHECK(value_of(*headers, "ost-signature").size() == 64 + 1 + 64);
  for (const char* secret : {"new secret", "old secret"}) {
    CHECK(open("ost", {secret}).verify({as_request(*headers), "{}"}, now));
  }
  CHECK_FALSE(open("ost", {"another"}).verify({as_request(*headers), "{}"}, now));
}

TEST_CASE("Cosmo without a secret sends without a signature, and verifies nothing") {
  auto hook = open("cosmo", {});
  const auto headers = hook.sign({"{}", "", "", "", now});
  REQUIRE(headers);
  CHECK(value_of(*headers, "X-Cosmo-Signature-256") == "(absent)");
  CHECK(hook.verify({as_request(*headers), "{}"}, now).error() == waxseal::status::missing_signature);
}

TEST_CASE("a message without what the dialect signs, or with a line break, is refused") {
  auto hook = open("standard-webhooks", {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
  CHECK_FALSE(hook.sign({"{}", "", "a.b", "", now}));
  CHECK_FALSE(hook.sign({"{}", "with.dot", "a.b", "", now}));
  CHECK_FALSE(hook.sign({"{}", "msg_1\r\nx: y", "a.b", "", now}));
  CHECK_FALSE(open("platform-core", {"secret"}).sign({"{}", "id", "a\nb", "", now}));
}
