// The scanner: what is JSON, where slots and problems stand, and that it is linear.
#include "scan.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

using namespace waxseal;

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

status code_of(std::string_view body) {
  scanner scan(1);
  const body_plan plan;
  return scan.scan(plan, body, {}, true).code;
}

std::uint32_t compiled(schema_set& set, std::string_view text) {
  auto node = set.compile(text, "");
  INFO(text << " " << (node ? "" : node.error()));
  REQUIRE(node);
  return *node;
}

void mark(body_plan& plan, std::string_view pointer, slot into) {
  auto node = plan.schemas.mark(plan.envelope, pointer, into);
  REQUIRE(node);
  plan.envelope = *node;
}

/// {type, id, data}, and an event `made` whose data is {a: integer ≤ 10, b?: [string], no more}.
body_plan enveloped() {
  body_plan plan;
  plan.envelope = compiled(plan.schemas, R"({"type":"object","required":["type","data"],
      "properties":{"type":{"type":"string"},"id":{"type":"string"},"data":{}}})");
  mark(plan, "/type", slot::type);
  mark(plan, "/id", slot::id);
  mark(plan, "/data", slot::data);
  plan.events.push_back({compiled(plan.schemas, R"({"type":"object","required":["a"],
      "properties":{"a":{"type":"integer","maximum":10},
                    "b":{"type":"array","items":{"type":"string"}}},
      "additionalProperties":false})"), ""});
  plan.add_name("made", 0);
  return plan;
}

struct outcome {
  status code;
  std::string at;
  int event;
};

outcome scanned(const body_plan& plan, std::string_view body, std::string_view type = {},
                bool check = true) {
  scanner scan(7);
  const reading read = scan.scan(plan, body, type, check);
  return {read.code, std::string(read.at), read.event};
}

std::string text_of(const reading& read, slot which, std::string_view body) {
  return std::string(body.substr(read[which].offset, read[which].length));
}

const std::map<std::string, status> undecided = {
    {"i_number_double_huge_neg_exp", status::ok},
    {"i_number_huge_exp", status::ok},
    {"i_number_neg_int_huge_exp", status::ok},
    {"i_number_pos_double_huge_exp", status::ok},
    {"i_number_real_neg_overflow", status::ok},
    {"i_number_real_pos_overflow", status::ok},
    {"i_number_real_underflow", status::ok},
    {"i_number_too_big_neg_int", status::ok},
    {"i_number_too_big_pos_int", status::ok},
    {"i_number_very_big_negative_int", status::ok},
    {"i_object_key_lone_2nd_surrogate", status::bad_json},
    {"i_string_1st_surrogate_but_2nd_missing", status::bad_json},
    {"i_string_1st_valid_surrogate_2nd_invalid", status::bad_json},
    {"i_string_UTF-16LE_with_BOM", status::bad_utf8},
    {"i_string_UTF-8_invalid_sequence", status::bad_utf8},
    {"i_string_UTF8_surrogate_U+D800", status::bad_utf8},
    {"i_string_incomplete_surrogate_and_escape_valid", status::bad_json},
    {"i_string_incomplete_surrogate_pair", status::bad_json},
    {"i_string_incomplete_surrogates_escape_valid", status::bad_json},
    {"i_string_invalid_lonely_surrogate", status::bad_json},
    {"i_string_invalid_surrogate", status::bad_json},
    {"i_string_invalid_utf-8", status::bad_utf8},
    {"i_string_inverted_surrogates_U+1D11E", status::bad_json},
    {"i_string_iso_latin_1", status::bad_utf8},
    {"i_string_lone_second_surrogate", status::bad_json},
    {"i_string_lone_utf8_continuation_byte", status::bad_utf8},
    {"i_string_not_in_unicode_range", status::bad_utf8},
    {"i_string_overlong_sequence_2_bytes", status::bad_utf8},
    {"i_string_overlong_sequence_6_bytes", status::bad_utf8},
    {"i_string_overlong_sequence_6_bytes_null", status::bad_utf8},
    {"i_string_truncated-utf-8", status::bad_utf8},
    {"i_string_utf16BE_no_BOM", status::bad_json},
    {"i_string_utf16LE_no_BOM", status::bad_json},
    {"i_structure_500_nested_arrays", status::too_deep},
    {"i_structure_UTF-8_BOM_empty_object", status::bad_json},
};

}  // namespace

