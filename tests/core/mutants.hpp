// The kept corpus and its seeded mutants, with what nlohmann::json says of each. Shared by
// differential_test.cpp and by mutants.cpp, which hands them to the tests of the wasm.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace test {

inline std::vector<std::string> corpus() {
  std::vector<std::string> texts;
  for (const char* folder : {"/data/jsontestsuite/test_parsing", "/data/jcs-rfc8785/testdata/input", "/data/blns"}) {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(WAXSEAL_TESTS) + folder)) {
      if (entry.path().extension() != ".json") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

enum class answer { refused, accepted, undecided };

/// Listens to nlohmann's reader without building anything.
struct listener : nlohmann::json_sax<nlohmann::json> {
  bool out_of_range = false;
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& why) override {
    out_of_range = why.id == 406;
    return false;
  }
};

/// What nlohmann::json answers, its known departures put right: it skips a BOM, takes a byte of
/// zero for the end of the text, and gives up at a number beyond double's range.
inline answer ask_oracle(const std::string& text) {
  if (text.rfind("\xef\xbb\xbf", 0) == 0 || text.find('\0') != std::string::npos) return answer::refused;
  listener ear;
  if (nlohmann::json::sax_parse(text, &ear)) return answer::accepted;
  return ear.out_of_range ? answer::undecided : answer::refused;
}

inline void mutate(std::string& text, std::mt19937_64& random, const std::vector<std::string>& texts) {
  static const char* const pieces[] = {"\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", "1e5", ".", "null",
      "true", " ", "\n", "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
      "\xed\xa0\x80", "\xff", "\x80", "\x1f", "\"a\":1", "9007199254740993", "\xc0\x80", "\xf4\x90\x80\x80"};
  for (auto rounds = 1 + random() % 4; rounds > 0; --rounds) {
    const std::size_t at = text.empty() ? 0 : random() % text.size();
    switch (random() % 6) {
      case 0: text.insert(at, pieces[random() % std::size(pieces)]); break;
      case 1: if (!text.empty()) text[at] = static_cast<char>(random()); break;
      case 2: text.erase(at, 1 + random() % 4); break;
      case 3: if (!text.empty()) text[at] = static_cast<char>(text[at] ^ 1 << random() % 8); break;
      case 4: text.resize(at); break;
      default: {
        const std::string& other = texts[random() % texts.size()];
        if (!other.empty()) text.insert(at, other.substr(random() % other.size(), 1 + random() % 24));
      }
    }
  }
}

/// Calls `each(text, verdict)` for the corpus and then for `count` mutants of it, in the same order
/// in every run.
template <class Each>
void for_each_mutant(unsigned count, Each each) {
  const std::vector<std::string> texts = corpus();
  std::vector<std::string> sound;  // most mutants start from these, or few would be accepted
  for (const std::string& text : texts) {
    const answer verdict = ask_oracle(text);
    each(text, verdict);
    if (verdict == answer::accepted) sound.push_back(text);
  }
  std::mt19937_64 random(20261122);
  for (; count > 0; --count) {
    std::string text;
    const auto& from = random() % 4 == 0 ? texts : sound;
    do text = from[random() % from.size()];
    while (text.size() > 3000 && random() % 64 != 0);
    mutate(text, random, texts);
    each(text, ask_oracle(text));
  }
}

}  // namespace test
