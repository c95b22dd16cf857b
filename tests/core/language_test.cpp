// What the dialect language can say that no shipped dialect needs alone, each with a dialect made up
// for it: placeholders, list grammars, signatures in forms, settings, handshakes.
#include <catch2/catch.hpp>

#include "hmac.hpp"
#include "vectors.hpp"

namespace {

using test::json;
using waxseal::status;

constexpr std::int64_t now = 1700000000;
const std::string secret = "a secret of the language's tests";

waxseal::dialect load(const char* rest) {
  json file = json::parse(rest);
  file["name"] = "mine";
  file["title"] = "Mine";
  file["documents"] = {"https://mine.example"};
  auto loaded = waxseal::dialect::load(file.dump(), "mine.json");
  if (!loaded) throw std::runtime_error(loaded.error());
  return *loaded;
}

std::string hex(const std::string& text, const std::string& key = secret) {
  unsigned char digest[64];
  waxseal::hmac_key(waxseal::algorithm::sha256, key).digest(text, "", "", digest);
  std::string out;
  waxseal::encode(waxseal::encoding::hex, {reinterpret_cast<char*>(digest), 32}, out);
  return out;
}

struct sent {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body = "{}";
  std::string url = "https://example.com/hook";
  std::vector<std::pair<std::string, std::string>> settings = {};
  std::string method = "POST";
};

waxseal::verifier open(const waxseal::dialect& from, const sent& what, std::vector<std::string_view> secrets = {secret}) {
  std::vector<waxseal::setting> settings;
  for (const auto& [key, value] : what.settings) settings.push_back({key, value});
  waxseal::options how;
  how.settings = settings;
  auto hook = waxseal::verifier::open(from, secrets, how);
  if (!hook) throw std::runtime_error(hook.error());
  return std::move(*hook);
}

waxseal::request as_request(const sent& what, std::vector<waxseal::header>& lines) {
  lines.clear();
  for (const auto& [key, value] : what.headers) lines.push_back({key, value});
  return {lines, what.body, what.url, what.method};
}

status verify(const waxseal::dialect& from, const sent& what) {
  auto hook = open(from, what);
  std::vector<waxseal::header> lines;
  const auto event = hook.verify(as_request(what, lines), now);
  return event ? status::ok : event.error();
}

std::string header_dialect(const std::string& more) {
  return R"({"signature": {"scheme": "hmac-sha256", "header": "X-Sig", "encoding": "hex", )" + more + "}}";
}

status verify_signed(const std::string& more, const std::string& over, sent what) {
  what.headers.emplace_back("X-Sig", hex(over));
  return verify(load(header_dialect(more).c_str()), what);
}

const std::pair<std::string, std::string> form_type = {"Content-Type", "application/x-www-form-urlencoded"};

}  // namespace

TEST_CASE("hashes of the body are signed in its place") {
  CHECK(verify_signed(R"("signed": "{crc32}")", "3421780262", {{}, "123456789"}) == status::ok);
  CHECK(verify_signed(R"("signed": "{crc32}")", "0", {{}, ""}) == status::ok);
  CHECK(verify_signed(R"("signed": "{crc32}")", "3421780262", {{}, "123456780"}) == status::bad_signature);
  const std::string empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  CHECK(verify_signed(R"("signed": "{sha256}")", empty, {{}, ""}) == status::ok);
  CHECK(verify_signed(R"("signed": "{sha256}")", empty, {{}, "x"}) == status::bad_signature);
}

TEST_CASE("present members are signed in a fixed order, absent ones left out with their names") {
  const std::string keys = R"("signed": "Message\n{json:/Message}\n[Subject\n{json:/Subject}\n]Type\n{json:/Type}\n")";
  CHECK(verify_signed(keys, "Message\na\nSubject\nb\nType\nc\n", {{}, R"({"Type":"c","Subject":"b","Message":"a"})"}) == status::ok);
  CHECK(verify_signed(keys, "Message\na\nType\nc\n", {{}, R"({"Type":"c","Message":"a"})"}) == status::ok);
  CHECK(verify_signed(keys, "Message\na\nType\nc\n", {{}, R"({"Type":"c","Subject":null,"Message":"a"})"}) == status::ok);
  CHECK(verify_signed(keys, "Message\na\nSubject\n\nType\nc\n", {{}, R"({"Type":"c","Subject":"","Message":"a"})"}) == status::ok);
  CHECK(verify_signed(keys, "Message\n\nType\nc\n", {{}, R"({"Type":"c"})"}) == status::bad_signature);
  CHECK(verify_signed(keys, "Message\na\nType\nc\n", {{}, R"({"Type":"c","Message":"a","Message":"b"})"}) == status::bad_signature);
  CHECK(verify_signed(keys, "Message\na\nType\nc\n", {{}, R"({"Type":"c","Message":["a"]})"}) == status::bad_signature);
}

