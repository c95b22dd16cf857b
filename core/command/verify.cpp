// waxseal verify: is this webhook authentic, and what does it say?
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "input.hpp"
#include "received.hpp"
#include "refusal.hpp"

namespace waxseal::command {
namespace {

using nlohmann::ordered_json;
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
                        : "authenticated: the token or signature is right for " + title +
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
  const auto webhook = received::read(given);
  if (!webhook) return webhook.error();
  auto hook = open_verifier(webhook->from, webhook->secrets, webhook->how, webhook->settings);
  if (!hook) return hook.error();
  const auto lines = webhook->headers();
  const bool json = given.has("json");
  const auto seen = hook->verify(webhook->as_request(lines), webhook->now);
  if (!seen) {
    const int code = answer_refused(seen.error(), json);
    if (!json && isatty(STDOUT_FILENO)) {
      std::fputs("`waxseal explain` with the same arguments says why, and what to do.\n", stderr);
    }
    return code;
  }
  print(json ? as_json(webhook->from, *seen) : as_text(webhook->from, *seen, webhook->secrets.size()));
  return static_cast<int>(verified);
}

}  // namespace

const command verify_command = {
    "verify",
    "check that a webhook is authentic, and read its event",
    "",
    0,
    received_options,
    "Exit code: 0 verified, 1 refused, 2 wrong usage, 3 could not run.\n",
    nullptr,
    run};

}  // namespace waxseal::command
