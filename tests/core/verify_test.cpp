// What the core holds against everyone: the inputs that today's libraries get wrong, secrets,
// rotation, tolerance. The dialects' own rules are tested by their vectors.
#include <catch2/catch.hpp>

#include "hmac.hpp"
#include "vectors.hpp"

namespace {

using waxseal::status;

constexpr std::int64_t now = 1700000000;
const std::string secret_text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::string standard_signature(const std::string& signed_text) {
  std::string key(24, '\0');
  const auto size = waxseal::decode(waxseal::encoding::base64, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                    reinterpret_cast<unsigned char*>(key.data()), key.size());
  REQUIRE(size == 24);
  unsigned char digest[64];
  const waxseal::hmac_key hmac(waxseal::algorithm::sha256, key);
  hmac.digest("", signed_text, "", digest);
  std::string text = "v1,";
  waxseal::encode(waxseal::encoding::base64, {reinterpret_cast<char*>(digest), 32}, text);
  return text;
}

/// A Standard Webhooks request, right in every way until a test changes it.
struct standard_request {
  std::string id = "msg_1", timestamp = std::to_string(now), body = R"({"type":"a.b","data":{}})";
  std::string signature = standard_signature(id + "." + timestamp + "." + body);
  std::vector<waxseal::header> more = {};

  void sign() { signature = standard_signature(id + "." + timestamp + "." + body); }

  status verify(waxseal::options how = {}) const {
    static const auto dialect = test::load_embedded("standard-webhooks");
    const std::string_view secrets[] = {secret_text};
    auto hook = waxseal::verifier::open(dialect, secrets, how);
    REQUIRE(hook);
    std::vector<waxseal::header> headers = {
        {"Webhook-Id", id}, {"Webhook-Timestamp", timestamp}, {"Webhook-Signature", signature}};
    headers.insert(headers.end(), more.begin(), more.end());
    const auto event = hook->verify({headers, body}, now);
    return event ? status::ok : event.error();
  }
};

std::string open_error(std::string_view dialect, std::vector<std::string_view> secrets,
                       waxseal::options how = {}) {
  const auto from = test::load_embedded(dialect);
  const auto hook = waxseal::verifier::open(from, secrets, how);
  return hook ? std::string() : hook.error();
}

}  // namespace

