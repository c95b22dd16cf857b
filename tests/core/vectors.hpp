// The vectors of tests/vectors, as every runtime reads them. docs: tests/vectors/README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "encoding.hpp"
#include "waxseal/waxseal.hpp"

namespace test {

using json = nlohmann::ordered_json;

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::filesystem::path tests_folder() { return WAXSEAL_TESTS; }

/// One vector: a request, how it is verified, and what must come of it.
struct vector_case {
  std::string name;
  std::vector<std::string> secrets;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body, url, method;
  std::int64_t now = 0;
  waxseal::options how;
  std::vector<std::pair<std::string, std::string>> settings;
  json expect;
  json remove;  ///< JSON Patch on the dialect, or null

  explicit vector_case(const json& source)
      : name(source.at("name")), secrets(source.at("secrets")), now(source.at("now")),
        expect(source.at("expect")), remove(source.value("remove", json())) {
    for (const auto& pair : source.at("headers")) headers.emplace_back(pair.at(0), pair.at(1));
    if (source.contains("body_base64")) {
      const std::string text = source["body_base64"];
      body.resize(text.size());
      const auto size = waxseal::decode(waxseal::encoding::base64, text,
                                        reinterpret_cast<unsigned char*>(body.data()), body.size());
      body.resize(size.value());
    } else {
      body = source.at("body");
    }
    const json named = source.value("settings", json::object());
    for (const auto& [key, value] : named.items()) settings.emplace_back(key, value);
    how.fetched_keys = source.value("fetched", false);
    url = source.value("url", "");
    method = source.value("method", "");
    const std::string mode = source.value("mode", "report");
    how.schema = mode == "enforce" ? waxseal::schema_mode::enforce
                 : mode == "off"   ? waxseal::schema_mode::off
                                   : waxseal::schema_mode::report;
    if (source.contains("tolerance")) {
      const auto& wanted = source["tolerance"];
      how.timestamps = wanted.is_null() ? waxseal::options::window::none
                                        : waxseal::options::window::given;
      if (!wanted.is_null()) how.given = {wanted.at("past"), wanted.at("future")};
    }
  }

  /// Verifies it with `from`. The event's views hold as long as `hook` and this vector.
  waxseal::result<waxseal::event> verify(waxseal::verifier& hook) const {
    const auto all = lines();
    return hook.verify({all, body, url, method}, now);
  }

  waxseal::result<unsigned> authenticate(waxseal::verifier& hook) const {
    const auto all = lines();
    return hook.authenticate({all, body, url, method}, now);
  }

  std::vector<waxseal::header> lines() const {
    std::vector<waxseal::header> all;
    for (const auto& [key, value] : headers) all.push_back({key, value});
    return all;
  }

  waxseal::result<waxseal::verifier, std::string> open(const waxseal::dialect& from) const {
    const std::vector<std::string_view> views(secrets.begin(), secrets.end());
    std::vector<waxseal::setting> given;
    for (const auto& [key, value] : settings) given.push_back({key, value});
    waxseal::options all = how;
    all.settings = given;
    return waxseal::verifier::open(from, views, all);
  }
};

inline std::vector<vector_case> read_vectors(const std::string& dialect) {
  const auto file = json::parse(read_file(tests_folder() / "vectors" / (dialect + ".json")));
  std::vector<vector_case> cases;
  for (const auto& each : file.at("vectors")) cases.emplace_back(each);
  return cases;
}

inline waxseal::dialect load_embedded(std::string_view name) {
  auto found = waxseal::find_dialect(name);
  if (!found) throw std::runtime_error(found.error());
  return *found;
}

}  // namespace test
