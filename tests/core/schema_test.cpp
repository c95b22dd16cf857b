// JSON Schema: what each keyword accepts and refuses, and what a schema may not say.
#include "schema.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "scan.hpp"

using namespace waxseal;

namespace {

/// "ok", or "<code> <pointer>".
std::string verdict(std::string_view schema, std::string_view instance, std::string_view defs = {}) {
  body_plan plan;
  if (!defs.empty()) plan.schemas.define(defs);
  auto node = plan.schemas.compile(schema, "");
  if (!node) return "error " + std::string(node.error());
  plan.envelope = *node;
  scanner scan(5);
  const reading read = scan.scan(plan, instance, {}, true);
  return read.code == status::ok ? "ok" : std::string(name(read.code)) + " " + std::string(read.at);
}

std::string error_of(std::string_view schema, std::string_view defs = {}) {
  schema_set set;
  if (!defs.empty()) set.define(defs);
  const auto node = set.compile(schema, "/base");
  return node ? "compiled" : std::string(node.error());
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

struct row {
  const char* schema;
  const char* instance;
  const char* expected;
};

}  // namespace

TEST_CASE("each keyword accepts what it should and says where it refuses") {
  const row rows[] = {
      {"{}", "[1,{\"a\":null}]", "ok"},
      {"true", "1", "ok"},
      {"false", "1", "schema "},
      {R"({"type":"null"})", "null", "ok"},
      {R"({"type":"null"})", "false", "schema "},
      {R"({"type":"boolean"})", "true", "ok"},
      {R"({"type":"boolean"})", "null", "schema "},
      {R"({"type":"string"})", "\"\"", "ok"},
      {R"({"type":"string"})", "1", "schema "},
      {R"({"type":"object"})", "{}", "ok"},
      {R"({"type":"object"})", "[{}]", "schema "},
      {R"({"type":"array"})", "[]", "ok"},
      {R"({"type":"array"})", "{\"a\":[]}", "schema "},
      {R"({"type":"number"})", "1.5e3", "ok"},
      {R"({"type":"number"})", "\"1\"", "schema "},
      {R"({"type":"integer"})", "-12", "ok"},
      {R"({"type":"integer"})", "1.0", "ok"},
      {R"({"type":"integer"})", "10e-1", "ok"},
      {R"({"type":"integer"})", "0.0e-7", "ok"},
      {R"({"type":"integer"})", "1e400", "ok"},
      {R"({"type":"integer"})", "1.5", "schema "},
      {R"({"type":"integer"})", "1e-1", "schema "},
      {R"({"type":"integer"})", "9007199254740993.5", "schema "},
      {R"({"type":"integer"})", "1e-99999999999999999999", "schema "},
      {R"({"type":["string","null"]})", "null", "ok"},
      {R"({"type":["string","null"]})", "0", "schema "},
      {R"({"type":["string","integer"]})", "0.5", "schema "},
      {R"({"properties":{"a":{"type":"string"}}})", R"({"b":1,"a":"x"})", "ok"},
      {R"({"properties":{"a":{"type":"string"}}})", R"({"b":1,"a":1})", "schema /a"},
      {R"({"properties":{"a":{"type":"string"}}})", R"(["not an object passes"])", "ok"},
      {R"({"properties":{"a\"b":{"type":"null"}}})", R"({"a\"b":1})", "schema /a\"b"},
      {R"({"properties":{"a":{"properties":{"b":{"type":"null"}}}}})", R"({"a":{"b":1}})", "schema /a/b"},
      {R"({"properties":{"longer than eight":{"type":"null"}}})", R"({"longer than eight":1})",
       "schema /longer than eight"},
      {R"({"properties":{"longer than eight":{"type":"null"}}})", R"({"longer than eighu":1})", "ok"},
      {R"({"properties":{"é":{"type":"null"}}})", R"({"\u00e9":1})", "schema /é"},
      {R"({"required":["a","b"]})", R"({"b":1})", "schema /a"},
      {R"({"required":["a"]})", R"({"\u0061":1})", "ok"},
      {R"({"required":["a"]})", "1", "ok"},
      {R"({"required":["x/y~"],"properties":{"a":{}}})", R"({"a":{}})", "schema /x~1y~0"},
      {R"({"properties":{"l":{"items":{"required":["k"]}}}})", R"({"l":[{"k":1},{}]})", "schema /l/1/k"},
      {R"({"enum":["a",1,null,true]})", "\"\\u0061\"", "ok"},
      {R"({"enum":["a",1,null,true]})", "1.0", "ok"},
      {R"({"enum":["a",1,null,true]})", "null", "ok"},
      {R"({"enum":["a",1,null,true]})", "true", "ok"},
      {R"({"enum":["a",1,null,true]})", "false", "schema "},
      {R"({"enum":["a",1,null,true]})", "\"1\"", "schema "},
      {R"({"enum":["a",1,null,true]})", "\"ab\"", "schema "},
      {R"({"enum":["a",1]})", "[\"a\"]", "schema "},
      {R"({"enum":["a",1]})", "{}", "schema "},
      {R"({"enum":["\u00e9\n"]})", "\"é\\n\"", "ok"},
      {R"({"const":"x"})", "\"x\"", "ok"},
      {R"({"const":"x"})", "\"y\"", "schema "},
      {R"({"const":1,"enum":[1,2]})", "2", "schema "},
      {R"({"const":1,"enum":[1,2]})", "1e0", "ok"},
      {R"({"items":{"type":"integer"}})", "[1,2]", "ok"},
      {R"({"items":{"type":"integer"}})", "[1,2,\"3\",{}]", "schema /2"},
      {R"({"items":{"items":{"type":"null"}}})", "[[null],[null,1]]", "schema /1/1"},
      {R"({"additionalProperties":false})", R"({"a":1})", "schema /a"},
      {R"({"additionalProperties":false})", "{}", "ok"},
      {R"({"additionalProperties":false,"properties":{"a":{}}})", R"({"a":1,"b":{"c":1}})", "schema /b"},
      {R"({"additionalProperties":{"type":"string"},"properties":{"a":{}}})", R"({"a":1,"b":"x"})", "ok"},
      {R"({"additionalProperties":{"type":"string"}})", R"({"b":"x","c":2})", "schema /c"},
      {R"({"required":["r"],"additionalProperties":{"type":"string"}})", R"({"r":1})", "schema /r"},
      {R"({"minimum":3})", "3", "ok"},
      {R"({"minimum":3})", "2.9999999999999999999999", "schema "},
      {R"({"minimum":3})", "\"2\"", "ok"},
      {R"({"maximum":-1.5})", "-15e-1", "ok"},
      {R"({"maximum":-1.5})", "-1.49", "schema "},
      {R"({"minLength":2})", "\"é\"", "schema "},
      {R"({"minLength":2})", "\"\\u00e9x\"", "ok"},
      {R"({"maxLength":2})", R"("\ud83d\ude00x")", "ok"},
      {R"({"maxLength":2})", "\"😀😀\"", "ok"},
      {R"({"maxLength":2})", "\"abc\"", "schema "},
      {R"({"minLength":1})", "\"\"", "schema "},
      {R"({"minItems":1})", "[]", "schema "},
      {R"({"minItems":2})", "[1]", "schema "},
      {R"({"minItems":2})", "[1,2]", "ok"},
      {R"({"maxItems":1})", "[[],[]]", "schema "},
      {R"({"maxItems":0})", "[]", "ok"},
      {R"({"properties":{"a":{"maxItems":1}}})", R"({"a":[1,2]})", "schema /a"},
      {R"({"title":"t","description":"d","$comment":"c","default":{},"examples":[],"deprecated":true})", "1", "ok"},
  };
  for (const row& each : rows) {
    INFO(each.schema << "  " << each.instance);
    CHECK(verdict(each.schema, each.instance) == each.expected);
  }
}