TEST_CASE("answers every file of JSONTestSuite as it must, and the undecided ones as we settled") {
  unsigned accepted = 0, refused = 0, settled = 0;
  for (const auto& file : std::filesystem::directory_iterator(WAXSEAL_TESTS
                                                              "/data/jsontestsuite/test_parsing")) {
    const std::string name = file.path().stem().string();
    const status code = code_of(read_file(file.path()));
    INFO(name << " " << waxseal::name(code));
    if (name[0] == 'y') {
      CHECK(code == status::ok);
      ++accepted;
    } else if (name[0] == 'n') {
      CHECK((code == status::bad_json || code == status::bad_utf8 || code == status::too_deep));
      ++refused;
    } else {
      REQUIRE(undecided.count(name) == 1);
      CHECK(code == undecided.at(name));
      ++settled;
    }
  }
  CHECK(accepted == 95);
  CHECK(refused == 188);
  CHECK(settled == undecided.size());
}

TEST_CASE("refuses JSONTestSuite's two repeated keys where a schema names the key") {
  body_plan plan;
  plan.envelope = compiled(plan.schemas, R"({"properties":{"a":{}}})");
  const std::string folder = WAXSEAL_TESTS "/data/jsontestsuite/test_parsing/";
  for (const char* name : {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}) {
    const outcome got = scanned(plan, read_file(folder + name));
    CHECK(got.code == status::duplicate_key);
    CHECK(got.at == "/a");
  }
}

