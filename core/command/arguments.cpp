// Reads the words of a command line with getopt_long, by a table of options.
#include "arguments.hpp"

#include <getopt.h>

#include <algorithm>

namespace waxseal::command {
namespace {

using times = option_spec::times;
constexpr int first_option = 256;  // getopt_long's answer for row 0; above every character
constexpr int help_option = 'h';
constexpr int operand = 1;

/// Letters to insert, delete or change to make `a` of `b`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, changed});
      diagonal = above;
    }
  }
  return row[b.size()];
}

failure wrong(std::string sentence) { return {wrong_usage, std::move(sentence)}; }

/// The option's name as typed, without dashes and value: a value may be a secret.
std::string_view typed_name(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
  return word.substr(0, word.find('='));
}

failure unknown_option(std::span<const option_spec> table, std::string_view word) {
  std::vector<std::string> names = {"--help"};
  for (const auto& row : table) names.push_back("--" + std::string(row.name));
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string name(typed_name(word));
  const std::string dashes = word.substr(0, 2) == "--" ? "--" : "-";
  return wrong("there is no option " + dashes + name + did_you_mean("--" + name, views));
}

std::vector<option> getopt_table(std::span<const option_spec> table) {
  std::vector<option> rows;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const int takes = table[i].value ? required_argument : no_argument;
    rows.push_back({table[i].name, takes, nullptr, first_option + static_cast<int>(i)});
  }
  rows.push_back({"help", no_argument, nullptr, help_option});
  rows.push_back({nullptr, 0, nullptr, 0});
  return rows;
}

failure missing_value(const option_spec& row) {
  const std::string name = "--" + std::string(row.name);
  return wrong(name + " needs a value: write " + name + ' ' + row.value);
}

/// Whether every option stands as often as its row says.
std::optional<failure> miscounted(std::span<const option_spec> table, const arguments& read) {
  for (const auto& row : table) {
    const auto count = read.all(row.name).size();
    const std::string name = "--" + std::string(row.name);
    const bool needed = row.allowed == times::once || row.allowed == times::at_least_once;
    const bool single = row.allowed == times::once || row.allowed == times::at_most_once;
    if (needed && count == 0) return wrong(name + " is missing: write " + name + ' ' + row.value);
    if (single && count > 1) return wrong(name + " stands more than once: write it once");
  }
  return std::nullopt;
}

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string_view> names) {
  std::string_view best;
  std::size_t least = word.size() / 3 + 2;  // "verfy" is near "verify"; "x" is near nothing
  for (const auto name : names) {
    // the beginning of a name is nearer than any misspelling of another
    const auto d = word.size() > 2 && name.substr(0, word.size()) == word ? 0 : distance(word, name);
    if (d < least && d < name.size()) {
      least = d;
      best = name;
    }
  }
  return best.empty() ? std::string() : "; did you mean " + std::string(best) + '?';
}

std::optional<failure> arguments::take(std::span<const option_spec> table, int answer,
                                       std::string_view word) {
  if (answer == operand) {
    operands_.emplace_back(optarg);
    return std::nullopt;
  }
  if (answer == help_option) {
    help_ = true;
    return std::nullopt;
  }
  const int option = answer == ':' || answer == '?' ? optopt : answer;
  if (option < first_option) return unknown_option(table, word);
  const auto& row = table[static_cast<std::size_t>(option - first_option)];
  // getopt takes an unambiguous beginning for the whole name: scripts that rely on one break when
  // an option is added, so only whole names count.
  if (typed_name(word) != row.name) return unknown_option(table, word);
  if (answer == ':') return missing_value(row);
  if (answer == '?') return wrong("--" + std::string(row.name) + " takes no value: write it alone");
  const bool apart = word.find('=') == std::string_view::npos;
  if (row.value && apart && std::string_view(optarg).substr(0, 2) == "--") return missing_value(row);
  values_[row.name].emplace_back(row.value ? optarg : "");
  return std::nullopt;
}

result<arguments, failure> arguments::read(std::span<const option_spec> table,
                                           std::span<char* const> words,
                                           std::size_t max_operands) {
  arguments out;
  std::string program = "waxseal";
  std::vector<char*> argv = {program.data()};
  argv.insert(argv.end(), words.begin(), words.end());
  const int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  const auto rows = getopt_table(table);
  opterr = 0;
  optind = 1;
  for (;;) {
    const std::string_view word = optind < argc ? argv[static_cast<std::size_t>(optind)] : "";
    // "-": an operand is answered where it stands, and no word is moved. ":": a missing value is ':'.
    const int answer = getopt_long(argc, argv.data(), "-:h", rows.data(), nullptr);
    if (answer == -1) break;
    if (const auto problem = out.take(table, answer, word)) return *problem;
  }
  for (int i = optind; i < argc; ++i) out.operands_.emplace_back(argv[static_cast<std::size_t>(i)]);
  if (out.help_) return out;
  if (out.operands_.size() > max_operands) {
    return wrong("a word belongs to no option: put quotes around a value that holds spaces");
  }
  if (const auto problem = miscounted(table, out)) return *problem;
  return out;
}

std::string_view arguments::one(std::string_view option) const {
  const auto values = all(option);
  return values.empty() ? std::string_view() : std::string_view(values.back());
}

std::span<const std::string> arguments::all(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end()) return {};
  return found->second;
}

}  // namespace waxseal::command
