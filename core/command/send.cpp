// waxseal send: posts a sample or a body, signed. Everything but the posting happens here, in the
// WASI build: the npm package's launcher (js/command.ts) reads the request that this prints and
// posts it. The native program has no network code and says so.
#include "command.hpp"
#include "draft.hpp"
#include "input.hpp"
#include "sending.hpp"

namespace waxseal::command {
namespace {

using times = option_spec::times;

constexpr option_spec options_table[] = {
    {"dialect", "NAME|FILE", times::once, "the system to send as"},
    {"secret", "SECRET", times::any, "env:NAME, file:PATH or the secret; again where several sign"},
    {"setting", "NAME=VALUE", times::any, "what was configured beside the secret, where the dialect asks for it"},
    {"event", "TYPE", times::at_most_once, "which event; left out: the dialect's first"},
    {"body", "FILE", times::at_most_once, "a body of your own (- is standard input), not the sample"},
};

#ifdef __wasi__

/// One line each for URL, seconds to wait and headers; an empty line; the body.
void print_request(std::string_view url, const dialect& from,
                   const std::vector<signed_header>& headers, std::string_view body) {
  print(std::string(url) + "\n" + std::to_string(from.delivery().timeout) + "\n");
  for (const auto& each : headers) print(each.name + ": " + each.value + "\n");
  print("\n");
  print(body);
}

result<draft, failure> wanted_body(const arguments& given, const dialect& from, long long now) {
  const std::string event(given.one("event"));
  if (given.has("body")) {
    auto body = read_file(given.one("body"));
    if (!body) return body.error();
    return draft{std::move(*body), event};
  }
  id_maker ids(true);
  return make_draft(from, {event, {}, now}, ids);
}

result<int, failure> run(const arguments& given) {
  if (given.operands().empty()) return failure{wrong_usage, "the URL is missing: write it last"};
  const auto& url = given.operands().front();
  if (url.rfind("http://", 0) != 0 && url.rfind("https://", 0) != 0) {
    return failure{wrong_usage, "the last word is no URL: write http://… or https://…"};
  }
  const auto from = read_dialect(given.one("dialect"));
  if (!from) return from.error();
  const auto secrets = read_secrets(given);
  if (!secrets) return secrets.error();
  const auto now = clock_now();
  const auto made = wanted_body(given, *from, now);
  if (!made) return made.error();
  const auto settings = read_settings(given);
  if (!settings) return settings.error();
  const auto message = sign_message(*from, *secrets, *settings, {made->body, {}, made->type, {}, url, "POST", now});
  if (!message) return message.error();
  print_request(url, *from, message->headers, message->body);
  return static_cast<int>(verified);
}

constexpr const char* absent = nullptr;

#else

constexpr const char* absent = "this program does not send; the npm package does: npx waxseal send";

result<int, failure> run(const arguments&) { return failure{wrong_usage, absent}; }

#endif

}  // namespace

const command send_command = {
    "send",
    "post a signed sample or body to a URL (npm package only)",
    "URL",
    1,
    options_table,
    "Prints the status and the answer. Exit code: 0 for 2xx, 1 for any other status,\n"
    "2 wrong usage, 3 unreachable.\n",
    absent,
    run};

}  // namespace waxseal::command