TEST_CASE("the seventeen inputs that today's libraries get wrong are all answered right") {
  standard_request request;
  REQUIRE(request.verify() == status::ok);

  SECTION("a body signed with U+FFFD and delivered with 0xFF is refused") {
    request.body = "\"\xef\xbf\xbd\"";
    request.sign();
    request.body = "\"\xff\"";
    CHECK(request.verify() == status::bad_signature);
  }
  SECTION("an honest sender's raw 0xFF bytes are accepted") {
    request.body = "\xff\xfe";
    request.sign();
    CHECK(request.verify() == status::ok);
  }
  SECTION("a timestamp with junk, fraction, sign or leading zeros is refused") {
    for (const char* spelling : {"1700000000junk", "1700000000.9", " +1700000000", "0001700000000",
                                 "17e8", "\xef\xbc\x91\xef\xbc\x97"}) {
      INFO(spelling);
      request.timestamp = spelling;
      request.sign();
      CHECK(request.verify() == status::bad_timestamp);
    }
  }
  SECTION("a timestamp a year ahead is refused") {
    request.timestamp = std::to_string(now + 365 * 86400);
    request.sign();
    CHECK(request.verify() == status::too_new);
  }
  SECTION("fields do not run into each other") {
    const std::string old = std::to_string(now - 86400);
    request.signature = standard_signature("m." + old + "." + std::to_string(now) + ".5");
    request.id = "m." + old;
    request.timestamp = std::to_string(now);
    request.body = "5";
    CHECK(request.verify() == status::bad_id);
  }
  SECTION("text behind a signature is refused") {
    request.signature += ",x";
    CHECK(request.verify() == status::bad_signature);
  }
  SECTION("two headers joined by a comma are refused") {
    request.signature = "v1,AAAA, " + request.signature;
    CHECK(request.verify() == status::bad_signature);
  }
  SECTION("a hundred thousand signatures are refused before any work") {
    std::string many;
    for (int i = 0; i < 100000; ++i) many += request.signature + " ";
    request.signature = many + request.signature;
    CHECK(request.verify() == status::too_many_signatures);
  }
  SECTION("a repeated header is refused, even with the same value") {
    request.more.push_back({"webhook-signature", request.signature});
    CHECK(request.verify() == status::duplicate_header);
    request.more = {{"WEBHOOK-ID", "msg_1"}};
    CHECK(request.verify() == status::duplicate_header);
  }
  SECTION("a byte order mark and a body that is no JSON are authentic bytes") {
    for (const char* body : {"\xef\xbb\xbf{}", "hello", ""}) {
      request.body = body;
      request.sign();
      CHECK(request.verify() == status::ok);
      waxseal::options enforce;
      enforce.schema = waxseal::schema_mode::enforce;
      CHECK(request.verify(enforce) == status::bad_json);
    }
  }
  SECTION("JSON 200,000 levels deep verifies, and says that it is too deep") {
    request.body = std::string(200000, '[') + std::string(200000, ']');
    request.sign();
    CHECK(request.verify() == status::ok);
    waxseal::options enforce;
    enforce.schema = waxseal::schema_mode::enforce;
    CHECK(request.verify(enforce) == status::too_deep);
  }
  SECTION("an empty or a short secret makes no verifier") {
    CHECK(open_error("standard-webhooks", {}) != "");
    CHECK(open_error("standard-webhooks", {""}) != "");
    CHECK(open_error("standard-webhooks", {"whsec_"}) != "");
    CHECK(open_error("standard-webhooks", {" \t\n"}) != "");
    CHECK(open_error("standard-webhooks", {"whsec_QQ=="}).find("too short") != std::string::npos);
    CHECK(open_error("standard-webhooks", {"whsec_!!!!"}).find("base64") != std::string::npos);
    CHECK(open_error("github", {""}) != "");
    CHECK(open_error("github", {"x"}) == "");  // GitHub's documents name no minimum
  }
  SECTION("a garbage signature is refused") {
    for (const char* garbage : {"x", "v1,", "v1,A", "v1,zz", "sha256=zz", "v1", ","}) {
      request.signature = garbage;
      INFO(garbage);
      CHECK(request.verify() == status::bad_signature);
    }
  }
}

TEST_CASE("hex with separators or in upper case is refused") {
  const auto github = test::load_embedded("github");
  const std::string_view secrets[] = {"It's a Secret to Everybody"};
  auto hook = waxseal::verifier::open(github, secrets);
  REQUIRE(hook);
  const std::string good = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const auto verify = [&](const std::string& value) {
    const waxseal::header headers[] = {{"X-Hub-Signature-256", value}};
    const auto event = hook->verify({headers, "Hello, World!"}, 0);
    return event ? status::ok : event.error();
  };
  CHECK(verify("sha256=" + good) == status::ok);
  std::string upper = good;
  for (auto& c : upper) c = static_cast<char>(std::toupper(c));
  CHECK(verify("sha256=" + upper) == status::bad_signature);
  CHECK(verify("sha256=75:71:07" + good.substr(6)) == status::bad_signature);
  CHECK(verify("SHA256=" + good) == status::bad_signature);
  CHECK(verify(good) == status::bad_signature);
  CHECK(verify("sha256=" + good + " ") == status::bad_signature);
  CHECK(verify("sha256=" + good.substr(0, 62)) == status::bad_signature);
  CHECK(verify("sha256=" + good + "00") == status::bad_signature);
  CHECK(verify("") == status::missing_signature);
}

TEST_CASE("the tolerance is inclusive and lies on both sides of the clock") {
  standard_request request;
  for (const auto& [offset, wanted] :
       {std::pair{-300, status::ok}, {-301, status::too_old}, {300, status::ok}, {301, status::too_new}}) {
    INFO(offset);
    request.timestamp = std::to_string(now + offset);
    request.sign();
    CHECK(request.verify() == wanted);
    waxseal::options none;
    none.timestamps = waxseal::options::window::none;
    CHECK(request.verify(none) == status::ok);
    waxseal::options narrow;
    narrow.timestamps = waxseal::options::window::given;
    narrow.given = {10, 20};
    CHECK(request.verify(narrow) == (offset < 0 ? status::too_old : status::too_new));
  }
}

