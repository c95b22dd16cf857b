// waxseal listen, replay and doctor: tools for the machine of whoever receives webhooks; and relay, for
// whoever runs one. Their usage is
// written here, with every other command's; what they do needs a network, so that the WASI build prints
// the checked settings as JSON and the npm package's launcher (functions/local) does the rest.
#include "command.hpp"
#include "draft.hpp"
#include "input.hpp"

namespace waxseal::command {
namespace {

using times = option_spec::times;
using nlohmann::ordered_json;

constexpr option_spec listen_options[] = {
    {"port", "PORT", times::at_most_once, "where to listen; left out: 3000; 0: any that is free"},
    {"host", "ADDRESS", times::at_most_once, "left out: 127.0.0.1, this machine alone"},
    {"dialect", "NAME|FILE", times::at_most_once, "verify as this system's; left out: nothing is verified"},
    {"secret", "SECRET", times::any, "env:NAME, file:PATH or the secret; again while one replaces another"},
    {"setting", "NAME=VALUE", times::any, "what was configured beside the secret, where the dialect asks for it"},
    {"forward", "URL", times::at_most_once, "hand what is not refused on, byte for byte, and answer as it does"},
    {"file", "FILE", times::at_most_once, "where to keep them; left out: waxseal-webhooks.jsonl"},
    {"details", nullptr, times::at_most_once, "with each line print headers and body"},
    {"plain", nullptr, times::at_most_once, "lines in place of the terminal view; so too when piped"},
};

constexpr option_spec replay_options[] = {
    {"id", "ID", times::any, "only this one, by its number or its event's id; again for the next"},
};

constexpr option_spec doctor_options[] = {
    {"dialect", "NAME|FILE", times::at_most_once, "sign the test post as this system"},
    {"secret", "SECRET", times::any, "env:NAME, file:PATH or the secret"},
    {"setting", "NAME=VALUE", times::any, "what was configured beside the secret, where the dialect asks for it"},
};

constexpr option_spec relay_options[] = {
    {"config", "FILE", times::at_most_once, "the relay's; left out: waxseal.config.json"},
};

[[maybe_unused]] bool is_url(std::string_view text) {
  return text.rfind("http://", 0) == 0 || text.rfind("https://", 0) == 0;
}

#ifdef __wasi__

/// `dialect`, `secrets` and the dialect's own `settings`: all or none. With `may_fetch` no secret is needed
/// where the dialect says from where its keys are fetched; `fetch` is then true.
std::optional<failure> add_dialect(const arguments& given, ordered_json& settings, bool may_fetch) {
  if (!given.has("dialect")) {
    const char* const alone = given.has("secret") ? "--secret" : given.has("setting") ? "--setting" : nullptr;
    if (!alone) return std::nullopt;
    return failure{wrong_usage, std::string(alone) + " without --dialect: write --dialect NAME|FILE"};
  }
  const auto from = read_dialect(given.one("dialect"));
  if (!from) return from.error();
  const auto secrets = read_secrets(given);
  if (!secrets) return secrets.error();
  const auto named = read_settings(given);
  if (!named) return named.error();
  options how;
  how.fetched_keys = may_fetch && secrets->empty() && ordered_json::parse(from->source()).contains("key");
  if (const auto hook = open_verifier(*from, *secrets, how, *named); !hook) return hook.error();
  if (how.fetched_keys) settings["fetch"] = true;
  settings["settings"] = ordered_json::object();
  for (const auto& each : *named) settings["settings"][each.name] = each.value;
  settings["dialect"] = from->source();
  settings["secrets"] = *secrets;
  return std::nullopt;
}

result<int, failure> answer(const ordered_json& settings) {
  print(settings.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
  return static_cast<int>(verified);
}

result<int, failure> listen(const arguments& given) {
  const auto port = read_integer(given, "port", 3000);
  if (!port || *port > 65535) return failure{wrong_usage, "--port is no port: write --port 3000"};
  ordered_json settings = {{"port", *port},
                           {"host", given.has("host") ? given.one("host") : "127.0.0.1"},
                           {"file", given.has("file") ? given.one("file") : "waxseal-webhooks.jsonl"},
                           {"details", given.has("details")},
                           {"plain", given.has("plain")}};
  if (given.has("forward")) {
    if (!is_url(given.one("forward"))) {
      return failure{wrong_usage, "--forward is no URL: write --forward http://… or https://…"};
    }
    settings["forward"] = given.one("forward");
  }
  if (const auto problem = add_dialect(given, settings, true)) return *problem;
  return answer(settings);
}

result<int, failure> replay(const arguments& given) {
  const auto words = given.operands();
  if (words.empty()) return failure{wrong_usage, "the file is missing: write the one that waxseal listen kept"};
  if (words.size() > 1 && !is_url(words[1])) {
    return failure{wrong_usage, "the last word is no URL: write http://… or https://…"};
  }
  const auto text = read_file(words.front());
  if (!text) return text.error();
  ordered_json settings = {{"text", *text}, {"ids", given.all("id")}};
  if (words.size() > 1) settings["url"] = words[1];
  return answer(settings);
}

result<int, failure> doctor(const arguments& given) {
  ordered_json settings = ordered_json::object();
  if (!given.operands().empty()) {
    if (!is_url(given.operands().front())) {
      return failure{wrong_usage, "the last word is no URL: write http://… or https://…"};
    }
    settings["url"] = given.operands().front();
  }
  if (const auto problem = add_dialect(given, settings, false)) return *problem;
  return answer(settings);
}

result<int, failure> relay(const arguments& given) {
  const auto& words = given.operands();
  if (words.size() != 2 || (words[0] != "backup" && words[0] != "restore")) {
    return failure{wrong_usage, "write backup FILE or restore FILE"};
  }
  ordered_json settings = {{"action", words[0]}, {"file", words[1]}};
  if (given.has("config")) settings["config"] = given.one("config");
  return answer(settings);
}

constexpr const char* absent = nullptr;
constexpr const char* no_storage = nullptr;

#else

constexpr const char* absent = "this program has no network code; the npm package has: npx waxseal";
constexpr const char* no_storage = "this program has no SQLite; the npm package has: npx waxseal";

result<int, failure> listen(const arguments&) { return failure{wrong_usage, absent}; }
constexpr auto replay = listen;
constexpr auto doctor = listen;

result<int, failure> relay(const arguments&) { return failure{wrong_usage, no_storage}; }

#endif

}  // namespace

const command listen_command = {
    "listen",
    "show webhooks as they come (npm package only)",
    "",
    0,
    listen_options,
    "Behind a tunnel: ngrok http 3000. Ends with Ctrl-C.\n"
    "Where the dialect publishes its keys, as AWS SNS does, --secret may be left out: they are fetched.\n",
    absent,
    listen};

const command replay_command = {
    "replay",
    "send again what listen kept (npm package only)",
    "FILE [URL]",
    2,
    replay_options,
    "URL left out: the path each came to, at http://127.0.0.1:3000. The bytes and headers are those\n"
    "that came: a dialect with a tolerance may call them too old.\n"
    "Exit code: 0 where every answer was 2xx, 1 any other, 2 wrong usage, 3 unreachable.\n",
    absent,
    replay};

const command doctor_command = {
    "doctor",
    "check this machine, and the URL that receives webhooks (npm package only)",
    "[URL]",
    1,
    doctor_options,
    "The URL gets one POST: with --dialect a signed sample, which it should answer with 2xx; without,\n"
    "an unsigned one, which it should refuse.\n"
    "Exit code: 0 all is well, 1 something is not, 2 wrong usage.\n",
    absent,
    doctor};

const command relay_command = {
    "relay",
    "back up what a relay has stored, or restore it (npm package only)",
    "backup|restore FILE",
    2,
    relay_options,
    "backup: into one FILE, while the relay runs or not. restore: where nothing is stored and no\n"
    "relay runs. "
    "Secrets stay encrypted with WAXSEAL_KEY, which is not in FILE.\n"
    "Exit code: 0 done, 2 wrong usage, 3 it could not be done.\n",
    no_storage,
    relay};

}  // namespace waxseal::command