TEST_CASE("scalars of the body are signed as the text that they stand for") {
  const std::string value = R"("signed": "{json:/a~1b/0/c}")";
  CHECK(verify_signed(value, "é\"\n", {{}, R"({"a/b":[{"c":"\u00e9\"\n"}]})"}) == status::ok);
  CHECK(verify_signed(value, "é\"\n", {{}, R"({"a\/b":[{"\u0063":"\u00e9\"\n"}]})"}) == status::ok);
  CHECK(verify_signed(value, "-1.50e3", {{}, R"({"a/b":[{"c":-1.50e3 }]})"}) == status::ok);
  CHECK(verify_signed(value, "false", {{}, R"({"a/b":[{"c":false}]})"}) == status::ok);
  CHECK(verify_signed(value, "x", {{}, R"({"a/b":[{"c":"x"}],"a/b":[]})"}) == status::bad_signature);
  CHECK(verify_signed(value, "x", {{}, R"({"a/b":[]})"}) == status::bad_signature);
  CHECK(verify_signed(value, "x", {{}, R"({"a/b":[{"c":"x"}]} x)"}) == status::bad_signature);
  CHECK(verify_signed(value, "", {{}, std::string(100, '[')}) == status::bad_signature);
}

TEST_CASE("fields of a form are signed, and one of them is the signature") {
  const auto mine = load(R"({"signature": {"scheme": "hmac-sha256", "field": "bt_signature", "value": "key|{sig}", "encoding": "hex", "signed": "{field:bt_payload}"}})");
  const std::string good = "bt_signature=key%7C" + hex("a b&c") + "&bt_payload=a+b%26c";
  CHECK(verify(mine, {{form_type}, good}) == status::ok);
  CHECK(verify(mine, {{form_type}, good + "&other=1"}) == status::ok);
  CHECK(verify(mine, {{form_type}, good + "&bt_payload=x"}) == status::bad_signature);
  CHECK(verify(mine, {{form_type}, good + "&bt_signature=x"}) == status::bad_signature);
  CHECK(verify(mine, {{form_type}, "bt_payload=a"}) == status::missing_signature);
  CHECK(verify(mine, {{}, good}) == status::missing_signature);
  auto hook = open(mine, {});
  const std::string plain = "bt_payload=a+b&x=1";
  REQUIRE_FALSE(hook.sign({.body = plain}));  // the Content-Type tells a form, and the dialect sends none
  const auto typed = load(R"({"signature": {"scheme": "hmac-sha256", "field": "sig", "encoding": "hex", "signed": "{field:a}"},
      "delivery": {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}})");
  auto sender = open(typed, {});
  REQUIRE(sender.sign({.body = "a=1&sig=old"}));
  CHECK(verify(typed, {{form_type}, std::string(sender.signed_body())}) == status::ok);
}

TEST_CASE("a setting is signed, and one that is missing or unknown is a sentence") {
  const auto mine = load(R"({"signature": {"scheme": "hmac-sha256", "header": "X-Sig", "encoding": "hex", "signed": "{setting:webhook_id}|{body}"}})");
  const sent good{{{"X-Sig", hex("WH-1|{}")}}, "{}", "", {{"webhook_id", "WH-1"}}};
  CHECK(verify(mine, good) == status::ok);
  sent other = good;
  other.settings = {{"webhook_id", "WH-2"}};
  CHECK(verify(mine, other) == status::bad_signature);
  const std::string_view secrets[] = {secret};
  const auto none = waxseal::verifier::open(mine, secrets, {});
  REQUIRE_FALSE(none);
  CHECK(none.error() == "Mine needs the setting \"webhook_id\": give it beside the secret");
  const waxseal::setting unknown[] = {{"webhook", "x"}};
  waxseal::options how;
  how.settings = unknown;
  CHECK(waxseal::verifier::open(mine, secrets, how).error() == "Mine has no setting \"webhook\"");
  const waxseal::setting broken[] = {{"webhook_id", "a\nb"}};
  how.settings = broken;
  CHECK_FALSE(waxseal::verifier::open(mine, secrets, how));
}