TEST_CASE("tells bytes that are no UTF-8 from text that is no JSON") {
  CHECK(code_of("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"") == status::ok);
  for (const char* bad : {"\"\xff\"", "\"\xc0\xaf\"", "\"\xe0\x80\xaf\"", "\"\xed\xa0\x80\"",
                          "\"\xf4\x90\x80\x80\"", "\"\xf0\x80\x80\xaf\"", "\"\xc3\"", "[\xff]", "\xff",
                          "\"\xe2\x82", "\"12345678\x80\"", "1\xfe"})
    CHECK(code_of(bad) == status::bad_utf8);
  for (const char* bad : {"", " ", "\xef\xbb\xbf{}", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
                          "\"a\tb\"", "01", "-", "1.", "1e", "+1", ".5", "[1,]", "{\"a\":1,}", "{a:1}",
                          "[1 2]", "nul", "True", "\"\\x\"", "\"\\u12g4\"", "{} {}", "[", "{\"a\"", "\"",
                          "]", "[}", "{]", "\xc3\xa9", "{\"a\":}", "[,1]", "{,}", "1x"})
    CHECK(code_of(bad) == status::bad_json);
  CHECK(code_of(std::string_view("1\0", 2)) == status::bad_json);
  CHECK(code_of(std::string_view("\"a\0b\"", 5)) == status::bad_json);
  CHECK(code_of(std::string_view("[1]\0", 4)) == status::bad_json);
}

TEST_CASE("never reads behind the end of a body that is not padded") {
  const std::string text = R"({"abcdefgh":"ijklmnop"})";
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const std::string whole = text;  // what stands behind the cut must not count
    CHECK(code_of(std::string_view(whole.data(), cut)) == status::bad_json);
  }
  CHECK(code_of(std::string_view("truetrue", 4)) == status::ok);
}

TEST_CASE("reads 64 levels and stops at once at the 65th") {
  CHECK(code_of(std::string(64, '[') + std::string(64, ']')) == status::ok);
  CHECK(code_of(std::string(65, '[') + std::string(65, ']')) == status::too_deep);
  CHECK(code_of(std::string(1000, '[')) == status::too_deep);
  CHECK(code_of(std::string(1'000'000, '[')) == status::too_deep);
  body_plan plan;
  plan.schemas.define(R"({"tree":{"type":"object","properties":{"t":{"$ref":"#/$defs/tree"}}}})");
  plan.envelope = compiled(plan.schemas, R"({"$ref":"#/$defs/tree"})");
  const auto nested = [](int levels) {
    std::string text;
    for (int i = 1; i < levels; ++i) text += "{\"t\":";
    return text + "{}" + std::string(static_cast<std::size_t>(levels - 1), '}');
  };
  CHECK(scanned(plan, nested(64)).code == status::ok);
  CHECK(scanned(plan, nested(65)).code == status::too_deep);
}

TEST_CASE("lets broken syntax, then depth, win over any earlier problem") {
  body_plan plan;
  plan.envelope = compiled(plan.schemas, R"({"type":"object","properties":{"a":{"type":"string"}}})");
  CHECK(scanned(plan, R"({"a":1})").code == status::schema);
  CHECK(scanned(plan, R"({"a":1)").code == status::bad_json);
  CHECK(scanned(plan, R"({"a":1)").at.empty());
  CHECK(scanned(plan, "{\"a\":1,\"b\":\"\xff\"}").code == status::bad_utf8);
  CHECK(scanned(plan, R"({"a":1,"b":)" + std::string(64, '[')).code == status::too_deep);
  CHECK(scanned(plan, R"({"a":1,"a":"x"})").code == status::duplicate_key);
  CHECK(scanned(plan, R"({"a":"x","a":1})").code == status::duplicate_key);
}

TEST_CASE("finds repeated keys, decoded, in objects whose schema names members") {
  body_plan plan;
  plan.envelope = compiled(plan.schemas,
      R"({"properties":{"a":{},"in":{"type":"object"},"\u00e9":{},"l":{"items":{"properties":{"k":{}}}}}})");
  for (const auto& [body, at] : std::vector<std::pair<std::string, std::string>>{
           {R"({"a":1,"a":2})", "/a"}, {R"({"a":1,"\u0061":2})", "/a"}, {R"({"\u0061":1,"a":2})", "/a"},
           {R"({"z":1,"z":2})", "/z"}, {R"({"z":1,"b":1,"\u007a":2})", "/z"},
           {R"({"x/~":1,"x/~":2})", "/x~1~0"}, {R"({"":1,"":2})", "/"},
           {R"({"l":[{},{"k":1,"y":[],"y":3}]})", "/l/1/y"}, {R"({"é":1,"\u00e9":2})", "/é"},
           {R"({"q":1,"l":[{"q":1}],"q":2})", "/q"}, {R"({"\ud83d\ude00":1,"😀":2})", "/😀"}}) {
    const outcome got = scanned(plan, body);
    INFO(body);
    CHECK(got.code == status::duplicate_key);
    CHECK(got.at == at);
    CHECK(scanned(plan, body, {}, false).code == status::duplicate_key);
  }
  for (const char* body : {R"({"in":{"x":1,"x":2}})", R"({"z":[{"x":1,"x":2}]})", R"({"a":1,"A":2})",
                           R"({"l":[{"k":1},{"k":1}],"k":1})", R"({"z":1,"z\u0000":2,"\\u007a":3})"})
    CHECK(scanned(plan, body).code == status::ok);
}

TEST_CASE("finds a repeated key that stands where it was expected") {
  body_plan plan;
  plan.envelope = compiled(plan.schemas, R"({"properties":{"a":{},"b":{}}})");
  CHECK(scanned(plan, R"({"b":1,"a":2,"b":3})").at == "/b");
}

TEST_CASE("holds the data to what the envelope asks of it and to its event's schema") {
  body_plan plan;
  plan.envelope = compiled(plan.schemas, R"({"properties":{"type":{},"data":{"required":["k"]}}})");
  mark(plan, "/type", slot::type);
  mark(plan, "/data", slot::data);
  mark(plan, "/data/k", slot::id);
  plan.events.push_back({compiled(plan.schemas, R"({"required":["e"]})"), ""});
  plan.add_name("made", 0);
  CHECK(scanned(plan, R"({"type":"made","data":{"e":1}})").at == "/data/k");
  CHECK(scanned(plan, R"({"type":"made","data":{"k":1}})").at == "/data/e");
  CHECK(scanned(plan, R"({"type":"made","data":{"k":1,"e":1}})").code == status::ok);
}

TEST_CASE("reads the data once, by its event's schema, where no slot stands in it") {
  body_plan plan;
  plan.envelope = compiled(plan.schemas, R"({"properties":{"type":{},"data":{"required":["k"]}}})");
  mark(plan, "/type", slot::type);
  mark(plan, "/data", slot::data);
  plan.data_replaced = true;
  plan.events.push_back({compiled(plan.schemas, R"({"required":["e"]})"), ""});
  plan.events.push_back({});
  plan.add_name("made", 0);
  plan.add_name("bare", 1);
  CHECK(scanned(plan, R"({"type":"made","data":{"e":1}})").code == status::ok);
  CHECK(scanned(plan, R"({"type":"made","data":{}})").at == "/data/e");
  CHECK(scanned(plan, R"({"type":"bare","data":{}})").at == "/data/k");
  CHECK(scanned(plan, R"({"type":"else","data":{}})").at == "/data/k");
}

TEST_CASE("takes names of JavaScript's prototypes as plain keys") {
  body_plan plan;
  plan.envelope = compiled(plan.schemas, R"({"properties":{"constructor":{"type":"string"}}})");
  CHECK(scanned(plan, R"({"__proto__":{"x":1},"prototype":1,"toString":2})").code == status::ok);
  CHECK(scanned(plan, R"({"constructor":{}})").at == "/constructor");
  CHECK(scanned(plan, R"({"__proto__":1,"__proto__":2})").at == "/__proto__");
}

TEST_CASE("compares keys in linear number, however many and wherever they stand") {
  body_plan plan;
  plan.envelope = compiled(plan.schemas, R"({"properties":{"named":{}}})");
  const auto steps_for = [&](const std::string& body, status expected) {
    scanner scan(99);
    REQUIRE(scan.scan(plan, body, {}, true).code == expected);
    const std::uint64_t first = scan.steps();
    REQUIRE(scan.scan(plan, body, {}, true).code == expected);  // nothing is left from the first
    CHECK(scan.steps() - first <= 2 * first + 16);
    return first;
  };
  const auto object = [](int count, auto key) {
    std::string text = "{";
    for (int i = 0; i < count; ++i) text += (i ? ",\"" : "\"") + key(i) + "\":" + std::to_string(i);
    return text;
  };
  const auto counted = [](int i) { return std::to_string(i); };
  // Keys that collide under common unseeded hashes: equal sums, and words of "Aa" and "BB".
  const auto java = [](int i) {
    std::string key;
    for (int b = 0; b < 17; ++b) key += i >> b & 1 ? "Aa" : "BB";
    return key;
  };
  const auto tails = [](int i) { return std::string(200, 'x') + std::to_string(i); };
  const auto escaped = [](int i) { return "\\u0061" + std::to_string(i); };
  CHECK(steps_for(object(100'000, counted) + "}", status::ok) < 400'000);
  CHECK(steps_for(object(100'000, java) + "}", status::ok) < 400'000);
  CHECK(steps_for(object(20'000, tails) + "}", status::ok) < 80'000);
  CHECK(steps_for(object(20'000, escaped) + "}", status::ok) < 80'000);
  CHECK(steps_for(object(100'000, counted) + ",\"99999\":0}", status::duplicate_key) < 400'000);
  CHECK(steps_for(object(100'000, counted) + ",\"\\u0039\":0}", status::duplicate_key) < 400'000);
  CHECK(steps_for(object(50'000, counted), status::bad_json) < 200'000);
}

TEST_CASE("keeps a nested object's keys apart from those of the objects around it") {
  body_plan plan;
  plan.schemas.define(R"({"n":{"properties":{"in":{"$ref":"#/$defs/n"}}}})");
  plan.envelope = compiled(plan.schemas, R"({"$ref":"#/$defs/n"})");
  std::string body;
  for (int level = 0; level < 60; ++level) {
    body += level ? ",\"in\":{" : "{";
    for (int i = 0; i < 40; ++i) body += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  }
  std::string tail;
  for (int level = 0; level < 60; ++level) tail += ",\"after\":2}";
  CHECK(scanned(plan, body + tail).code == status::ok);
  std::string repeated = tail;
  repeated.insert(repeated.size() - 1, ",\"k39\":1");
  CHECK(scanned(plan, body + repeated).at == "/k39");
  scanner scan(3);
  CHECK(scan.scan(plan, body + tail, {}, true).code == status::ok);
  CHECK(scan.steps() < 60 * 40 * 8);
}

TEST_CASE("records slots in any order of members, once each") {
  const body_plan plan = enveloped();
  for (const std::string body : {R"({"type":"made","id":"7","data":{"a":1}})",
                                 R"({ "data" : {"a":1} , "id" : "7", "type":"m\u0061de"})",
                                 R"({"x":{"type":"no"},"id":"7","data":{"a":1},"type":"made"})"}) {
    scanner scan(1);
    const reading read = scan.scan(plan, body, {}, true);
    INFO(body);
    CHECK(read.code == status::ok);
    CHECK(read.event == 0);
    CHECK(text_of(read, slot::id, body) == "\"7\"");
    CHECK(text_of(read, slot::data, body) == R"({"a":1})");
    CHECK(read[slot::data].kind == json_kind::object);
    CHECK(read[slot::id].kind == json_kind::string);
    CHECK(read[slot::version].length == 0);
    std::string scratch;
    CHECK(decode_string(text_of(read, slot::type, body), scratch) == "made");
  }
  scanner scan(1);
  const std::string twice = R"({"id":"1","id":"2"})";
  CHECK(text_of(scan.scan(plan, twice, {}, true), slot::id, twice) == "\"1\"");
}

TEST_CASE("puts one value into several slots, and marks below what no schema names") {
  body_plan plan;
  mark(plan, "/a~1b/c~0", slot::id);
  mark(plan, "/a~1b/c~0", slot::dedupe);
  mark(plan, "/a~1b", slot::data);
  const std::string body = R"({"a/b":{"c~":[1,2]},"n":0})";
  scanner scan(1);
  const reading read = scan.scan(plan, body, {}, true);
  CHECK(text_of(read, slot::id, body) == "[1,2]");
  CHECK(text_of(read, slot::dedupe, body) == "[1,2]");
  CHECK(text_of(read, slot::data, body) == R"({"c~":[1,2]})");
}

TEST_CASE("checks the data by its event's schema wherever the type stands") {
  const body_plan plan = enveloped();
  for (const auto& [body, at] : std::vector<std::pair<std::string, std::string>>{
           {R"({"type":"made","data":{"a":11}})", "/data/a"}, {R"({"data":{"a":11},"type":"made"})", "/data/a"},
           {R"({"data":{},"type":"made"})", "/data/a"}, {R"({"type":"made","data":{"a":1,"c":2}})", "/data/c"},
           {R"({"data":{"a":1,"b":["x",3]},"type":"made"})", "/data/b/1"},
           {R"({"id":1,"data":{"a":11},"type":"made"})", "/id"},  // the first in the body
           {R"({"data":{"a":11},"id":1,"type":"made"})", "/data/a"},
           {R"({"type":"made"})", "/data"}, {R"({"data":{"a":11},"type":1})", "/type"}}) {
    const outcome got = scanned(plan, body);
    INFO(body);
    CHECK(got.code == status::schema);
    CHECK(got.at == at);
    CHECK(scanned(plan, body, {}, false).code == status::ok);
  }
  CHECK(scanned(plan, R"({"data":{"a":1,"a":1},"type":"made"})").code == status::duplicate_key);
  CHECK(scanned(plan, R"({"data":{"a":11},"type":"other"})").code == status::ok);
  CHECK(scanned(plan, R"({"data":{"a":11},"type":"other"})").event == -1);
  CHECK(scanned(plan, R"({"data":{"a":11},"type":"x"})", "made").at == "/data/a");
  CHECK(scanned(plan, R"({"data":{"a":11},"type":"made"})", "x").code == status::ok);
}

TEST_CASE("holds envelope and event against one body where the data is the body") {
  body_plan plan;
  plan.data_is_body = true;
  plan.events.push_back({compiled(plan.schemas, R"({"type":"object","required":["n"]})"), ""});
  plan.add_name("push", 0);
  CHECK(scanned(plan, "{}", "push").at == "/n");
  CHECK(scanned(plan, R"({"n":1})", "push").event == 0);
  CHECK(scanned(plan, "{}", "else").code == status::ok);
  plan.envelope = compiled(plan.schemas, R"({"properties":{"type":{"type":"string"},"z":{"type":"null"}}})");
  mark(plan, "/type", slot::type);
  CHECK(scanned(plan, R"({"type":"push","z":null})").at == "/n");
  CHECK(scanned(plan, R"({"type":"push","z":1})").at == "/z");
  const std::string body = R"( {"type":"push","n":1} )";
  scanner scan(1);
  CHECK(text_of(scan.scan(plan, body, {}, true), slot::data, body) == body.substr(1, body.size() - 2));
}

TEST_CASE("recognises an event without an envelope by its member, only where no type is") {
  body_plan plan = enveloped();
  plan.events.push_back({compiled(plan.schemas, R"({"required":["spec"],"properties":{"spec":{"type":"string"}}})"), "spec"});
  plan.events.push_back({compiled(plan.schemas, R"({"properties":{"r":{"type":"object"}}})"), "r"});
  const std::string body = R"({"x":{"spec":0},"sp\u0065c":"s"})";
  scanner scan(1);
  const reading read = scan.scan(plan, body, {}, true);
  CHECK(read.code == status::ok);
  CHECK(read.event == 1);
  CHECK(text_of(read, slot::data, body) == body);
  CHECK(scanned(plan, R"({"r":1})").at == "/r");
  CHECK(scanned(plan, R"({"r":1,"spec":"s"})").event == 1);
  CHECK(scanned(plan, R"({"spec":"s","type":"other","data":1})").event == -1);
  CHECK(scanned(plan, R"({"spec":1})", "other").at == "/type");
  CHECK(scanned(plan, R"({"y":{"spec":1}})").event == -1);
}

TEST_CASE("holds each item of an array of events against the event that it names") {
  body_plan plan;
  plan.data_is_body = true;
  plan.item_type = "event";
  plan.envelope = compiled(plan.schemas, R"({"type":"array","items":{"required":["event"]}})");
  plan.events.push_back({compiled(plan.schemas, R"({"required":["n"],"properties":{"n":{"type":"integer"}}})"), ""});
  plan.events.push_back({compiled(plan.schemas, R"({"properties":{"s":{"type":"string"}}})"), ""});
  plan.add_name("count", 0);
  plan.add_name("say", 1);
  const std::string body = R"([{"event":"say","s":"a"},{"n":1,"event":"count"},{"event":"other","n":"x"}])";
  scanner scan(1);
  const reading read = scan.scan(plan, body, {}, true);
  CHECK(read.code == status::ok);
  CHECK(read.event == -1);
  CHECK(text_of(read, slot::data, body) == body);
  const std::pair<std::string_view, std::string_view> wrong[] = {
      {R"([{"event":"say"},{"event":"count"}])", "/1/n"},
      {R"([ {"s":1,"n":1,"e\u0076ent":"s\u0061y"} ])", "/0/s"},
      {R"([{"event":"count","n":1},{"event":"say","s":1},{"event":"count"}])", "/1/s"},
      {R"([{"event":"count","n":1},{"n":1}])", "/1/event"},
      {R"([{"event":"count","n":"x"},{"n":1}])", "/0/n"},
      {R"([{"event":"say"},{"event":"count","event":"say"}])", "/1/event"},
      {R"({"event":"count"})", ""},
  };
  for (const auto& [text, at] : wrong) CHECK(scanned(plan, text).at == at);
  for (const std::string_view fine : {"[]", R"([{"event":7}])", R"([ {"event":"say"} , {"event":"say"} ])"}) {
    CHECK(scanned(plan, fine).code == status::ok);
  }
  CHECK(scanned(plan, R"([{"event":"count"}])", {}, false).code == status::ok);
}

TEST_CASE("cuts a long pointer before the token that does not fit") {
  body_plan plan;
  plan.schemas.define(R"({"n":{"additionalProperties":{"$ref":"#/$defs/n"},"type":"object"}})");
  plan.envelope = compiled(plan.schemas, R"({"$ref":"#/$defs/n"})");
  const std::string key(600, 'k');
  CHECK(scanned(plan, "{\"" + key + "\":{\"" + key + "\":1}}").at == "/" + key);
}

TEST_CASE("tells ASCII bodies and integers that a double cannot hold") {
  scanner scan(1);
  const body_plan plan;
  const auto big = [&](std::string_view body) { return scan.scan(plan, body, {}, true).big_integers; };
  CHECK(scan.scan(plan, R"({"a":"\u00e9"})", {}, true).ascii);
  CHECK_FALSE(scan.scan(plan, "{\"\xc3\xa9\":1}", {}, true).ascii);
  for (const char* body : {"9007199254740992", "-9007199254740992", "[1,18446744073709551616]",
                           "{\"a\":100000000000000000}"})
    CHECK(big(body));
  for (const char* body : {"9007199254740991", "-9007199254740991", "9007199254740993.0", "1e400",
                           "\"9007199254740993\"", "-0", "9007199254740993e0"})
    CHECK_FALSE(big(body));
  const std::string_view text = R"({"9007199254740993":"\"9007199254740993","a":[-9007199254740993,1,9007199254740993.0,12345678901234567]})";
  std::uint32_t length = 0, at = next_big_integer(text, 0, length);
  REQUIRE(at != no_big_integer);
  CHECK(text.substr(at, length) == "-9007199254740993");
  at = next_big_integer(text, at + length, length);
  REQUIRE(at != no_big_integer);
  CHECK(text.substr(at, length) == "12345678901234567");
  CHECK(next_big_integer(text, at + length, length) == no_big_integer);
}

TEST_CASE("decodes every escape of a string") {
  std::string scratch;
  CHECK(decode_string(R"("plain")", scratch) == "plain");
  CHECK(decode_string(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00")", scratch) ==
        "\"\\/\b\f\n\r\tAé€😀");
  CHECK(decode_string(R"("\u0000x")", scratch) == std::string_view("\0x", 2));
}
