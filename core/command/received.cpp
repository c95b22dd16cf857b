// Reads a received webhook from the options of verify and explain.
#include "received.hpp"

namespace waxseal::command {
namespace {

using times = option_spec::times;

constexpr option_spec options_table[] = {
    {"dialect", "NAME|FILE", times::once, "how it is signed: `waxseal dialects` lists the names"},
    {"secret", "SECRET", times::at_least_once, "env:NAME, file:PATH or the secret; again for another"},
    {"setting", "NAME=VALUE", times::any, "what was configured beside the secret, where the dialect asks for it"},
    {"header", "'NAME: VALUE'", times::any, "a header line as it arrived; again for the next"},
    {"headers", "FILE", times::at_most_once, "header lines from a file (- is standard input)"},
    {"body", "FILE", times::once, "the raw body (- is standard input)"},
    {"url", "URL", times::at_most_once, "the address it was sent to, where the dialect signs it"},
    {"method", "METHOD", times::at_most_once, "its method, where the dialect signs it; else POST"},
    {"now", "UNIX", times::at_most_once, "the time to judge its age by; left out: the clock"},
    {"tolerance", "SECONDS|none", times::at_most_once, "its age at most; left out: the dialect's"},
    {"schema", "report|enforce|off", times::at_most_once, "what a broken schema does; left out: report"},
    {"json", nullptr, times::at_most_once, "answer with one line of JSON"},
};

result<options, failure> read_options(const arguments& given) {
  options how;
  const auto window = given.one("tolerance");
  if (window == "none") {
    how.timestamps = options::window::none;
  } else if (given.has("tolerance")) {
    const auto seconds = read_integer(given, "tolerance", 0);
    if (!seconds) return failure{wrong_usage, "--tolerance is neither seconds nor none: write --tolerance 300"};
    how.timestamps = options::window::given;
    how.given = {*seconds, *seconds};
  }
  constexpr std::pair<std::string_view, schema_mode> modes[] = {
      {"report", schema_mode::report}, {"enforce", schema_mode::enforce}, {"off", schema_mode::off}};
  if (!given.has("schema")) return how;
  for (const auto& [word, mode] : modes) {
    if (word != given.one("schema")) continue;
    how.schema = mode;
    return how;
  }
  return failure{wrong_usage, "--schema knows no such mode: write report, enforce or off"};
}

}  // namespace

constinit const std::span<const option_spec> received_options = options_table;

result<received, failure> received::read(const arguments& given) {
  if (given.one("body") == "-" && given.one("headers") == "-") {
    return failure{wrong_usage, "--body and --headers cannot both be -: put one of them into a file"};
  }
  const auto how = read_options(given);
  if (!how) return how.error();
  const auto now = read_integer(given, "now", clock_now());
  if (!now) return now.error();
  const auto from = read_dialect(given.one("dialect"));
  if (!from) return from.error();
  const auto secrets = read_secrets(given);
  if (!secrets) return secrets.error();
  const auto settings = read_settings(given);
  if (!settings) return settings.error();
  const auto lines = read_headers(given);
  if (!lines) return lines.error();
  const auto body = read_file(given.one("body"));
  if (!body) return body.error();
  const std::string method(given.has("method") ? given.one("method") : "POST");
  return received{*from, *secrets, *settings, *how, *now, *lines, *body, std::string(given.one("url")), method};
}

std::vector<header> received::headers() const {
  std::vector<header> out;
  for (const auto& line : lines) out.push_back({line.name, line.value});
  return out;
}

}  // namespace waxseal::command
