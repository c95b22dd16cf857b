// Host tool: writes the C++ source that holds the dialect files as texts. Called by CMake:
//
//   waxseal_embed OUT.cpp FILE.json…
//
// Insignificant white space is left out; everything else stands as it is in the file.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct dialect_file {
  std::string name;
  std::string json;
};

/// The file's name without folders and `.json`.
std::string stem(std::string_view path) {
  path.remove_prefix(path.find_last_of("/\\") + 1);  // npos + 1 is 0: no folder
  return std::string(path.substr(0, path.rfind(".json")));
}

/// `json` without white space outside strings.
std::string minified(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\' && i + 1 < json.size()) {
      out += c;
      out += json[++i];
      continue;
    }
    if (c == '"') in_string = !in_string;
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (in_string || !blank) out += c;
  }
  return out;
}

/// `text` as adjacent C++ string literals, a line each. Octal escapes take exactly three digits,
/// so that a digit that follows is never read into one.
void write_literals(std::ostream& out, std::string_view text) {
  constexpr std::size_t line = 2000;
  for (std::size_t from = 0; from < text.size(); from += line) {
    out << "    \"";
    for (const char c : text.substr(from, line)) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out << '\\' << c;
      } else if (byte >= 0x20 && byte < 0x7f && c != '?') {
        out << c;
      } else {
        char octal[5];
        std::snprintf(octal, sizeof octal, "\\%03o", static_cast<unsigned>(byte));
        out << octal;
      }
    }
    out << "\"\n";
  }
  if (text.empty()) out << "    \"\"\n";
}

bool write_source(const std::string& path, const std::vector<dialect_file>& files) {
  std::ofstream out(path, std::ios::binary);
  out << "// Made by waxseal_embed from core/dialects/*.json; do not edit.\n"
         "#include <array>\n\n#include \"waxseal/dialect.hpp\"\n\nnamespace waxseal {\nnamespace {\n\n"
      << "constexpr std::array<embedded_dialect, " << files.size() << "> all = {{\n";
  for (const auto& file : files) {
    out << "  {\"" << file.name << "\", std::string_view(\n";
    write_literals(out, file.json);
    out << "    , " << file.json.size() << ")},\n";
  }
  out << "}};\n\n}  // namespace\n\n"
         "std::span<const embedded_dialect> embedded_dialects() noexcept { return all; }\n\n"
         "}  // namespace waxseal\n";
  out.close();
  return !out.fail();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: waxseal_embed OUT.cpp FILE.json...\n";
    return 2;
  }
  std::vector<dialect_file> files;
  for (int i = 2; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in.is_open() || in.bad()) {
      std::cerr << "waxseal_embed: cannot read " << argv[i] << '\n';
      return 1;
    }
    files.push_back({stem(argv[i]), minified(text)});
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  if (!write_source(argv[1], files)) {
    std::cerr << "waxseal_embed: cannot write " << argv[1] << '\n';
    return 1;
  }
  return 0;
}
