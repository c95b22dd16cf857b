// Reads files, standard input, environment and clock for the commands.
#include "input.hpp"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>

namespace waxseal::command {
namespace {

constexpr std::size_t max_file = std::size_t{256} << 20;  // bytes; far above any webhook

failure unreadable(std::string_view path, std::string_view why) {
  const std::string what = path == "-" ? "standard input" : std::string(path);
  return {could_not_run, "cannot read " + what + ": " + std::string(why)};
}

result<std::string, failure> read_stream(std::FILE* stream, std::string_view path) {
  std::string text;
  char part[4096];
  while (const auto count = std::fread(part, 1, sizeof part, stream)) {
    text.append(part, count);
    if (text.size() > max_file) return unreadable(path, "it is larger than 256 MiB");
  }
  if (std::ferror(stream)) return unreadable(path, std::strerror(errno));
  return text;
}

bool ends_with_json(std::string_view name) {
  return name.size() > 5 && name.substr(name.size() - 5) == ".json";
}

void drop_line_end(std::string& text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
}

result<std::string, failure> read_secret(std::string_view given) {
  if (given.substr(0, 4) == "env:") {
    const std::string name(given.substr(4));
    const char* value = std::getenv(name.c_str());
    if (!value) return failure{could_not_run, "the environment variable " + name + " is not set"};
    return std::string(value);
  }
  if (given.substr(0, 5) == "file:") {
    auto text = read_file(given.substr(5));
    if (text) drop_line_end(*text);
    return text;
  }
  if (isatty(STDERR_FILENO)) {
    std::fputs("waxseal: a secret on the command line stays in the shell's history and is seen by "
               "other programs; write --secret env:NAME or --secret file:PATH\n", stderr);
  }
  return std::string(given);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<header_line> parse_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  if (line.find_first_of(" \t") < colon) return std::nullopt;
  return header_line{std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))};
}

result<std::vector<header_line>, failure> parse_header_file(std::string_view text) {
  std::vector<header_line> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    auto parsed = parse_header(line);
    if (!parsed) {
      return failure{wrong_usage, "line " + std::to_string(number) +
                                      " of the --headers file is no header: write Name: value"};
    }
    out.push_back(std::move(*parsed));
  }
  return out;
}

}  // namespace

result<std::string, failure> read_file(std::string_view path) {
  if (path == "-" || path == "/dev/stdin") return read_stream(stdin, path);  // WASI has no /dev/stdin
  const std::string name(path);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(name.c_str(), "rb"), std::fclose);
  if (!file) return unreadable(path, std::strerror(errno));
  return read_stream(file.get(), path);
}

result<dialect, failure> read_dialect(std::string_view name) {
  if (ends_with_json(name) || name.find('/') != std::string_view::npos) {
    const auto text = read_file(name);
    if (!text) return text.error();
    auto loaded = dialect::load(*text, name);
    if (!loaded) return failure{wrong_usage, loaded.error()};
    return *loaded;
  }
  if (auto found = find_dialect(name)) return *found;
  std::vector<std::string_view> names;
  std::string list;
  for (const auto& each : embedded_dialects()) {
    names.push_back(each.name);
    list += (list.empty() ? "" : ", ") + std::string(each.name);
  }
  return failure{wrong_usage, "there is no dialect " + std::string(name) + did_you_mean(name, names) +
                                  "\nThe dialects are " + list + ", or the path of a file of your own."};
}

result<std::vector<std::string>, failure> read_secrets(const arguments& given) {
  std::vector<std::string> out;
  for (const auto& each : given.all("secret")) {
    auto secret = read_secret(each);
    if (!secret) return secret.error();
    out.push_back(std::move(*secret));
  }
  return out;
}

result<std::vector<header_line>, failure> read_headers(const arguments& given) {
  std::vector<header_line> out;
  if (given.has("headers")) {
    const auto text = read_file(given.one("headers"));
    if (!text) return text.error();
    auto lines = parse_header_file(*text);
    if (!lines) return lines.error();
    out = std::move(*lines);
  }
  for (const auto& each : given.all("header")) {
    auto line = parse_header(each);
    if (!line) return failure{wrong_usage, "a --header is no header: write --header 'Name: value'"};
    out.push_back(std::move(*line));
  }
  return out;
}

result<std::int64_t, failure> read_integer(const arguments& given, std::string_view option,
                                           std::int64_t otherwise) {
  if (!given.has(option)) return otherwise;
  const auto text = given.one(option);
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || value < 0) {
    const std::string name = "--" + std::string(option);
    return failure{wrong_usage, name + " is no whole number of seconds: write " + name + " 1700000000"};
  }
  return value;
}

std::int64_t clock_now() { return static_cast<std::int64_t>(std::time(nullptr)); }

result<std::vector<header_line>, failure> read_settings(const arguments& given) {
  std::vector<header_line> out;
  for (const auto& each : given.all("setting")) {
    const auto equals = each.find('=');
    if (equals == std::string::npos || equals == 0) {
      return failure{wrong_usage, "a --setting has no name: write --setting NAME=VALUE"};
    }
    out.push_back({each.substr(0, equals), each.substr(equals + 1)});
  }
  return out;
}

result<verifier, failure> open_verifier(const dialect& from, const std::vector<std::string>& secrets,
                                        const options& how, const std::vector<header_line>& settings) {
  const std::vector<std::string_view> views(secrets.begin(), secrets.end());
  std::vector<setting> named;
  for (const auto& each : settings) named.push_back({each.name, each.value});
  options all = how;
  all.settings = named;
  auto opened = verifier::open(from, views, all);
  if (!opened) {
    const bool asks = opened.error().find("the setting \"") != std::string::npos;
    return failure{wrong_usage, opened.error() + (asks ? "; write --setting NAME=VALUE" : "")};
  }
  return std::move(*opened);
}

}  // namespace waxseal::command