TEST_CASE("compares numbers as decimals, never as doubles") {
  const row rows[] = {
      {R"({"const":9007199254740993})", "9007199254740993", "ok"},
      {R"({"const":9007199254740993})", "9007199254740992", "schema "},
      {R"({"const":9007199254740993})", "9007199254740993.000", "ok"},
      {R"({"maximum":9223372036854775807})", "9223372036854775808", "schema "},
      {R"({"maximum":18446744073709551615})", "18446744073709551616", "schema "},
      {R"({"minimum":18446744073709551616})", "1.8446744073709551616e19", "ok"},
      {R"({"const":1e400})", "10e399", "ok"},
      {R"({"const":1e400})", "1e401", "schema "},
      {R"({"maximum":1e400})", "1e99999999999999999999", "schema "},
      {R"({"minimum":0})", "-0", "ok"},
      {R"({"const":0})", "-0.0e5", "ok"},
      {R"({"minimum":0})", "-1e-400", "schema "},
      {R"({"const":0.001})", "1e-3", "ok"},
      {R"({"const":100})", "1e2", "ok"},
      {R"({"const":100})", "0.0001e6", "ok"},
      {R"({"maximum":100})", "100.00000000000000000001", "schema "},
      {R"({"minimum":-100})", "-100.00000000000000000001", "schema "},
  };
  for (const row& each : rows) {
    INFO(each.schema << "  " << each.instance);
    CHECK(verdict(each.schema, each.instance) == each.expected);
  }
}

