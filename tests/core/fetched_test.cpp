// Keys that are fetched: which URLs a dialect pins, what is checked before a key is asked for, how a
// certificate and its dates are read (with every bit of three certificates turned), and how such dialects sign.
#include <openssl/x509.h>

#include <catch2/catch.hpp>
#include <ctime>

#include "der.hpp"
#include "keyfile.hpp"
#include "pinned.hpp"
#include "vectors.hpp"

namespace {

using test::json;
using waxseal::status;

constexpr std::int64_t holding = 1800000000;
const std::string topic = "arn:aws:sns:eu-west-1:123456789012:orders";

std::string key_file(const std::string& name) { return test::read_file(test::tests_folder() / ".." / "tools/vectors/keys" / name); }

/// The vector of a dialect that is called so.
test::vector_case vector_of(const std::string& dialect, const std::string& name) {
  for (auto& each : test::read_vectors(dialect)) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("no vector " + name);
}

struct asked {
  status code;
  std::string url;
};

/// What is said of a vector's request while no key is there.
asked ask(const std::string& dialect, test::vector_case vector) {
  vector.secrets.clear();
  vector.how.fetched_keys = true;
  auto hook = vector.open(test::load_embedded(dialect));
  if (!hook) throw std::runtime_error(hook.error());
  const auto event = vector.verify(*hook);
  return {event ? status::ok : event.error(), std::string(hook->key_url())};
}

std::string refusal(const std::string& patch) {
  const auto made = json::parse(waxseal::find_dialect("paypal")->source()).patch(json::parse("[" + patch + "]"));
  const auto loaded = waxseal::dialect::load(made.dump(), "mine.json");
  return loaded ? "" : loaded.error();
}

std::string der_of(const std::string& pem) {
  const auto begin = pem.find('\n') + 1;
  std::string text = pem.substr(begin, pem.find("-----END") - begin);
  std::erase(text, '\n');
  std::string der(text.size(), '\0');
  der.resize(waxseal::decode(waxseal::encoding::base64, text, reinterpret_cast<unsigned char*>(der.data()), der.size()).value());
  return der;
}

std::vector<std::string> certificates() {
  return {der_of(test::read_file(test::tests_folder() / "data/sns/certificate.pem")),
          der_of(test::read_file(test::tests_folder() / "data/paypal/certificate.pem")), der_of(key_file("rsa-1.crt.pem"))};
}

/// What OpenSSL reads of a certificate, where it reads it.
struct oracle {
  bool reads = false;
  std::string key;
  std::optional<std::int64_t> from, until;

  explicit oracle(const std::string& der) {
    auto at = reinterpret_cast<const unsigned char*>(der.data());
    X509* const read = d2i_X509(nullptr, &at, static_cast<long>(der.size()));
    if (!read) return;
    reads = at == reinterpret_cast<const unsigned char*>(der.data() + der.size());
    unsigned char* spki = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(read), &spki);
    if (size > 0) key.assign(reinterpret_cast<char*>(spki), static_cast<std::size_t>(size));
    OPENSSL_free(spki);
    from = seconds(X509_get0_notBefore(read));
    until = seconds(X509_get0_notAfter(read));
    X509_free(read);
  }

  static std::optional<std::int64_t> seconds(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return timegm(&parts);
  }
};

}  // namespace

