// Every vector of tests/vectors against the native core, and the proof that each rule of a dialect
// is held by a vector: with the rule taken out, exactly that vector passes.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <catch2/catch.hpp>

#include "hmac.hpp"
#include "plan.hpp"
#include "vectors.hpp"

using test::json;

namespace {

json or_null(std::string_view text) { return text.empty() ? json() : json(text); }

json schema_of(const waxseal::schema_verdict& verdict) {
  if (verdict.code == waxseal::status::ok) return {{"ok", true}};
  return {{"ok", false}, {"at", verdict.at}, {"code", name(verdict.code)}};
}

json content_of(waxseal::content content) {
  constexpr const char* names[] = {"json", "form", "bytes"};
  return names[static_cast<unsigned>(content)];
}

/// The result in the words of a vector's `expect`.
json describe(const waxseal::result<waxseal::event>& got) {
  if (!got) return {{"code", name(got.error())}};
  const auto& event = *got;
  const bool verified = event.authenticity == waxseal::authenticity::verified;
  return {{"code", "ok"},
          {"secret", event.secret},
          {"type", or_null(event.type)},
          {"alias", or_null(event.alias)},
          {"id", or_null(event.id)},
          {"version", or_null(event.version)},
          {"timestamp", event.timestamp ? json(*event.timestamp) : json()},
          {"known", event.known()},
          {"content", content_of(event.content)},
          {"authenticity", verified ? "verified" : "authenticated"},
          {"dedupe", event.dedupe ? json{{"key", event.dedupe->key}, {"signed", event.dedupe->signed_key}}
                                  : json()},
          {"schema", schema_of(event.schema)},
          {"handshake", event.handshake},
          {"challenge", or_null(event.challenge)}};
}

bool has_vectors(std::string_view dialect) {
  return std::filesystem::exists(test::tests_folder() / "vectors" / (std::string(dialect) + ".json"));
}

bool accepts(const waxseal::dialect& from, const test::vector_case& vector) {
  auto hook = vector.open(from);
  return hook && vector.verify(*hook);
}

}  // namespace

TEST_CASE("every dialect has vectors and every vector gets the answer it states, by file and by image") {
  for (const auto& embedded : waxseal::embedded_dialects()) {
    INFO(embedded.name);
    REQUIRE(has_vectors(embedded.name));
    const auto loaded = test::load_embedded(embedded.name);
    const auto opened = waxseal::dialect::open_image(loaded.image());
    if (!opened) FAIL(opened.error());
    const auto vectors = test::read_vectors(std::string(embedded.name));
    CHECK(vectors.size() >= 10);
    for (const auto& vector : vectors) {
      INFO(vector.name);
      for (const auto& dialect : {loaded, *opened}) {
        auto hook = vector.open(dialect);
        if (!hook) FAIL(hook.error());
        const json got = describe(vector.verify(*hook));
        for (const auto& [key, wanted] : vector.expect.items()) {
          INFO(key);
          // compared as unordered: a vector may state the members in any order
          CHECK(nlohmann::json(got.value(key, json("(absent)"))) == nlohmann::json(wanted));
        }
      }
    }
  }
}

TEST_CASE("authenticate answers each vector as verify does, but for what only the body tells") {
  unsigned unread = 0;
  for (const auto& embedded : waxseal::embedded_dialects()) {
    const auto dialect = test::load_embedded(embedded.name);
    for (const auto& vector : test::read_vectors(std::string(embedded.name))) {
      INFO(embedded.name << ": " << vector.name);
      auto hook = vector.open(dialect);
      REQUIRE(hook);
      const auto alone = vector.authenticate(*hook);
      const auto whole = vector.verify(*hook);
      if (alone && whole) {
        CHECK(*alone == whole->secret);
      } else if (alone) {
        CHECK((whole.error() == waxseal::status::contradiction || vector.how.schema == waxseal::schema_mode::enforce));
        ++unread;
      } else {
        REQUIRE_FALSE(whole);
        CHECK(alone.error() == whole.error());
      }
    }
  }
  CHECK(unread >= 10);
}