TEST_CASE("holds to its bounds what the scanner tells from the first digit or from a length in bytes") {
  const row rows[] = {
      {R"({"minimum":0})", "0", "ok"},
      {R"({"minimum":0})", "1e-9", "ok"},
      {R"({"minimum":0})", "-0.5", "schema "},
      {R"({"minimum":1})", "1.5", "ok"},
      {R"({"minimum":1})", "0.99", "schema "},
      {R"({"minimum":1})", "0", "schema "},
      {R"({"minimum":1})", "-7", "schema "},
      {R"({"minimum":1})", "9e-1", "schema "},
      {R"({"minimum":1})", "0.5e1", "ok"},
      {R"({"minimum":2})", "1", "schema "},
      {R"({"minimum":0,"maximum":5})", "6", "schema "},
      {R"({"minimum":0,"const":3})", "4", "schema "},
      {R"({"type":"integer","minimum":1})", "1.5", "schema "},
      {R"({"type":"integer","minimum":1})", "2.0", "ok"},
      {R"({"type":"integer","minimum":1})", "12e-1", "schema "},
      {R"({"type":"string","minimum":0})", "5", "schema "},
      {R"({"type":"number","minLength":1})", "\"five\"", "schema "},
      {R"({"minLength":2})", R"("\ud83d\ude00")", "schema "},      // twelve bytes, one code point
      {R"({"minLength":2})", R"("\ud83d\ude00x")", "ok"},
      {R"({"minLength":1,"format":"uuid"})", "\"x\"", "schema "},
      {R"({"minLength":4294967295})", "\"x\"", "schema "},
      {R"({"minLength":357913943})", R"("\ud83d\ude00x")", "schema "},  // twelve times that is 2^32 and a little
      {R"({"maxLength":0})", "\"\"", "ok"},
      {R"({"maxLength":0})", "\"x\"", "schema "},
      {R"({"maxLength":3})", "\"abc\"", "ok"},
      {R"({"maxLength":3})", "\"abcd\"", "schema "},
      {R"({"maxLength":3})", R"("\u0061bc")", "ok"},
  };
  for (const row& each : rows) {
    INFO(each.schema << "  " << each.instance);
    CHECK(verdict(each.schema, each.instance) == each.expected);
  }
}