TEST_CASE("lists of other grammars") {
  const std::string time = std::to_string(now), right = hex(time + ".{}"), wrong = hex("x");
  const auto judge = [](const std::string& list, const std::string& value, const std::string& header) {
    const std::string file = R"({"signature": {"scheme": "hmac-sha256", "header": "X-Sig", "encoding": "hex", "signed": "{timestamp}.{body}", "value": ")" +
                             value + R"(", "list": )" + list + R"(}, "timestamp": {"signature": true, "tolerance": {"past": 300, "future": 300}}})";
    return verify(load(file.c_str()), {{{"X-Sig", header}}});
  };
  const char* first = R"({"separator": ",", "fields": ["{timestamp}"]})";
  CHECK(judge(first, "{sig}", time + "," + right) == status::ok);
  CHECK(judge(first, "{sig}", time + "," + wrong + "," + right) == status::ok);
  CHECK(judge(first, "{sig}", right + "," + time) == status::bad_signature);
  CHECK(judge(first, "{sig}", time) == status::bad_signature);
  CHECK(judge(first, "{sig}", "1600000000," + hex("1600000000.{}")) == status::too_old);
  const char* spaced = R"({"separator": ", ", "fields": ["t={timestamp}"]})";
  CHECK(judge(spaced, "v1={sig}", "t=" + time + ", v1=" + right) == status::ok);
  CHECK(judge(spaced, "v1={sig}", "t=" + time + ",v1=" + right) == status::bad_signature);
  CHECK(judge(spaced, "v1={sig}", "t=" + time + ",  v1=" + right) == status::bad_signature);
  const char* groups = R"({"separator": ",", "groups": " ", "fields": ["t={timestamp}"]})";
  const std::string old_group = "t=1600000000,v1=" + hex("1600000000.{}"), group = "t=" + time + ",v1=" + right, junk = "t=" + time + ",v1=" + wrong;
  CHECK(judge(groups, "v1={sig}", group) == status::ok);
  CHECK(judge(groups, "v1={sig}", junk + " " + group) == status::ok);
  CHECK(judge(groups, "v1={sig}", group + " " + junk) == status::ok);
  CHECK(judge(groups, "v1={sig}", junk + " " + junk) == status::bad_signature);
  CHECK(judge(groups, "v1={sig}", old_group + " " + junk) == status::too_old);
  CHECK(judge(groups, "v1={sig}", group + " ") == status::ok);
  CHECK(judge(groups, "v1={sig}", group + " " + group + " " + group + " " + group + " " + group) == status::too_many_signatures);
}

TEST_CASE("HTTP Basic is the user and the password of the secret") {
  const auto mine = load(R"({"signature": {"scheme": "http-basic", "header": "Authorization"}})");
  const std::string_view secrets[] = {"Aladdin:open sesame"};
  auto hook = waxseal::verifier::open(mine, secrets);
  REQUIRE(hook);
  const auto judge = [&](const char* value) {
    const waxseal::header lines[] = {{"authorization", value}};
    const auto event = hook->verify({lines, "{}"}, now);
    return event ? event->authenticity == waxseal::authenticity::authenticated : false;
  };
  CHECK(judge("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
  CHECK_FALSE(judge("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ"));
  CHECK_FALSE(judge("basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
  const std::string_view no_user[] = {"open sesame"};
  CHECK_FALSE(waxseal::verifier::open(mine, no_user));
}

TEST_CASE("a handshake by GET is answered without a signature") {
  const auto answer = [](const char* dialect, sent what, std::vector<std::string_view> secrets = {secret}) -> std::string {
    const auto from = load(dialect);
    auto hook = open(from, what, secrets);
    std::vector<waxseal::header> lines;
    what.method = what.method == "POST" ? "GET" : what.method;
    if (!hook.asks_handshake(as_request(what, lines))) return "(none)";
    return std::string(hook.answer().content_type) + " " + hook.answer().body;
  };
  const char* echo = R"({"signature": {"scheme": "hmac-sha256", "header": "X-Sig", "encoding": "hex"},
      "handshake": {"method": "GET", "when": [{"query": "mode", "equals": "subscribe"}, {"query": "token", "setting": "verify_token"}], "answer": {"query": "challenge"}}})";
  const std::vector<std::pair<std::string, std::string>> token = {{"verify_token", "t0ken"}};
  CHECK(answer(echo, {{}, "", "https://a.example/?mode=subscribe&token=t0ken&challenge=a%20b", token}) == "text/plain a b");
  CHECK(answer(echo, {{}, "", "https://a.example/?mode=subscribe&token=t0keN&challenge=a", token}) == "(none)");
  CHECK(answer(echo, {{}, "", "https://a.example/?mode=subscribe&challenge=a", token}) == "(none)");
  CHECK(answer(echo, {{}, "", "https://a.example/?mode=subscribe&token=&challenge=a"}) == "(none)");
  CHECK(answer(echo, {{}, "", "https://a.example/?mode=subscribe&token=t0ken", token}) == "(none)");
  CHECK(answer(echo, {{}, "", "https://a.example/?mode=subscribe&token=t0ken&challenge=a&challenge=b", token}) == "(none)");
  CHECK(answer(echo, {{}, "", "https://a.example/?mode=subscribe&token=t0ken&challenge=" + std::string(1025, 'a'), token}) == "(none)");
  CHECK(answer(echo, {{}, "", "https://a.example/?mode=subscribe&token=t0ken&challenge=a", token, "PUT"}) == "(none)");
  const char* hmac = R"({"signature": {"scheme": "hmac-sha256", "header": "X-Sig", "value": "sha256={sig}", "encoding": "base64"},
      "handshake": {"method": "GET", "when": {"query": "crc_token"}, "answer": {"query": "crc_token", "body": {"response_token": "sha256={hmac:hex}", "of": "{challenge}"}}}})";
  CHECK(answer(hmac, {{}, "", "https://a.example/?crc_token=abc"}) == "application/json {\"response_token\":\"sha256=" + hex("abc") + "\",\"of\":\"abc\"}");
  // What could be a webhook's body is never signed for whoever asks.
  CHECK(answer(hmac, {{}, "", "https://a.example/?crc_token=%7B%7D"}) == "(none)");
  CHECK(answer(hmac, {{}, "", "https://a.example/?crc_token=a.b"}) == "(none)");
  const char* header = R"({"signature": {"scheme": "hmac-sha256", "header": "X-Sig", "encoding": "hex"},
      "handshake": {"signed": false, "secret": true, "when": {"header": "X-Hook-Secret"}, "answer": {"header": "X-Hook-Secret", "echo": "X-Hook-Secret"}}})";
  const auto mine = load(header);
  auto hook = open(mine, {}, {});
  const waxseal::header lines[] = {{"X-Hook-Secret", "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81"}};
  REQUIRE(hook.asks_handshake({lines, "", "", "POST"}));
  CHECK(hook.answer().gives_secret);
  CHECK(hook.answer().header == "X-Hook-Secret");
  CHECK(hook.answer().challenge == lines[0].value);
  CHECK(hook.answer().body.empty());
  CHECK_FALSE(hook.asks_handshake({lines, "", "", "GET"}));
  CHECK(hook.verify({lines, "{}"}, now).error() == status::missing_signature);
}