/// A host's own verification, by OpenSSL's EVP.
bool host_verifies(const waxseal::verifier& hook, std::string_view spki, const std::string& message, std::string_view signature) {
  const auto bytes = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  const bool digests = hook.public_scheme_name() != "ed25519", sha1 = hook.public_scheme_name() == "rsa-pkcs1-sha1";
  std::string der(signature);
  if (hook.public_scheme_name() == "ecdsa-p256-sha256") {
    REQUIRE(signature.size() == 64);
    ECDSA_SIG* const pair = ECDSA_SIG_new();
    ECDSA_SIG_set0(pair, BN_bin2bn(bytes(signature), 32, nullptr), BN_bin2bn(bytes(signature) + 32, 32, nullptr));
    unsigned char* made = nullptr;
    der.assign(reinterpret_cast<char*>((i2d_ECDSA_SIG(pair, &made), made)), static_cast<std::size_t>(i2d_ECDSA_SIG(pair, nullptr)));
    OPENSSL_free(made);
    ECDSA_SIG_free(pair);
  }
  const unsigned char* at = bytes(spki);
  EVP_PKEY* const key = d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size()));
  REQUIRE(key);
  EVP_MD_CTX* const run = EVP_MD_CTX_new();
  const EVP_MD* const hash = !digests ? nullptr : sha1 ? EVP_sha1() : EVP_sha256();
  const bool good = EVP_DigestVerifyInit(run, nullptr, hash, nullptr, key) == 1 &&
                    EVP_DigestVerify(run, bytes(der), der.size(), bytes(message), message.size()) == 1;
  EVP_MD_CTX_free(run);
  EVP_PKEY_free(key);
  return good;
}

TEST_CASE("prepare and judge with the host's hashes answer as verify does") {
  for (const auto& embedded : waxseal::embedded_dialects()) {
    const auto dialect = test::load_embedded(embedded.name);
    for (const auto& vector : test::read_vectors(std::string(embedded.name))) {
      INFO(embedded.name << ": " << vector.name);
      auto whole = vector.open(dialect), halves = vector.open(dialect);
      std::vector<waxseal::header> lines;
      for (const auto& [key, value] : vector.headers) lines.push_back({key, value});
      const waxseal::request request{lines, vector.body, vector.url, vector.method};
      const json wanted = describe(vector.verify(*whole));
      waxseal::digest_plan plan;
      const auto code = halves->prepare(request, vector.now, plan);
      if (code != waxseal::status::ok) {
        CHECK(wanted == json{{"code", name(code)}});
        continue;
      }
      std::vector<unsigned char> hashes;
      const std::string message = std::string(plan.prefix) + vector.body + std::string(plan.suffix);
      for (unsigned i = 0; !halves->public_scheme_name().empty() && i < halves->key_count(); ++i) {
        for (unsigned k = 0; k < halves->digest_size(); ++k) {
          hashes.push_back(host_verifies(*halves, halves->public_key_der(i), message, halves->signature(k)));
        }
      }
      for (unsigned i = 0; !halves->digest_name().empty() && i < halves->key_count(); ++i) {
        unsigned char block[waxseal::verifier::max_block], digest[waxseal::max_digest];
        waxseal::hash inner(dialect.compiled().digest);
        inner.update({reinterpret_cast<char*>(block), halves->block(i, block)});
        inner.update(message);
        inner.finish(digest);
        hashes.insert(hashes.end(), digest, digest + halves->digest_size());
      }
      CHECK(describe(halves->judge(hashes)) == wanted);
    }
  }
}

TEST_CASE("with a rule taken out of its dialect exactly that rule's vector passes") {
  unsigned rules = 0;
  for (const auto& embedded : waxseal::embedded_dialects()) {
    const auto vectors = test::read_vectors(std::string(embedded.name));
    const auto source = json::parse(embedded.json);
    for (const auto& rule : vectors) {
      if (rule.remove.is_null()) continue;
      INFO(embedded.name << ": " << rule.name);
      ++rules;
      const auto lax = waxseal::dialect::load(source.patch(rule.remove).dump(), embedded.name);
      if (!lax) FAIL(lax.error());
      for (const auto& vector : vectors) {
        if (vector.expect.at("code") == "ok") continue;
        INFO(vector.name);
        CHECK(accepts(*lax, vector) == (vector.name == rule.name));
      }
    }
  }
  CHECK(rules >= 2 * waxseal::embedded_dialects().size());
}