TEST_CASE("reads numbers that end within eight bytes as it reads longer ones") {
  // A number of 1 to 20 characters, as it stands and behind a minus: which are JSON, and which are integers.
  const char* const numbers[] = {"0", "7", "10", "123456", "1234567", "12345678", "123456789", "0.5", "1.5", "12.25", "1234.56",
                                 "12345.67", "123456.7", "1234567.8", "1e5", "1.5e5", "12345e6", "123456e7", "1234567E8", "1.23456e1"};
  const char* const none[] = {"01", "00", "1.", "1.e5", "12345.", "1234567.", ".5", "1.2.3", "1..2", "1e", "123456e", "1e+", "1-2", "1.5-", "+1", "1.5x", "123456789x", "1:2", "1/2"};
  for (const std::string sign : {"", "-"}) {
    for (const std::string text : numbers) {
      INFO(sign << text);
      CHECK(verdict(R"({"type":"number"})", sign + text) == "ok");
      CHECK(verdict("{}", "[" + sign + text + "," + sign + text + "]") == "ok");
      CHECK(verdict(R"({"items":{"type":"number"}})", "[" + sign + text + " ]") == "ok");
      if (text.find('e') == text.npos && text.find('E') == text.npos)
        CHECK((verdict(R"({"type":"integer"})", sign + text) == "ok") == (text.find('.') == text.npos));
    }
    for (const std::string text : none) {
      INFO(sign << text);
      CHECK(verdict("{}", sign + text) == "bad_json ");
      CHECK(verdict(R"({"items":{"type":"number"}})", "[" + sign + text + "]") == "bad_json ");
    }
  }
}

TEST_CASE("asserts the formats") {
  const auto fits = [](const char* format, const std::string& text) {
    return verdict("{\"format\":\"" + std::string(format) + "\"}", "\"" + text + "\"") == "ok";
  };
  for (const char* good : {"2026-11-22T15:49:52Z", "2024-02-29t00:00:00.123456789z", "2000-02-29T23:59:59+23:59",
                           "2016-12-31T23:59:60Z", "2016-12-31T15:59:60-08:00", "2026-11-22T15\\u003a49:52Z"})
    CHECK(fits("date-time", good));
  for (const char* bad : {"", "2026-11-22", "2026-11-22T15:49:52", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
                          "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z",
                          "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
                          "2026-01-01T00:00:61Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z",
                          "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100", "2026-01-01 00:00:00Z",
                          "2026-01-01T00:00:00Zx", "x026-01-01T00:00:00Z", "26-01-01T00:00:00Z"})
    CHECK_FALSE(fits("date-time", bad));
  CHECK(fits("uuid", "123e4567-E89B-12d3-a456-426614174000"));
  for (const char* bad : {"", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400",
                          "123e4567-e89b-12d3-a456-4266141740000", "123g4567-e89b-12d3-a456-426614174000"})
    CHECK_FALSE(fits("uuid", bad));
  for (const char* good : {"https://example.com/a?b=c#d", "urn:x", "https:\\/\\/example.com\\/", "a+b-c.9:x"})
    CHECK(fits("uri", good));
  for (const char* bad : {"", "example.com", "/a", ":x", "9a:x", "http:", "http://a b", "http://a\\u0000", "http://é",
                          "http://a<b>", "http://{a}"})
    CHECK_FALSE(fits("uri", bad));
  for (const char* good : {"a@b", "first.last+tag@sub.example-x.com", "é@é.example"}) CHECK(fits("email", good));
  for (const char* bad : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "a..b@c", ".a@b", "a.@b", "a@.b", "a@b.",
                          "a@b..c", "a@-b", "a@b-", "a,b@c"})
    CHECK_FALSE(fits("email", bad));
  CHECK(verdict(R"({"format":"uuid"})", "17") == "ok");
}

