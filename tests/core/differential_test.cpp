// The scanner against other readers: nlohmann::json on what is JSON, and a plain tree validator on
// what keeps to a schema. Everything is seeded, so that a failure comes again.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "mutants.hpp"
#include "scan.hpp"

using namespace waxseal;
using json = nlohmann::ordered_json;

namespace {

/// Levels of nesting of any text, brackets in strings apart.
unsigned depth_of(std::string_view text) {
  unsigned depth = 0, most = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') ++i;
    else if (text[i] == '"') quoted = !quoted;
    else if (!quoted && (text[i] == '[' || text[i] == '{')) most = std::max(most, ++depth);
    else if (!quoted && (text[i] == ']' || text[i] == '}') && depth > 0) --depth;
  }
  return most;
}

// ---- The tree validator: slow, recursive, obvious --------------------------------------------

bool is_type(const json& value, const std::string& type) {
  if (type == "integer") return value.is_number() && value.get<double>() == std::floor(value.get<double>());
  if (type == "number") return value.is_number();
  return type == value.type_name();
}

std::string escaped(const std::string& key) {
  std::string text = "/";
  for (const char c : key) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

/// Pointer of the first problem in the order of the text, or "ok"; "somewhere" where a `$ref` and
/// what stands beside it both find one.
std::string validate(const json& schema, const json& value, const json& defs, const std::string& at) {
  if (schema.is_boolean()) return schema.get<bool>() ? "ok" : at;
  if (schema.contains("$ref")) {
    json beside = schema;
    beside.erase("$ref");
    const std::string got = validate(defs[schema["$ref"].get<std::string>().substr(8)], value, defs, at);
    const std::string other = validate(beside, value, defs, at);
    return got == "ok" ? other : other == "ok" ? got : "somewhere";
  }
  if (schema.contains("type")) {
    bool fits = false;
    if (schema["type"].is_string()) fits = is_type(value, schema["type"]);
    else for (const auto& type : schema["type"]) fits = fits || is_type(value, type);
    if (!fits) return at;
  }
  if (schema.contains("const") && schema["const"] != value) return at;
  if (schema.contains("enum") &&
      std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end()) return at;
  if (value.is_number()) {
    if (schema.contains("minimum") && value < schema["minimum"]) return at;
    if (schema.contains("maximum") && value > schema["maximum"]) return at;
  }
  if (value.is_string()) {
    std::size_t length = 0;
    for (const unsigned char c : value.get<std::string>()) length += (c & 0xc0) != 0x80;
    if (length < schema.value("minLength", 0u) || length > schema.value("maxLength", 1000u)) return at;
  }
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size() && schema.contains("items"); ++i) {
      const std::string got = validate(schema["items"], value[i], defs, at + "/" + std::to_string(i));
      if (got != "ok") return got;
    }
    if (value.size() < schema.value("minItems", 0u) || value.size() > schema.value("maxItems", 1000u)) return at;
  }
  if (!value.is_object()) return "ok";
  const json properties = schema.value("properties", json::object());
  for (const auto& [key, member] : value.items()) {
    std::string got = "ok";
    if (properties.contains(key)) got = validate(properties[key], member, defs, at + escaped(key));
    else if (schema.contains("additionalProperties"))
      got = validate(schema["additionalProperties"], member, defs, at + escaped(key));
    if (got != "ok") return got;
  }
  const json required = schema.value("required", json::array());
  for (const auto& [key, ignored] : properties.items()) {
    if (std::find(required.begin(), required.end(), key) != required.end() && !value.contains(key)) return at + escaped(key);
  }
  for (const auto& key : required) {
    if (!value.contains(key)) return at + escaped(key);
  }
  return "ok";
}

// ---- Random schemas and instances ------------------------------------------------------------