TEST_CASE("a signed handshake is answered with the token's HMAC") {
  const auto zoom = test::load_embedded("zoom");
  const std::string_view secrets[] = {secret};
  auto hook = waxseal::verifier::open(zoom, secrets);
  const std::string body = R"({"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}})";
  const auto headers = hook->sign({.body = body, .timestamp = now});
  std::vector<waxseal::header> lines;
  for (const auto& each : *headers) lines.push_back({each.name, each.value});
  const auto event = hook->verify({lines, body}, now);
  REQUIRE(event);
  CHECK(event->handshake);
  CHECK(json::parse(hook->answer().body) == json{{"plainToken", "qgg8vlvZRS6UYooatFL8Aw"}, {"encryptedToken", hex("qgg8vlvZRS6UYooatFL8Aw")}});
}

TEST_CASE("parts of the language that do not fit together are refused") {
  const auto error = [](const char* signature) {
    json file = {{"name", "mine"}, {"title", "Mine"}, {"documents", {"https://mine.example"}}};
    file["signature"] = json::parse(signature);
    return waxseal::dialect::load(file.dump(), "mine.json").error();
  };
  for (const char* wrong : {
           R"({"scheme": "hmac-sha256", "encoding": "hex"})",
           R"({"scheme": "hmac-sha256", "header": "a", "pointer": "/b"})",
           R"({"scheme": "hmac-sha256", "header": "a", "signed": "{url}"})",
           R"({"scheme": "hmac-sha256", "header": "a", "signed": "{body}{body}"})",
           R"({"scheme": "hmac-sha256", "header": "a", "signed": "{body}[x"})",
           R"({"scheme": "hmac-sha256", "header": "a", "signed": "{body}]"})",
           R"({"scheme": "hmac-sha256", "header": "a", "signed": "{json:a}"})",
           R"({"scheme": "hmac-sha256", "header": "a", "signed": "{header_values}{body}"})",
           R"({"scheme": "hmac-sha256", "header": "a", "items": "/a"})",
           R"({"scheme": "hmac-sha256", "header": "a", "claims": {"iss": "b"}})",
           R"({"scheme": "hmac-sha256", "header": "a", "hashes": [{"claim": "b"}]})",
           R"({"scheme": "hmac-sha256", "header": "a", "hashes": [{"query": "b"}]})",
           R"({"scheme": "hmac-sha256", "header": "a", "hashes": [{"header": "b"}]})",
           R"({"scheme": "hmac-sha256", "header": "a", "when": {"equals": "b"}})",
           R"({"scheme": "jwt-hs256", "header": "a"})",
           R"({"scheme": "jwt-hs256", "header": "a", "signed": "{body}"})",
           R"({"scheme": "static-token", "header": "a", "signed": "{body}"})",
           R"([{"scheme": "hmac-sha256", "header": "a"}, {"header": "b"}])",
       }) {
    INFO(wrong);
    CHECK(error(wrong).starts_with("mine.json: /signature"));
  }
}
