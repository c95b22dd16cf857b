// Images of compiled dialects: what is written is read, and nothing damaged is believed.
#include <catch2/catch.hpp>

#include <random>

#include "image.hpp"
#include "vectors.hpp"

using waxseal::dialect;

namespace {

/// With a checksum that is right, so that what is read behind it is tried.
std::string sealed(std::string image) {
  const std::size_t end = image.size() - waxseal::image_ends;
  const std::uint32_t sum = waxseal::image_checksum(std::string_view(image).substr(0, end));
  for (unsigned i = 0; i < 4; ++i) image[end + i] = static_cast<char>(sum >> 8 * i);
  return image;
}

/// Does with a dialect all that reads its plan: opens it, verifies, scans with and without its
/// events, signs, decides.
void use(const dialect& from, const std::vector<test::vector_case>& vectors) {
  const auto& plan = from.compiled();
  waxseal::scanner scanner(1);
  for (std::size_t i = 0; i < vectors.size(); i += 1 + vectors.size() / 3) {
    const auto& vector = vectors[i];
    scanner.scan(plan.body, vector.body, "", true);
    if (!plan.events.empty()) scanner.scan(plan.body, vector.body, plan.events[0].name, true);
    auto hook = vector.open(from);
    if (!hook) continue;
    (void)vector.verify(*hook);
    const auto sent = hook->sign({.body = vector.body, .id = "evt_1", .type = "a", .delivery = "d", .timestamp = vector.now});
    if (!sent) continue;
    std::vector<waxseal::header> lines;
    for (const auto& header : *sent) lines.push_back({header.name, header.value});
    (void)hook->verify({lines, vector.body}, vector.now);
  }
  (void)waxseal::next_attempt(from.delivery(), 1, {waxseal::attempt_outcome::kind::answered, 500, 0}, 7);
  const std::int64_t past[] = {1, 2, 3};
  (void)waxseal::earliest_attempt(from.delivery().rate, past, 4);
}

constexpr std::string_view every_keyword = R"({
  "name": "every-keyword", "title": "Every keyword", "documents": ["https://example.com/"],
  "signature": {"scheme": "hmac-sha512", "header": "X-Sig", "value": "v1={sig};",
    "list": {"separator": ";", "fields": ["t={timestamp}"], "others": "ignore"}, "encoding": "base64url",
    "signed": "{id}.{timestamp}.{header:X-Other}.{url}.{method}.{body}"},
  "secret": {"prefix": "sec_", "decode": "base64", "min_bytes": 20},
  "timestamp": {"signature": true, "unit": "milliseconds", "tolerance": {"past": 60, "future": 30}},
  "event": {"id": {"header": "X-Id", "pointer": "/id"}, "type": {"pointer": "/type"}, "version": {"pointer": "/v"},
    "data": "/data", "dedupe": {"pointer": "/key"}},
  "body": {"type": "object", "required": ["id", "type"], "properties": {"id": {"type": "string", "minLength": 1, "maxLength": 9}}},
  "$defs": {"tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}, "n": {"type": ["integer", "null"], "minimum": -1, "maximum": 1e3}}}},
  "events": {
    "a": {"aliases": ["A", "old.a"], "schema": {"$ref": "#/$defs/tree"}},
    "b": {"recognised_by": "ping", "schema": {"type": "array", "items": {"enum": ["x", 2, true, null]}, "minItems": 1, "maxItems": 3}},
    "c": {"schema": {"type": "object", "properties": {"": {"const": ""}, "é\"": {"format": "uuid"}}, "additionalProperties": false}}},
  "delivery": {"headers": {"X-Other": "lit-{delivery}", "X-Sig": "{signature}"}, "retry": {"delays": [1, 60, 3600], "jitter_percent": 10, "retry_after_cap": 600},
    "envelope": {"it": "{data}"}, "timeout": 15, "final": {"client_errors": true, "timeouts": true, "statuses": [501]}, "rate": [{"limit": 100, "seconds": 10}], "grace": 5, "unsigned": true},
  "handshake": {"when": {"pointer": "/type", "equals": "hello"}, "answer": {"pointer": "/challenge"}}
})";

}  // namespace