TEST_CASE("a URL is pinned where every character is one that the dialect allows there") {
  const std::string_view urls = R"(["https://a.{letters}-{digits}.example.com/{name}.pem","https://b.example.com/?x&{rest}"])";
  REQUIRE(waxseal::check_pinned(urls).empty());
  const auto is_pinned = [&](std::string_view url) { return waxseal::is_pinned(urls, url); };
  CHECK(is_pinned("https://a.eu-1.example.com/Aa0-_.pem"));
  CHECK(is_pinned("https://b.example.com/?x&y=%20/../@z#"));
  for (const char* url : {"", "https://", "https://a.eu-1.example.com/.pem", "https://a.-1.example.com/x.pem", "https://a.eu-.example.com/x.pem",
                          "https://a.EU-1.example.com/x.pem", "https://a.eu1-1.example.com/x.pem", "https://a.eu-1.example.com/x.pem?",
                          "https://a.eu-1.example.com/x.pe", "https://a.eu-1.example.com/x/y.pem", "https://a.eu-1.example.com/x.y.pem",
                          "https://u@a.eu-1.example.com/x.pem", "https://a.eu-1.example.com:1/x.pem", "https://a.eu-1.example.com.b/x.pem",
                          "http://a.eu-1.example.com/x.pem", "HTTPS://a.eu-1.example.com/x.pem", " https://a.eu-1.example.com/x.pem",
                          "https://b.example.com/?x&", "https://b.example.com/?x&a b", "https://b.example.com/?x&a\\b", "https://b.example.com/?x&\xc3\xa9"}) {
    INFO(url);
    CHECK_FALSE(is_pinned(url));
  }
  CHECK(is_pinned("https://b.example.com/?x&" + std::string(2000, 'a')));
  CHECK_FALSE(is_pinned("https://b.example.com/?x&" + std::string(2048, 'a')));
  CHECK_FALSE(waxseal::is_pinned(R"(["https://b.example.com/)", "https://b.example.com/"));
  CHECK_FALSE(waxseal::is_pinned(R"(["https://b.example.com/{other}"])", "https://b.example.com/x"));
}

TEST_CASE("what pins nothing, or not one reading of a URL, is no dialect") {
  const auto urls = [](const std::string& url) { return refusal(R"({"op":"replace","path":"/key/urls","value":[")" + url + "\"]}"); };
  constexpr auto shape = "a URL here is https://, a host that ends in literal text, and a path";
  constexpr auto runs = "of {letters} {digits} {name} each stands before what it cannot hold, and {rest} at the end";
  constexpr auto visible = "a URL here holds visible characters";
  const std::pair<const char*, const char*> wrong[] = {
      {"http://a.example.com/", shape}, {"https://a.example.com", shape}, {"https:///x", shape}, {"https://", shape}, {"", shape},
      {"https://a.{name}/x", shape}, {"https://u@a.example.com/", shape}, {"https://a.example.com/{path}", runs},
      {"https://a.example.com/{name", runs}, {"https://a.example.com/{name}x", runs}, {"https://a.example.com/{letters}{digits}", runs},
      {"https://a.example.com/{rest}.pem", runs}, {"https://a.{rest}.example.com/", runs}, {"https://a.{rest", shape},
      {"https://a.example.com/a b", visible}, {"https://a.example.com/}", visible}};
  for (const auto& [url, sentence] : wrong) {
    INFO(url);
    CHECK_THAT(urls(url), Catch::Contains(sentence) && Catch::Contains("/key/urls"));
  }
  CHECK_THAT(std::string(waxseal::check_pinned(R"(["https://a.example.com/\u0061"])")), Catch::Contains("without escapes"));
  CHECK_THAT(urls("https://a.example.com/{letters}{name}"), Catch::Contains(runs));
  CHECK(urls("https://a.example.com/{letters}-{digits}/{name}?a={rest}").empty());
  for (const char* value : {"[]", "[1]", "\"https://a.example.com/\"", "{}", R"(["https://a.example.com/",1])"}) {
    INFO(value);
    CHECK_THAT(refusal(std::string(R"({"op":"replace","path":"/key/urls","value":)") + value + "}"), Catch::Contains("a list of URLs without escapes is wanted"));
  }
  CHECK_THAT(refusal(R"({"op":"remove","path":"/key/urls"})"), Catch::Contains("/key: needs urls and the header or pointer"));
  CHECK_THAT(refusal(R"({"op":"remove","path":"/key/header"})"), Catch::Contains("/key: needs urls and the header or pointer"));
  CHECK_THAT(refusal(R"({"op":"replace","path":"/signature/scheme","value":"hmac-sha256"})"), Catch::Contains("/key: goes with a scheme that has public keys"));
  CHECK_THAT(refusal(R"({"op":"add","path":"/handshake","value":{"signed":false,"when":{"header":"X"},"answer":{"header":"X","visit":["https://a.example.com/"]}}})"),
             Catch::Contains("/handshake/answer/visit: goes with a handshake that is signed"));
}

TEST_CASE("without its key a request that passes every other check says where the key is") {
  const std::string sns_url = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem";
  const auto good = vector_of("aws-sns", "accepts a message");
  const asked wanted = ask("aws-sns", good);
  CHECK(wanted.code == status::key_unavailable);
  CHECK(wanted.url == sns_url);
  const asked paypal = ask("paypal", vector_of("paypal", "accepts a webhook"));
  CHECK(paypal.code == status::key_unavailable);
  CHECK(paypal.url == "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77");
  // Whatever is refused without the key is refused before it is asked for.
  const std::pair<const char*, const char*> cheap[] = {
      {"aws-sns", "refuses a message of another topic"}, {"aws-sns", "refuses a version that is neither 1 nor 2"}, {"aws-sns", "refuses a prefix before the signature"},
      {"aws-sns", "refuses a message whose time was taken out"}, {"aws-sns", "refuses a time before a tolerance"}, {"aws-sns", "refuses a time behind a tolerance"},
      {"aws-sns", "refuses a certificate's address with another host"}, {"aws-sns", "wants to be told where its certificate is"},
      {"aws-sns", "refuses a message without a signature"}, {"aws-sns", "refuses a signature that is too short"},
      {"paypal", "refuses a prefix before the signature"}, {"paypal", "refuses another algorithm"}, {"paypal", "refuses a webhook without a transmission"},
      {"paypal", "refuses a transmission with a bar in it"}, {"paypal", "wants the time in RFC 3339"}, {"paypal", "refuses a time before a tolerance"},
      {"paypal", "refuses two lines of the address"}, {"paypal", "refuses a certificate's address with a port"}};
  for (const auto& [dialect, name] : cheap) {
    INFO(dialect << ": " << name);
    const auto vector = vector_of(dialect, name);
    CHECK(std::string(waxseal::name(ask(dialect, vector).code)) == vector.expect.at("code"));
  }
  // A wrong signature of the right length is what only the key can tell.
  CHECK(ask("aws-sns", vector_of("aws-sns", "refuses a signature with another certificate")).code == status::key_unavailable);
}

TEST_CASE("keys are fetched only for a dialect that says from where, and only where that was asked for") {
  waxseal::options fetched;
  fetched.fetched_keys = true;
  const auto discord = waxseal::verifier::open(*waxseal::find_dialect("discord"), {}, fetched);
  REQUIRE_FALSE(discord);
  CHECK(discord.error() == "Discord does not say where its keys are fetched from: give them as secrets");
  const waxseal::setting settings[] = {{"topic_arn", topic}};
  waxseal::options given;
  given.settings = settings;
  const auto none = waxseal::verifier::open(*waxseal::find_dialect("aws-sns"), {}, given);
  REQUIRE_FALSE(none);
  CHECK(none.error() == "no key is set: give the certificate of AWS SNS, or have it fetched");
  const std::string certificate = key_file("rsa-1.crt.pem");
  const std::string_view secrets[] = {certificate};
  const auto unset = waxseal::verifier::open(*waxseal::find_dialect("aws-sns"), secrets);
  REQUIRE_FALSE(unset);
  CHECK_THAT(unset.error(), Catch::Contains("needs the setting \"topic_arn\""));
}

TEST_CASE("a certificate's times are read in their one spelling") {
  const auto read = [](waxseal::der_tag tag, std::string_view text) {
    std::string der;
    waxseal::write_der(tag, text, der);
    return waxseal::der_reader(der).time();
  };
  constexpr auto brief = waxseal::der_tag::short_time, full = waxseal::der_tag::long_time;
  CHECK(read(brief, "700101000000Z") == 0);
  CHECK(read(brief, "491231235959Z") == 2524607999);
  CHECK(read(brief, "500101000000Z") == -631152000);
  CHECK(read(brief, "991231235959Z") == 946684799);
  CHECK(read(full, "20500101000000Z") == 2524608000);
  CHECK(read(full, "99991231235959Z") == 253402300799);
  for (const char* text : {"", "Z", "7001010000Z", "700101000000", "700101000000z", "700101000000+", "7001010000001", "701301000000Z", "700230000000Z", "700101240000Z",
                           "70010100000Z", "7001010000000Z", "-00101000000Z", "70-101000000Z", " 0010100 000Z"}) {
    INFO(text);
    CHECK_FALSE(read(brief, text));
  }
  CHECK_FALSE(read(full, "700101000000Z"));
  CHECK_FALSE(read(brief, "20500101000000Z"));
  CHECK_FALSE(read(full, "2050010100000000Z"));
  CHECK_FALSE(read(full, "20500101000000.5Z"));
  CHECK_FALSE(read(waxseal::der_tag::integer, "700101000000Z"));
}

TEST_CASE("a certificate with any bit turned, cut anywhere or lengthened is read as OpenSSL reads it, or not") {
  unsigned read_by_both = 0, refused = 0;
  const auto check = [&](const std::string& der) {
    const auto found = waxseal::read_certificate(der);
    if (!found) return ++refused, false;
    CHECK(found->key.data() >= der.data());
    CHECK(found->key.data() + found->key.size() <= der.data() + der.size());
    const oracle wanted(der);
    if (!wanted.reads || wanted.key.empty() || !wanted.from || !wanted.until) return true;
    ++read_by_both;
    // OpenSSL writes the key anew: where that differs, it was not DER, and the schemes refuse it.
    CHECK((found->key == wanted.key || !waxseal::read_public_key(found->key)));
    CHECK(found->holds.from == *wanted.from);
    CHECK(found->holds.until == *wanted.until);
    return true;
  };
  for (const std::string& whole : certificates()) {
    REQUIRE(check(whole));
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string turned = whole;
        turned[at] = static_cast<char>(turned[at] ^ 1 << bit);
        check(turned);
      }
      CHECK_FALSE(check(whole.substr(0, at)));
    }
    CHECK_FALSE(check(whole + '\0'));
  }
  CHECK(read_by_both > 1000);
  CHECK(refused > 1000);
}

TEST_CASE("a private key signs what its certificate verifies, and a signer the same") {
  const std::string pair = key_file("rsa-1.pem"), certificate = key_file("rsa-1.crt.pem");
  const std::string_view private_key[] = {pair}, public_key[] = {certificate};
  const std::string sns_body = R"({"Type":"Notification","MessageId":"m","TopicArn":")" + topic + R"(","Message":"a\nb","Timestamp":"2027-01-15T08:00:00Z","SignatureVersion":"VERSION","Signature":""})";
  const auto versioned = [&](const char* version) {
    std::string body = sns_body;
    return body.replace(body.find("VERSION"), 7, version);
  };
  for (const auto& [name, setting, body] : {std::tuple("aws-sns", waxseal::setting{"topic_arn", topic}, versioned("2")),
                                            std::tuple("aws-sns", waxseal::setting{"topic_arn", topic}, versioned("1")),
                                            std::tuple("paypal", waxseal::setting{"webhook_id", "4JH"}, std::string("{}"))}) {
    INFO(name << " " << body);
    const auto from = *waxseal::find_dialect(name);
    waxseal::options how;
    how.settings = {&setting, 1};
    auto sender = waxseal::verifier::open(from, private_key, how), receiver = waxseal::verifier::open(from, public_key, how);
    how.key_elsewhere = true;
    auto by_signer = waxseal::verifier::open(from, {}, how);
    REQUIRE((sender && receiver && by_signer));
    const auto verify = [&](waxseal::verifier& of, const waxseal::result<std::vector<waxseal::signed_header>, std::string>& headers) {
      REQUIRE(headers);
      std::vector<waxseal::header> lines;
      for (const auto& each : *headers) lines.push_back({each.name, each.value});
      const std::string sent(of.signed_body().empty() ? std::string_view(body) : of.signed_body());
      const auto event = receiver->verify({lines, sent}, holding);
      return event ? status::ok : event.error();
    };
    waxseal::message what{.body = body, .type = "Notification", .delivery = "d-1", .timestamp = holding};
    const auto made = sender->sign(what);
    CHECK(verify(*sender, made) == status::ok);

    const auto plan = by_signer->to_sign(what);
    if (!plan) FAIL(plan.error());
    CHECK_FALSE(plan->body);
    // The key elsewhere: a dialect of a header and the body, which signs that text.
    const char* const scheme = body.find(R"("SignatureVersion":"1")") != std::string::npos ? "rsa-pkcs1-sha1" : "rsa-pkcs1-sha256";
    const auto plain = waxseal::dialect::load(std::string(R"({"name":"p","title":"P","documents":["d"],"signature":{"header":"S","encoding":"base64","scheme":")") + scheme + "\"}}", "p");
    auto elsewhere = waxseal::verifier::open(*plain, private_key);
    const std::string text = std::string(plan->prefix) + std::string(plan->suffix);
    const auto signature = elsewhere->sign({.body = text});
    REQUIRE(signature);
    std::string bytes = signature->back().value;
    bytes.resize(waxseal::decode(waxseal::encoding::base64, signature->back().value, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()).value());
    const std::string_view given[] = {bytes}, no[] = {"no"};
    what.signatures = given;
    CHECK(verify(*by_signer, by_signer->sign(what)) == status::ok);
    what.signatures = no;
    CHECK(by_signer->sign(what).error() == "the signer gave no signature of the kind that this dialect takes");
    what.signatures = {};
    CHECK_THAT(receiver->sign(what).error(), Catch::Contains("only a public key is set"));
  }
  auto twilio = waxseal::verifier::open(*waxseal::find_dialect("twilio"), {}, {.key_elsewhere = true});
  REQUIRE(twilio);
  CHECK_THAT(twilio->to_sign({.body = ""}).error(), Catch::Contains("a signer signs one text by a public-key scheme"));
}
