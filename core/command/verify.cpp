// waxseal verify: is this webhook authentic, and what does it say?
#include <charconv>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "input.hpp"
#include "refusal.hpp"

namespace waxseal::command {
namespace {

using nlohmann::ordered_json;
using times = option_spec::times;

constexpr option_spec options_table[] = {
    {"dialect", "NAME|FILE", times::once, "how it is signed: `waxseal dialects` lists the names"},
    {"secret", "SECRET", times::at_least_once, "env:NAME, file:PATH or the secret; again for another"},
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

std::string_view word(content what) {
  constexpr std::string_view words[] = {"json", "form", "bytes"};
  return words[static_cast<unsigned>(what)];
}

std::string_view word(authenticity how_far) {
  return how_far == authenticity::verified ? "verified" : "authenticated";
}

ordered_json or_null(std::string_view text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(std::string(text));
}

std::string as_json(const dialect& from, const event& seen) {
  ordered_json schema = {{"ok", seen.schema.code == status::ok}};
  if (seen.schema.code != status::ok) {
    schema["at"] = std::string(seen.schema.at);
    schema["code"] = std::string(name(seen.schema.code));
  }
  const ordered_json answer = {
      {"ok", true},
      {"dialect", std::string(from.name())},
      {"authenticity", std::string(word(seen.authenticity))},
      {"secret", seen.secret},
      {"event",
       {{"id", or_null(seen.id)},
        {"type", or_null(seen.type)},
        {"timestamp", seen.timestamp ? ordered_json(*seen.timestamp) : ordered_json(nullptr)},
        {"known", seen.known()},
        {"content", std::string(word(seen.content))}}},
      {"schema", schema}};
  // Names and ids are the sender's bytes; what is not UTF-8 becomes U+FFFD.
  return answer.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string row(std::string_view label, std::string_view value) {
  std::string out = "  " + std::string(label);
  out.resize(13, ' ');
  return out + (value.empty() ? "none" : printable(value)) + "\n";
}

std::string as_text(const dialect& from, const event& seen, std::size_t secrets) {
  const std::string title(from.title());
  std::string out = seen.authenticity == authenticity::verified
                        ? "verified: the body was signed for " + title
                        : "authenticated: the token is right for " + title +
                              "; it does not prove the body";
  if (secrets > 1) out += ", by secret " + std::to_string(seen.secret + 1) + " of " + std::to_string(secrets);
  out += "\n";
  std::string type(seen.type);
  if (!seen.alias.empty()) type += " (sent as " + std::string(seen.alias) + ")";
  if (!seen.type.empty() && !seen.known()) type += " (not in the dialect)";
  std::string schema = "ok";
  if (seen.schema.code != status::ok) {
    const std::string at = seen.schema.at.empty() ? "the body" : std::string(seen.schema.at);
    schema = std::string(name(seen.schema.code)) + " at " + at;
  }
  out += row("type", type) + row("id", seen.id);
  out += row("timestamp", seen.timestamp ? std::to_string(*seen.timestamp) + " (" +
                                               date_time(*seen.timestamp) + ")"
                                         : std::string());
  return out + row("content", word(seen.content)) + row("schema", schema);
}

int answer_refused(status code, bool json) {
  const std::string word(name(code));
  if (json) {
    print(ordered_json{{"ok", false}, {"code", word}}.dump() + "\n");
  } else {
    print("refused: " + word + "\n" + std::string(sentence(code)) + "\n");
  }
  return refused;
}

result<int, failure> run(const arguments& given) {
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
  auto hook = open_verifier(*from, *secrets, *how);
  if (!hook) return hook.error();
  const auto lines = read_headers(given);
  if (!lines) return lines.error();
  const auto body = read_file(given.one("body"));
  if (!body) return body.error();

  std::vector<header> headers;
  for (const auto& line : *lines) headers.push_back({line.name, line.value});
  const auto method = given.has("method") ? given.one("method") : "POST";
  const auto seen = hook->verify({headers, *body, given.one("url"), method}, *now);
  if (!seen) return answer_refused(seen.error(), given.has("json"));
  print(given.has("json") ? as_json(*from, *seen) : as_text(*from, *seen, secrets->size()));
  return static_cast<int>(verified);
}

}  // namespace

const command verify_command = {
    "verify",
    "check that a webhook is authentic, and read its event",
    "",
    0,
    options_table,
    "Exit code: 0 verified, 1 refused, 2 wrong usage, 3 could not run.\n",
    nullptr,
    run};

}  // namespace waxseal::command
