// The command line `waxseal`: finds the command, prints its help or runs it. Built natively and for
// WASI, where the npm package's launcher (js/command.ts) runs it, so that both say the same.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "command.hpp"

namespace waxseal::command {
namespace {

const command* const commands[] = {&verify_command, &explain_command, &sign_command, &sample_command,
                                   &dialects_command, &send_command,
                                   &listen_command, &replay_command, &doctor_command,
                                   &relay_command};

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string overview() {
  std::string out = "Waxseal signs, verifies and delivers webhooks.\n\nusage: waxseal COMMAND [OPTIONS]\n\n";
  for (const auto* each : commands) out += padded("  " + std::string(each->name), 12) + each->summary + "\n";
  return out + "\n`waxseal COMMAND --help` tells its options; `waxseal --version` the version.\n";
}

/// The option as its row is written in the help: with its value.
std::string written(const option_spec& row) {
  return "--" + std::string(row.name) + (row.value ? " " + std::string(row.value) : "");
}

/// The usage line, broken before column 80.
std::string usage(const command& of) {
  using times = option_spec::times;
  const std::string start = "usage: waxseal " + std::string(of.name);
  std::string out, line = start;
  const auto add = [&](const std::string& word) {
    if (line.size() + 1 + word.size() > 79) {
      out += line + "\n";
      line.assign(start.size(), ' ');
    }
    line += ' ' + word;
  };
  for (const auto& row : of.options) {
    const bool optional = row.allowed != times::once && row.allowed != times::at_least_once;
    const bool repeats = row.allowed == times::any || row.allowed == times::at_least_once;
    add((optional ? "[" + written(row) + "]" : written(row)) + (repeats ? "..." : ""));
  }
  if (*of.operands) add(of.operands);
  return out + line + "\n";
}

std::string help(const command& of) {
  std::string out = usage(of) + "\n" + of.summary + "\n\n";
  std::size_t width = 0;
  for (const auto& row : of.options) width = std::max(width, written(row).size() + 4);
  for (const auto& row : of.options) out += padded("  " + written(row), width) + row.help + "\n";
  out += padded("  --help", width) + "print this\n";
  return *of.notes ? out + "\n" + of.notes : out;
}

int complain(const command* of, const failure& why) {
  const std::string who = of ? "waxseal " + std::string(of->name) : "waxseal";
  std::string text = who + ": " + why.sentence + "\n";
  if (why.code == wrong_usage) text += "Try: " + who + " --help\n";
  std::fputs(text.c_str(), stderr);
  return why.code;
}

int run(const command& of, std::span<char* const> words) {
  const auto given = arguments::read(of.options, words, of.max_operands);
  const bool wants_help = given && given->wants_help();
  if (of.absent && !wants_help) return complain(&of, {wrong_usage, of.absent});
  if (!given) return complain(&of, given.error());
  if (wants_help) {
    print(help(of));
    return verified;
  }
  const auto code = of.run(*given);
  return code ? *code : complain(&of, code.error());
}

int dispatch(std::span<char* const> words) {
  const std::string_view first = words.empty() ? std::string_view() : words.front();
  for (const auto* each : commands) {
    if (first == each->name) return run(*each, words.subspan(1));
  }
  if (first == "--version") {
    print("waxseal " WAXSEAL_VERSION "\n");
    return verified;
  }
  if (first == "--help" || first == "-h" || first == "help") {
    print(overview());
    return verified;
  }
  std::vector<std::string_view> names = {"--help", "--version"};
  for (const auto* each : commands) names.push_back(each->name);
  if (words.empty()) return complain(nullptr, {wrong_usage, "say what to do: write waxseal verify …"});
  return complain(nullptr, {wrong_usage, "there is no command " + printable(first) + did_you_mean(first, names)});
}

}  // namespace

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return out;
}

std::string date_time(long long unix_seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds{unix_seconds}};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{time - midnight};
  char text[80];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02lld:%02lld:%02lldZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<long long>(clock.hours().count()),
                static_cast<long long>(clock.minutes().count()),
                static_cast<long long>(clock.seconds().count()));
  return text;
}

}  // namespace waxseal::command

int main(int argc, char** argv) {
#ifdef __wasi__
  // WASI has no current folder; the launcher passes it as PWD.
  if (const char* folder = std::getenv("PWD")) {
    if (chdir(folder) != 0) std::fputs("waxseal: the current folder cannot be entered\n", stderr);
  }
#endif
  const int code = waxseal::command::dispatch(std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    std::fputs("waxseal: the answer could not be written\n", stderr);
    return waxseal::command::could_not_run;
  }
  return code;
}