TEST_CASE("follows references, also of a schema to itself") {
  const char* defs = R"({"tree":{"type":"object","properties":{"kids":{"items":{"$ref":"#/$defs/tree"}},
      "n":{"$ref":"#/$defs/n"}}},"n":{"title":"alias","$ref":"#/$defs/a~1b"},"a/b":{"type":"integer"},"any":true})";
  const auto tree = [&](const char* body) { return verdict(R"({"$ref":"#/$defs/tree"})", body, defs); };
  CHECK(tree(R"({"n":1,"kids":[{"n":2,"kids":[]}]})") == "ok");
  CHECK(tree(R"({"kids":[{"kids":[{},{"n":"x"}]}]})") == "schema /kids/0/kids/1/n");
  CHECK(verdict(R"({"properties":{"x":{"$ref":"#/$defs/any"}}})", R"({"x":[1]})", defs) == "ok");
}

TEST_CASE("holds to a reference and to what stands beside it") {
  const char* defs = R"({
    "order":{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"state":{"enum":["open","paid","sent"]},
      "total":{"type":"number","minimum":0},"next":{"$ref":"#/$defs/order"}}},
    "strict":{"additionalProperties":false,"properties":{"a":{},"n":{"type":"integer"}}},
    "paid":{"$ref":"#/$defs/order","properties":{"state":{"const":"paid"}},"required":["state"]},
    "short":{"type":"string","maxLength":4},"five":{"const":5},"none":false,
    "loop":{"$ref":"#/$defs/order","properties":{"next":{"$ref":"#/$defs/loop","required":["total"]}}}})";
  const row rows[] = {
      {R"({"$ref":"#/$defs/paid"})", R"({"id":"x","state":"paid"})", "ok"},
      {R"({"$ref":"#/$defs/paid"})", R"({"id":"x","state":"open"})", "schema /state"},
      {R"({"$ref":"#/$defs/paid"})", R"({"id":"x"})", "schema /state"},
      {R"({"$ref":"#/$defs/paid"})", R"({"state":"paid"})", "schema /id"},
      {R"({"$ref":"#/$defs/paid"})", R"({"id":1,"state":"paid"})", "schema /id"},
      {R"({"$ref":"#/$defs/order"})", R"({"id":"x","state":"open"})", "ok"},
      {R"({"$ref":"#/$defs/paid","properties":{"total":{"type":"integer","maximum":9}}})",
       R"({"id":"x","state":"paid","total":-1})", "schema /total"},
      {R"({"$ref":"#/$defs/paid","properties":{"total":{"type":"integer","maximum":9}}})",
       R"({"id":"x","state":"paid","total":1.5})", "schema /total"},
      {R"({"$ref":"#/$defs/paid","properties":{"total":{"type":"integer","maximum":9}}})",
       R"({"id":"x","state":"paid","total":9,"next":{"id":"y","state":"open"}})", "ok"},
      {R"({"$ref":"#/$defs/order","properties":{"state":{"enum":["paid","lost"]}}})", R"({"id":"x","state":"paid"})", "ok"},
      {R"({"$ref":"#/$defs/order","properties":{"state":{"enum":["paid","lost"]}}})", R"({"id":"x","state":"lost"})", "schema /state"},
      {R"({"$ref":"#/$defs/order","properties":{"state":{"enum":["lost"]}}})", R"({"id":"x","state":"lost"})", "schema /state"},
      {R"({"$ref":"#/$defs/strict","properties":{"b":{}}})", R"({"b":1})", "schema /b"},
      {R"({"$ref":"#/$defs/strict","additionalProperties":{"type":"number"}})", R"({"n":2})", "ok"},
      {R"({"$ref":"#/$defs/strict","additionalProperties":{"type":"number"}})", R"({"n":2.5})", "schema /n"},
      {R"({"$ref":"#/$defs/strict","additionalProperties":{"type":"number"}})", R"({"a":"x"})", "schema /a"},
      {R"({"$ref":"#/$defs/strict","required":["b"]})", R"({"a":1})", "schema /b"},
      {R"({"$ref":"#/$defs/short","minLength":3})", "\"ab\"", "schema "},
      {R"({"$ref":"#/$defs/short","minLength":3})", "\"abc\"", "ok"},
      {R"({"$ref":"#/$defs/short","maxLength":9})", "\"abcde\"", "schema "},
      {R"({"$ref":"#/$defs/short","type":["string","null"]})", "null", "schema "},
      {R"({"$ref":"#/$defs/five","const":5.0})", "5", "ok"},
      {R"({"$ref":"#/$defs/five","const":6})", "5", "schema "},
      {R"({"$ref":"#/$defs/five","const":6})", "6", "schema "},
      {R"({"$ref":"#/$defs/none","type":"null"})", "null", "schema "},
      {R"({"items":{"$ref":"#/$defs/paid","title":"t"}})", R"([{"id":"x","state":"paid"},{"id":"x","state":"sent"}])", "schema /1/state"},
      {R"({"$ref":"#/$defs/loop"})", R"({"id":"x","next":{"id":"y","total":1,"next":{"id":"z","total":1}}})", "ok"},
      {R"({"$ref":"#/$defs/loop"})", R"({"id":"x","next":{"id":"y","total":1,"next":{"id":"z"}}})", "schema /next/next/total"},
      {R"({"$ref":"#/$defs/loop"})", R"({"id":"x","next":{"id":"y","total":-1}})", "schema /next/total"},
  };
  for (const row& each : rows) {
    INFO(each.schema << "  " << each.instance);
    CHECK(verdict(each.schema, each.instance, defs) == each.expected);
  }
  CHECK(error_of(R"({"properties":{"a":{"$ref":"#/$defs/u","format":"uri"}}})", R"({"u":{"format":"uuid"}})") ==
        "/base/properties/a: the format beside $ref is another than that of the schema it names");
}

TEST_CASE("refuses a schema that it cannot hold to, naming place and what is allowed") {
  for (const char* keyword :
       {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "pattern", "patternProperties", "multipleOf",
        "exclusiveMinimum", "exclusiveMaximum", "uniqueItems", "contains", "prefixItems", "minProperties",
        "maxProperties", "propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties",
        "unevaluatedItems", "$id", "$schema", "$anchor", "$defs", "$dynamicRef", "definitions", "nullable", "Type",
        "contentEncoding", "readOnly", "__proto__", ""}) {
    const std::string error = error_of("{\"properties\":{\"a\":{\"" + std::string(keyword) + "\":1}}}");
    INFO(error);
    CHECK(error.rfind("/base/properties/a/" + std::string(keyword) + ": unknown keyword", 0) == 0);
    CHECK(contains(error, "allowed here: type properties"));
  }
  const std::pair<const char*, const char*> wrong[] = {
      {"1", "/base: "}, {"[]", "expected a schema"}, {R"({"type":"float"})", "/base/type: \"float\" is not one of: null boolean"},
      {R"({"type":1})", "/base/type: expected"}, {R"({"type":[]})", "at least one"},
      {R"({"type":["null","null"]})", "/base/type/1: "}, {R"({"properties":[]})", "/base/properties: expected an object"},
      {R"({"properties":{"a":3}})", "/base/properties/a: expected a schema"},
      {R"({"required":"a"})", "/base/required: expected an array"}, {R"({"required":[1]})", "/base/required/0: "},
      {R"({"required":["a","a"]})", "/base/required/1: "}, {R"({"enum":[]})", "at least one"},
      {R"({"enum":[{}]})", "/base/enum/0: expected a string, a number"}, {R"({"const":[]})", "/base/const: expected"},
      {R"({"minimum":"1"})", "/base/minimum: expected a number"}, {R"({"maximum":null})", "/base/maximum: "},
      {R"({"minLength":-1})", "/base/minLength: "}, {R"({"maxLength":1.5})", "/base/maxLength: expected an integer"},
      {R"({"minItems":"1"})", "/base/minItems: "}, {R"({"items":[{}]})", "/base/items: expected a schema"},
      {R"({"additionalProperties":1})", "/base/additionalProperties: "},
      {R"({"format":"ipv4"})", "is not one of: date-time uuid uri email"}, {R"({"format":1})", "/base/format: "},
      {R"({"$ref":"#/$defs/none"})", "names nothing in $defs"}, {R"({"$ref":"other.json"})", "allowed is #/$defs/NAME"},
      {R"({"$ref":"#/$defs/a/b"})", "allowed is"}, {R"({"$ref":"#"})", "allowed is"}, {R"({"$ref":1})", "/base/$ref: "},
      {R"({"type":"null","type":"null"})", "/base/type: this key stands twice"}, {R"({"type":"null")", "not valid JSON"},
      {R"({} x)", "behind the value"},
  };
  for (const auto& [schema, part] : wrong) {
    const std::string error = error_of(schema, R"({"a":{}})");
    INFO(schema << " -> " << error);
    CHECK(contains(error, part));
  }
}

TEST_CASE("refuses references that never reach a schema, and mistakes in unused definitions") {
  CHECK(contains(error_of("{}", R"({"a":{"$ref":"#/$defs/a"}})"), "/$defs/a/$ref: "));
  CHECK(contains(error_of("{}", R"({"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}})"), "leads back to itself"));
  CHECK(contains(error_of("{}", R"({"a":{"$ref":"#/$defs/a","type":"null"}})"), "leads back to itself"));
  CHECK(contains(error_of("{}", R"({"a":{"oneOf":[]}})"), "/$defs/a/oneOf: unknown keyword"));
  CHECK(error_of("{}", R"({"a":{"items":{"$ref":"#/$defs/b"}},"b":{"$ref":"#/$defs/a"}})") == "compiled");
}

TEST_CASE("names at most 128 members of an object, all of them found and required") {
  const auto object = [](int count) {
    std::string properties = "{\"properties\":{", required = "\"required\":[", body = "{";
    for (int i = 0; i < count; ++i) {
      const std::string key = (i ? ",\"m" : "\"m") + std::to_string(i) + "\"";
      properties += key + ":{\"type\":\"integer\"}";
      required += key;
      body += key + ":" + std::to_string(i);
    }
    return std::pair{properties + "}," + required + "]}", body};
  };
  const auto [schema, body] = object(128);
  CHECK(verdict(schema, body + "}") == "ok");
  CHECK(verdict(schema, object(127).second + "}") == "schema /m127");
  CHECK(verdict(schema, object(127).second + ",\"m127\":\"x\"}") == "schema /m127");
  CHECK(verdict(schema, body + ",\"m64\":1}") == "duplicate_key /m64");
  CHECK(contains(error_of(object(129).first), "at most 128"));
}

TEST_CASE("marks slots without changing what the schema asks") {
  schema_set set;
  const auto node = set.compile(R"({"properties":{"a":{"type":"array"},"o":{"type":"object"}},
      "additionalProperties":false})", "");
  REQUIRE(node);
  CHECK_FALSE(set.mark(*node, "", slot::id));
  CHECK_FALSE(set.mark(*node, "a", slot::id));
  CHECK_FALSE(set.mark(*node, "/a/0", slot::id));
  CHECK_FALSE(set.mark(*node, "/b/c", slot::id));  // no such member may be there
  CHECK_FALSE(set.mark(*node, "/o/~2", slot::id));
  body_plan plan;
  plan.envelope = *plan.schemas.compile(R"({"additionalProperties":false,"properties":{"o":{}}})", "");
  plan.envelope = *plan.schemas.mark(plan.envelope, "/extra", slot::id);
  scanner scan(1);
  CHECK(scan.scan(plan, R"({"extra":1})", {}, true).code == status::schema);
}
