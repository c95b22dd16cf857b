// Forms that a dialect wants read: their fields are the event's data, held to its schema.
#include <catch2/catch.hpp>
#include <map>
#include <vector>

#include "find.hpp"
#include "vectors.hpp"

using namespace waxseal;
using test::json;

namespace {

constexpr std::string_view file = R"({"name": "mine", "title": "Mine", "documents": ["https://example.com"],
  "signature": {"scheme": "static-token", "header": "x-token"},
  "event": {"id": {"pointer": "/Sid"}, "form": true},
  "body": {"properties": {"Sid": {"type": "string"}}},
  "events": {
    "said": {"recognised_by": "Said", "schema": {"required": ["Sid"], "properties": {"Sid": {"type": "string", "minLength": 2}}}},
    "done": {"recognised_by": "Done"}}})";

verifier opened(bool by_image) {
  auto made = dialect::load(file, "file");
  if (!made) FAIL(made.error());
  if (by_image) made = dialect::open_image(made->image());
  const std::string_view secrets[] = {"secret"};
  auto hook = verifier::open(*made, secrets);
  if (!hook) FAIL(hook.error());
  return std::move(*hook);
}

result<event> read(verifier& hook, std::string_view body, std::string_view type = "application/x-www-form-urlencoded") {
  const header headers[] = {{"x-token", "secret"}, {"content-type", type}};
  return hook.verify({headers, body, {}, {}}, 0);
}

/// What a form says, by another reading of it: its fields, or the codes that may be told.
struct form_oracle {
  json fields = json::object();
  bool malformed = false, no_text = false, repeated = false;

  explicit form_oracle(const std::string& form) {
    for (std::size_t at = 0; at <= form.size();) {
      const std::size_t end = std::min(form.find('&', at), form.size());
      const std::string pair = form.substr(at, end - at);
      at = end + 1;
      if (pair.empty()) continue;
      const std::size_t equals = pair.find('=');
      const std::string name = decoded(pair.substr(0, equals));
      const std::string value = equals == pair.npos ? "" : decoded(pair.substr(equals + 1));
      repeated |= fields.contains(name);
      fields[name] = value;
      for (const std::string& text : {name, value}) {
        try {
          (void)json(text).dump();
        } catch (const json::exception&) {
          no_text = true;
        }
      }
    }
  }

  std::string decoded(const std::string& raw) {
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '%') {
        out += raw[i] == '+' ? ' ' : raw[i];
        continue;
      }
      const std::string digits = raw.substr(i + 1, 2);
      if (digits.size() != 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos) malformed = true;
      else out += static_cast<char>(std::stoi(digits, nullptr, 16));
      i += 2;
    }
    return out;
  }
};

/// Reads `form` and compares with the oracle. @return whether it could be read
bool agrees(verifier& hook, const std::string& form) {
  const std::vector<char> exact(form.begin(), form.end());  // so that a byte read behind it is seen
  const auto got = read(hook, {exact.data(), exact.size()});
  REQUIRE(got);
  const form_oracle expected(form);
  INFO(json(form).dump(-1, ' ', true, json::error_handler_t::replace));
  CHECK(got->content == content::form);
  CHECK(hook.form() == got->data);
  const status code = got->schema.code;
  if (expected.malformed || expected.no_text) {
    CHECK(((code == status::bad_json && expected.malformed) || (code == status::bad_utf8 && expected.no_text)));
    CHECK(got->data.empty());
    return false;
  }
  CHECK((code == status::duplicate_key) == expected.repeated);
  if (!expected.repeated) CHECK(json::parse(got->data) == expected.fields);
  const char* const type = expected.fields.contains("Said") ? "said" : expected.fields.contains("Done") ? "done" : "";
  CHECK(got->type == type);
  return true;
}

}  // namespace

TEST_CASE("a form that the dialect wants read is held to the schema of the event that its field tells") {
  for (const bool by_image : {false, true}) {
    verifier hook = opened(by_image);
    const auto fits = read(hook, "Said=a+%22b%5c%0a%C3%a9&Sid=m1&Empty=&Bare&&");
    REQUIRE(fits);
    CHECK(fits->content == content::form);
    CHECK(fits->type == "said");
    CHECK(fits->known());
    CHECK(fits->id == "m1");
    CHECK(fits->schema.code == status::ok);
    CHECK(fits->data == R"({"Said":"a \"b\\\u000aé","Sid":"m1","Empty":"","Bare":""})");
    const std::pair<std::string_view, std::string_view> wrong[] = {{"Said=x", "/Sid"}, {"Sid=1&Said=x", "/Sid"}, {"a%2fb=1&Said=x", "/Sid"}};
    for (const auto& [form, at] : wrong) {
      const auto got = read(hook, form);
      REQUIRE(got);
      CHECK(got->schema.code == status::schema);
      CHECK(got->schema.at == at);
    }
  }
}

TEST_CASE("a form with a field twice is duplicate_key, one that no text can be read from bad_json or bad_utf8") {
  verifier hook = opened(false);
  const std::pair<std::string_view, status> forms[] = {
      {"Said=a&Sid=12&x=1&x=2", status::duplicate_key}, {"x=1&%78=2", status::duplicate_key}, {"Sid=a%2", status::bad_json},
      {"Sid=%zz", status::bad_json}, {"Sid=%ff", status::bad_utf8}, {"Sid=\xff", status::bad_utf8}, {"Sid=%ed%a0%80", status::bad_utf8}, {"", status::ok}};
  for (const auto& [form, code] : forms) {
    const auto got = read(hook, form);
    REQUIRE(got);
    CHECK(got->schema.code == code);
  }
}

TEST_CASE("only a body that its Content-Type calls a form is read as one") {
  verifier hook = opened(false);
  const auto json_body = read(hook, R"({"Done":1,"Sid":"j1"})", "application/json");
  REQUIRE(json_body);
  CHECK(json_body->content == content::json);
  CHECK(json_body->type == "done");
  CHECK(hook.form().empty());
  const auto plain = read(hook, "Done=1", "text/plain");
  REQUIRE(plain);
  CHECK(plain->content == content::bytes);
  CHECK_FALSE(plain->known());
}

TEST_CASE("a form as JSON has at most seven bytes for each of its own") {
  for (const std::string_view one : {"\x01", "%01", "a&", "a=&", "\"=\\&", "&"}) {
    std::string form, object;
    while (form.size() < 10000) form.append(one);
    append_form_object(form, object);
    CHECK(object.size() <= 7 * form.size() + 2);
  }
}

TEST_CASE("a form with any byte of it changed, or cut anywhere, is read as another reader reads it") {
  verifier hook = opened(false);
  const std::string form = "Said=a+b%22%C3%A9&Sid=m1&Empty=&Bare&MediaUrl0=https%3A%2F%2Fe.example%2F%F0%9F%8E%89&q=\"\\\x01";
  REQUIRE(agrees(hook, form));
  unsigned readable = 0, unreadable = 0;
  for (std::size_t at = 0; at < form.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = form;
      changed[at] = static_cast<char>(byte);
      ++(agrees(hook, changed) ? readable : unreadable);
    }
    ++(agrees(hook, form.substr(0, at)) ? readable : unreadable);
    ++(agrees(hook, form.substr(at)) ? readable : unreadable);
  }
  CHECK(readable > 5000);
  CHECK(unreadable > 5000);
}
