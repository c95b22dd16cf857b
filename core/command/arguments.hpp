// What the user typed, read by a command's table of options. Used by every command.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "waxseal/status.hpp"

namespace waxseal::command {

/// How a command ends; the number is the process's exit code.
enum exit_code : int { verified = 0, refused = 1, wrong_usage = 2, could_not_run = 3 };

/// Why a command stops without an answer, as a sentence for the user.
struct failure {
  exit_code code;
  std::string sentence;
};

/// One row of a command's table.
struct option_spec {
  enum class times { at_most_once, once, any, at_least_once };
  const char* name;   ///< without its dashes
  const char* value;  ///< what its value is called; nullptr: it takes none
  times allowed;
  const char* help;
};

/// The words of a command line, sorted by option. Holds only what the table allows.
class arguments {
 public:
  /// @param words  without the program's and the command's names
  static result<arguments, failure> read(std::span<const option_spec> table,
                                         std::span<char* const> words, std::size_t max_operands);

  bool has(std::string_view option) const { return values_.find(option) != values_.end(); }
  /// The last value of `option`; empty where it was left out.
  std::string_view one(std::string_view option) const;
  std::span<const std::string> all(std::string_view option) const;
  std::span<const std::string> operands() const { return operands_; }
  bool wants_help() const { return help_; }

 private:
  /// Takes one of getopt_long's answers, which it gave for `word`.
  std::optional<failure> take(std::span<const option_spec> table, int answer, std::string_view word);

  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> operands_;
  bool help_ = false;
};

/// "; did you mean NAME?" for the nearest of `names`, or nothing where none is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> names);

}  // namespace waxseal::command