TEST_CASE("a tolerance for a system that sends no time is a mistake of the caller") {
  waxseal::options how;
  how.timestamps = waxseal::options::window::given;
  CHECK(open_error("github", {"secret"}, how).find("timestamp") != std::string::npos);
}

TEST_CASE("each of several secrets verifies and the result says which one") {
  standard_request request;
  const auto dialect = test::load_embedded("standard-webhooks");
  const std::string other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const waxseal::header headers[] = {{"webhook-id", request.id},
                                     {"webhook-timestamp", request.timestamp},
                                     {"webhook-signature", request.signature}};
  for (unsigned place = 0; place < 3; ++place) {
    std::vector<std::string_view> secrets(3, other);
    secrets[place] = secret_text;
    auto hook = waxseal::verifier::open(dialect, secrets);
    REQUIRE(hook);
    const auto event = hook->verify({headers, request.body}, now);
    REQUIRE(event);
    CHECK(event->secret == place);
  }
  const std::string_view wrong[] = {other, other};
  auto hook = waxseal::verifier::open(dialect, wrong);
  CHECK(hook->verify({headers, request.body}, now).error() == status::bad_signature);
}

TEST_CASE("a body longer than the verifier takes is refused before it is digested") {
  standard_request request;
  waxseal::options how;
  how.max_body = request.body.size();
  CHECK(request.verify(how) == status::ok);
  how.max_body = request.body.size() - 1;
  CHECK(request.verify(how) == status::body_too_large);
}

TEST_CASE("judge answers internal to hashes of another size and to a request not prepared") {
  const auto dialect = test::load_embedded("github");
  const std::string_view secrets[] = {"secret"};
  auto hook = waxseal::verifier::open(dialect, secrets);
  const auto sent = hook->sign({.body = "{}"});
  REQUIRE(sent);
  std::vector<waxseal::header> headers;
  for (const auto& [name, value] : *sent) headers.push_back({name, value});
  unsigned char hash[32] = {};
  CHECK(hook->judge(hash).error() == status::internal);
  waxseal::digest_plan plan;
  REQUIRE(hook->prepare({headers, "{}"}, 0, plan) == status::ok);
  CHECK(hook->judge({hash, 31}).error() == status::internal);
  unsigned char block[waxseal::verifier::max_block];
  waxseal::hash inner(waxseal::algorithm::sha256);
  inner.update({reinterpret_cast<char*>(block), hook->block(0, block)});
  inner.update("{}");
  inner.finish(hash);
  CHECK(hook->judge(hash));
  CHECK(hook->judge(hash).error() == status::internal);  // once only
  CHECK(hook->block(1, block) == 0);                     // there is no such secret
}

TEST_CASE("a static token authenticates and does not verify") {
  const auto dialect = waxseal::dialect::load(R"({
      "name": "tokens", "title": "Tokens", "documents": ["https://example.com"],
      "signature": {"scheme": "static-token", "header": "X-Token"},
      "event": {"type": {"header": "X-Event"}}})", "tokens.json");
  REQUIRE(dialect);
  const std::string_view secrets[] = {"first token", "second token"};
  auto hook = waxseal::verifier::open(*dialect, secrets);
  REQUIRE(hook);
  CHECK(hook->digest_size() == 0);
  const auto verify = [&](std::string_view token) {
    const waxseal::header headers[] = {{"x-token", token}, {"x-event", "push"}};
    return hook->verify({headers, "{}"}, 0);
  };
  const auto event = verify("second token");
  REQUIRE(event);
  CHECK(event->authenticity == waxseal::authenticity::authenticated);
  CHECK(event->secret == 1);
  CHECK(event->type == "push");
  CHECK(verify("second toke").error() == status::bad_signature);
  CHECK(verify("second token ").error() == status::bad_signature);
  CHECK(verify("").error() == status::missing_signature);
}

TEST_CASE("every code of the closed table has its word and no other number has one") {
  CHECK(name(status::ok) == "ok");
  CHECK(name(status::internal) == "internal");
  CHECK(name(static_cast<status>(waxseal::status_count)) == "");
}
