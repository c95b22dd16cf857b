// waxseal sign: the headers that deliver a body in a dialect.
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "input.hpp"
#include "sending.hpp"

namespace waxseal::command {
namespace {

using nlohmann::ordered_json;
using times = option_spec::times;

constexpr option_spec options_table[] = {
    {"dialect", "NAME|FILE", times::once, "how to sign: `waxseal dialects` lists the names"},
    {"secret", "SECRET", times::any, "env:NAME, file:PATH or the secret; again where several sign"},
    {"setting", "NAME=VALUE", times::any, "what was configured beside the secret, where the dialect asks for it"},
    {"body", "FILE", times::once, "the raw body (- is standard input)"},
    {"id", "ID", times::at_most_once, "the event's id; left out: the body's, or a new one"},
    {"type", "TYPE", times::at_most_once, "the event's type; left out: the body's"},
    {"delivery", "ID", times::at_most_once, "the id of this delivery; left out: a new one"},
    {"timestamp", "UNIX", times::at_most_once, "when it is signed; left out: the clock"},
    {"url", "URL", times::at_most_once, "the address it goes to, where the dialect signs it"},
    {"method", "METHOD", times::at_most_once, "its method, where the dialect signs it; else POST"},
    {"json", nullptr, times::at_most_once, "answer with one JSON object, header name to value"},
};

result<int, failure> run(const arguments& given) {
  const auto timestamp = read_integer(given, "timestamp", clock_now());
  if (!timestamp) return timestamp.error();
  const auto from = read_dialect(given.one("dialect"));
  if (!from) return from.error();
  const auto secrets = read_secrets(given);
  if (!secrets) return secrets.error();
  const auto body = read_file(given.one("body"));
  if (!body) return body.error();

  const auto text = [&](const char* option) { return std::string(given.one(option)); };
  const auto settings = read_settings(given);
  if (!settings) return settings.error();
  const auto message = sign_message(
      *from, *secrets, *settings,
      {*body, text("id"), text("type"), text("delivery"), text("url"), text("method"), *timestamp});
  if (!message) return message.error();
  ordered_json object = ordered_json::object();
  std::string lines;
  for (const auto& each : message->headers) {
    object[each.name] = each.value;
    lines += each.name + ": " + each.value + "\n";
  }
  if (message->signed_in_body) {
    object["body"] = message->body;
    lines += "\n" + message->body + "\n";
  }
  const auto dumped = object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  print(given.has("json") ? dumped + "\n" : lines);
  return static_cast<int>(verified);
}

}  // namespace

const command sign_command = {
    "sign",
    "print the headers that deliver a body",
    "",
    0,
    options_table,
    "The lines are as `waxseal verify --headers` reads them. Where the signature stands in the body,\n"
    "an empty line and the body to send follow; with --json it is the member `body`.\n",
    nullptr,
    run};

}  // namespace waxseal::command