TEST_CASE("the image of every dialect is read, and written again as the same bytes") {
  std::size_t images = 0, files = 0;
  for (const auto& embedded : waxseal::embedded_dialects()) {
    INFO(embedded.name);
    const auto loaded = test::load_embedded(embedded.name);
    const std::string image = loaded.image();
    const auto opened = dialect::open_image(image);
    if (!opened) FAIL(opened.error());
    CHECK(opened->image() == image);
    CHECK(opened->name() == loaded.name());
    CHECK(opened->title() == loaded.title());
    REQUIRE(opened->events().size() == loaded.events().size());
    for (std::size_t i = 0; i < loaded.events().size(); ++i) {
      CHECK(opened->events()[i].name == loaded.events()[i].name);
      CHECK(opened->events()[i].aliases == loaded.events()[i].aliases);
    }
    images += image.size();
    files += embedded.json.size();
  }
  CHECK(images < files / 4);
}

TEST_CASE("an image signs and delivers as its file does") {
  for (const auto& embedded : waxseal::embedded_dialects()) {
    INFO(embedded.name);
    const auto loaded = test::load_embedded(embedded.name);
    const auto opened = dialect::open_image(loaded.image());
    REQUIRE(opened);
    const auto vectors = test::read_vectors(std::string(embedded.name));
    auto one = vectors[0].open(loaded), other = vectors[0].open(*opened);
    const waxseal::message message{.body = "{}", .id = "evt_1", .type = "a", .delivery = "d", .timestamp = 1700000000};
    const auto first = one->sign(message), second = other->sign(message);
    REQUIRE(static_cast<bool>(first) == static_cast<bool>(second));
    if (!first) continue;
    REQUIRE(first->size() == second->size());
    for (std::size_t i = 0; i < first->size(); ++i) {
      CHECK((*first)[i].name == (*second)[i].name);
      CHECK((*first)[i].value == (*second)[i].value);
    }
    for (std::uint32_t attempts = 1; attempts < 20; ++attempts) {
      for (const std::uint16_t answer : {200, 301, 400, 410, 429, 500, 501}) {
        const waxseal::attempt_outcome outcome{waxseal::attempt_outcome::kind::answered, answer, 90};
        const auto a = waxseal::next_attempt(loaded.delivery(), attempts, outcome, 12345);
        const auto b = waxseal::next_attempt(opened->delivery(), attempts, outcome, 12345);
        CHECK(a.what == b.what);
        CHECK(a.delay == b.delay);
      }
    }
    CHECK(loaded.delivery().timeout == opened->delivery().timeout);
    CHECK(loaded.delivery().grace == opened->delivery().grace);
    CHECK(loaded.delivery().rate.size() == opened->delivery().rate.size());
  }
}

TEST_CASE("an image holds every keyword, and its format number rises when its bytes change") {
  const auto loaded = dialect::load(every_keyword, "file");
  if (!loaded) FAIL(loaded.error());
  const std::string image = loaded->image();
  const auto opened = dialect::open_image(image);
  if (!opened) FAIL(opened.error());
  CHECK(opened->image() == image);
  // Where these differ, images made by an earlier version would be misread: raise `image_format`,
  // and state what it then is. A member that is described last needs neither.
  CHECK(waxseal::image_format == 4);
  CHECK(image.size() == 515);
  CHECK(waxseal::image_checksum(image.substr(0, image.size() - waxseal::image_ends)) == 0xed5fadf3);
  use(*opened, test::read_vectors("stripe"));
}

TEST_CASE("an image holds what a dialect with public keys says besides") {
  const auto loaded = dialect::load(R"({"name":"keys","title":"Keys","documents":["https://example.com/"],
    "signature":{"scheme":"ecdsa-p256-sha256","format":"raw","header":"X-Sig","encoding":"hex"},
    "secret":{"prefix":"pub_","signing_prefix":"sec_","decode":"hex"}})", "keys");
  if (!loaded) FAIL(loaded.error());
  const auto opened = dialect::open_image(loaded->image());
  REQUIRE(opened);
  const auto& plan = opened->compiled();
  CHECK(plan.by_public_key());
  CHECK(plan.key_kind() == waxseal::public_scheme::ecdsa_p256_sha256);
  CHECK(plan.format == waxseal::signature_form::raw);
  CHECK(plan.signing_prefix == "sec_");
  CHECK(plan.signature_size() == 64);
}