struct maker {
  std::mt19937_64 random;
  unsigned below(unsigned n) { return static_cast<unsigned>(random() % n); }
  std::string key() {
    static const char* const keys[] = {"a", "b", "c", "id", "a/b", "t~", "é", "a much longer name", "abcdefg",
                                       "abcdefgh", "q\"", "", "__proto__", "a much longer mane"};
    return keys[below(std::size(keys))];
  }
  json scalar() {
    switch (below(5)) {
      case 0: return nullptr;
      case 1: return below(2) == 0;
      case 2: return static_cast<int>(below(7)) - 3;
      case 3: return (static_cast<int>(below(13)) - 6) / 2.0;
      default: return key();
    }
  }
  json schema(unsigned depth) {
    json made = json::object();
    static const char* const types[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
    if (below(12) == 0) made["$ref"] = "#/$defs/d" + std::to_string(below(2));
    if (made.contains("$ref") && below(2) == 0) return made;
    if (below(15) == 0) return below(2) == 0;
    if (below(3) == 0) made["type"] = types[below(7)];
    else if (below(3) == 0) made["type"] = json{types[below(3)], types[3 + below(4)]};
    if (below(12) == 0) made["const"] = scalar();
    if (below(10) == 0) made["enum"] = json{scalar(), scalar(), scalar(), scalar()};
    if (below(6) == 0) made["minimum"] = static_cast<int>(below(5)) - 3;
    if (below(6) == 0) made["maximum"] = below(4) / 2.0;
    if (below(6) == 0) made["minLength"] = below(4);
    if (below(6) == 0) made["maxLength"] = below(12);
    if (below(6) == 0) made["minItems"] = below(3);
    if (below(6) == 0) made["maxItems"] = below(4);
    if (depth == 0) return made;
    if (below(2) == 0) {
      made["properties"] = json::object();
      for (unsigned i = below(5); i > 0; --i) made["properties"][key()] = schema(depth - 1);
    }
    if (below(4) == 0) {
      made["required"] = json::array();
      const std::string first = key(), second = key();
      made["required"].push_back(first);
      if (first != second) made["required"].push_back(second);
    }
    if (below(4) == 0) made["additionalProperties"] = schema(depth - 1);
    if (below(3) == 0) made["items"] = schema(depth - 1);
    return made;
  }
  json instance(unsigned depth) {
    const unsigned kind = depth == 0 ? 9 : below(6);
    if (kind > 3) return scalar();
    json made = kind == 0 ? json::array() : json::object();
    for (unsigned i = below(5); i > 0; --i) {
      if (kind == 0) made.push_back(instance(depth - 1));
      else made[key()] = instance(depth - 1);
    }
    return made;
  }
};

}  // namespace

TEST_CASE("agrees with nlohmann::json on the kept corpus and 100,000 mutants of it") {
  scanner scan(1);
  const body_plan plan;
  unsigned seen = 0, accepted = 0, compared = 0;
  test::for_each_mutant(100'000, [&](const std::string& text, test::answer theirs) {
    ++seen;
    const status code = scan.scan(plan, text, {}, true).code;
    if (code == status::too_deep) {
      if (depth_of(text) <= max_depth) FAIL("too deep: " << text);
      return;
    }
    if (theirs == test::answer::undecided) return;
    ++compared;
    if ((code == status::ok) != (theirs == test::answer::accepted)) FAIL(name(code) << ": " << text);
    accepted += code == status::ok;
  });
  CHECK(seen >= 100'000 + 95 + 188 + 35 + 6 + 1);
  CHECK(compared > 95'000);
  CHECK(accepted > 5'000);
}

TEST_CASE("agrees with a tree validator on 20,000 random schemas and instances, pointer included") {
  maker make{std::mt19937_64(22)};
  unsigned kept = 0, broken = 0;
  for (int i = 0; i < 20'000; ++i) {
    json defs{{"d0", make.schema(2)}, {"d1", make.schema(1)}};
    for (auto& each : defs) {  // no loop of references alone
      if (each.is_object()) each.erase("$ref");
    }
    const json schema = make.schema(3), value = make.instance(4);
    body_plan plan;
    const std::string defs_text = defs.dump(), text = value.dump(i % 3 ? -1 : 1, ' ', i % 2 == 0);
    plan.schemas.define(defs_text);
    const auto node = plan.schemas.compile(schema.dump(), "");
    if (!node) FAIL(node.error() << " in " << schema);
    plan.envelope = *node;
    scanner scan(static_cast<std::uint64_t>(i));
    const reading read = scan.scan(plan, text, {}, true);
    const std::string expected = validate(schema, value, defs, "");
    const std::string got = read.code == status::ok ? "ok" : std::string(read.at);
    const bool agree = expected == "somewhere" ? got != "ok" : got == expected;
    if (!agree || (read.code != status::ok && read.code != status::schema))
      FAIL("expected " << expected << ", got " << name(read.code) << " " << got << "\n" << schema << "\n" << defs << "\n" << text);
    expected == "ok" ? ++kept : ++broken;
  }
  CHECK(kept > 4'000);
  CHECK(broken > 4'000);
}
