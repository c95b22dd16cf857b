// waxseal explain: why was this webhook refused, and what is to be done?
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "received.hpp"
#include "refusal.hpp"
#include "waxseal/explain.hpp"

namespace waxseal::command {
namespace {

using nlohmann::ordered_json;

std::string as_json(const explanation& why) {
  ordered_json causes = ordered_json::array();
  for (const auto& each : why.findings) {
    causes.push_back({{"code", std::string(each.code)},
                      {"certainty", std::string(name(each.sure))},
                      {"sentence", each.sentence},
                      {"remedy", std::string(each.remedy)},
                      {"line", each.line.empty() ? ordered_json(nullptr) : ordered_json(std::string(each.line))}});
  }
  const bool ok = why.code == status::ok;
  const ordered_json answer = {
      {"ok", ok}, {"code", ok ? ordered_json(nullptr) : ordered_json(std::string(name(why.code)))}, {"causes", causes}};
  return answer.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

/// `text` in lines of at most 79 columns, broken at blanks, `indent` before each.
std::string wrapped(std::string_view text, const std::string& indent) {
  constexpr std::size_t columns = 79;
  std::string out, line = indent;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (line.size() > indent.size() && line.size() + 1 + word.size() > columns) {
      out += line + "\n";
      line = indent;
    }
    if (line.size() > indent.size()) line += ' ';
    line += word;
  }
  return out + line + "\n";
}

std::string_view heading(certainty sure) {
  constexpr std::string_view texts[] = {
      "The cause; with it undone the webhook verifies:",
      "The causes; with all of them undone the webhook verifies:",
      "What the request shows:",
      "What it looks like:",
  };
  return texts[static_cast<unsigned>(sure)];
}

std::string as_text(const finding& found) {
  std::string out = wrapped(printable(found.sentence) + " (" + std::string(found.code) + ")", "  ");
  out += wrapped(found.remedy, "  ");
  if (!found.line.empty()) out.append("\n      ").append(found.line).append("\n");
  return out;
}

std::string as_text(const dialect& from, const explanation& why) {
  const std::string title(from.title());
  if (why.code == status::ok) {
    std::string out("verified: the webhook is authentic for ");
    out.append(title).append("; there is nothing to explain\n");
    for (const auto& each : why.findings) out.append("\n").append(as_text(each));
    return out;
  }
  std::string out("refused: ");
  out.append(name(why.code)).append("\n").append(sentence(why.code)).append("\n");
  if (why.findings.empty()) return out.append("\n").append(wrapped(no_cause_found, ""));
  const finding* last = nullptr;
  for (const auto& each : why.findings) {
    if (!last || last->sure != each.sure) out.append("\n").append(heading(each.sure)).append("\n");
    out.append("\n").append(as_text(each));
    last = &each;
  }
  return out;
}

result<int, failure> run(const arguments& given) {
  const auto webhook = received::read(given);
  if (!webhook) return webhook.error();
  std::vector<dialect> others;
  for (const auto& each : embedded_dialects()) {
    auto other = dialect::load(each.json, each.name);
    if (other) others.push_back(std::move(*other));
  }
  const std::vector<std::string_view> secrets(webhook->secrets.begin(), webhook->secrets.end());
  const auto lines = webhook->headers();
  std::vector<setting> settings;
  for (const auto& each : webhook->settings) settings.push_back({each.name, each.value});
  options how = webhook->how;
  how.settings = settings;
  const auto why = explain(webhook->from, secrets, webhook->as_request(lines), webhook->now, others, how);
  print(given.has("json") ? as_json(why) : as_text(webhook->from, why));
  return static_cast<int>(why.code == status::ok ? verified : refused);
}

}  // namespace

const command explain_command = {
    "explain",
    "say why a webhook is refused, and what to do",
    "",
    0,
    received_options,
    "For the owner of the secret: what it says helps whoever forges webhooks.\n"
    "Exit code: 0 it verifies, 1 refused and explained, 2 wrong usage, 3 could not run.\n",
    nullptr,
    run};

}  // namespace waxseal::command