TEST_CASE("an image of a dialect whose bodies are arrays of events holds each item to its event") {
  const std::string start = R"({"name": "many", "title": "Many", "documents": ["https://example.com"],
    "signature": {"scheme": "static-token", "header": "x-token"}, "event": {"items": "kind")";
  const std::string events = R"(}, "events": {"a": {"schema": {"required": ["n"]}}}})";
  CHECK(dialect::load(start + R"(, "data": "/data")" + events, "file").error() ==
        "file: /event/items: stands only where the data is the whole body");
  const auto loaded = dialect::load(start + events, "file");
  if (!loaded) FAIL(loaded.error());
  const auto opened = dialect::open_image(loaded->image());
  if (!opened) FAIL(opened.error());
  const std::string_view secrets[] = {"secret"};
  auto hook = waxseal::verifier::open(*opened, secrets);
  REQUIRE(hook);
  const waxseal::header headers[] = {{"x-token", "secret"}};
  const auto event = hook->verify({headers, R"([{"kind":"b"},{"kind":"a"}])", {}, {}}, 0);
  REQUIRE(event);
  CHECK(event->schema.at == "/1/n");
  CHECK_FALSE(event->known());
  CHECK(event->type.empty());
}

TEST_CASE("a damaged image is refused, and one that is forged never breaks anything") {
  std::mt19937 random(7);
  unsigned opened = 0, refused = 0;
  for (const auto& embedded : waxseal::embedded_dialects()) {
    INFO(embedded.name);
    const std::string image = test::load_embedded(embedded.name).image();
    const auto vectors = test::read_vectors(std::string(embedded.name));
    for (std::size_t length = 0; length < image.size(); ++length) {
      REQUIRE_FALSE(dialect::open_image(std::string_view(image).substr(0, length)));
      if (length < 2 * waxseal::image_ends) continue;
      const auto cut = dialect::open_image(sealed(image.substr(0, length)));
      if (cut) use(*cut, vectors);
    }
    for (std::size_t at = 0; at < image.size(); ++at) {
      for (const unsigned change : {1u << random() % 8, 1 + static_cast<unsigned>(random() % 255)}) {
        std::string other = image;
        other[at] = static_cast<char>(other[at] ^ change);
        REQUIRE_FALSE(dialect::open_image(other));
        if (at < waxseal::image_ends || at >= image.size() - waxseal::image_ends) continue;
        const auto forged = dialect::open_image(sealed(other));
        if (forged) use(*forged, vectors);
        else CHECK(forged.error() == "the dialect is damaged: compile its file again");
        (forged ? opened : refused)++;
      }
    }
  }
  CHECK(opened > 1000);
  CHECK(refused > 1000);
}

TEST_CASE("what is no image, or one of another format, gets a sentence that says what to do") {
  const std::string image = test::load_embedded("github").image();
  for (const std::string& other : {std::string(), std::string("wxd"), std::string(R"({"name":"mine"})"), image.substr(1)}) {
    const auto opened = dialect::open_image(other);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().find("waxseal dialects --compile") != std::string::npos);
  }
  std::string newer = image;
  ++newer[waxseal::image_magic.size()];
  CHECK(dialect::open_image(sealed(newer)).error() ==
        "the dialect was compiled by another version of Waxseal: compile its file with this one");
  CHECK_FALSE(dialect::open_image(image + '\0'));
  CHECK_FALSE(dialect::open_image(sealed(image + std::string(waxseal::max_image, '\0'))));
}

TEST_CASE("a member that this version does not know is refused") {
  std::string image = test::load_embedded("standard-webhooks").image();
  image.resize(image.size() - waxseal::image_ends);
  // The body's struct stands last: which of its members are there, the envelope, a flag.
  char& there = image[image.size() - 3];
  REQUIRE(there == 0b101);
  REQUIRE(dialect::open_image(sealed(image + std::string(waxseal::image_ends, '\0'))));
  there = 0b10101;
  CHECK_FALSE(dialect::open_image(sealed(image + '\1' + std::string(waxseal::image_ends, '\0'))));
}
