// The commands: a name, a table of options, a function each. main.cpp lists them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "arguments.hpp"

namespace waxseal::command {

/// One word after `waxseal`.
struct command {
  const char* name;
  const char* summary;   ///< one line of the overview
  const char* operands;  ///< as the usage line writes them
  std::size_t max_operands;
  std::span<const option_spec> options;
  const char* notes;     ///< last lines of its help
  const char* absent;    ///< why this program can only print its help; nullptr: it can run it
  /// Answers on standard output and gives the exit code, or says why it cannot.
  result<int, failure> (*run)(const arguments& given);
};

extern const command verify_command;
extern const command explain_command;
extern const command sign_command;
extern const command sample_command;
extern const command dialects_command;
extern const command send_command;
extern const command listen_command;
extern const command replay_command;
extern const command doctor_command;
extern const command relay_command;

/// Writes to standard output. `main` looks whether all of it arrived.
void print(std::string_view text);

/// `text` for a terminal: control characters, which could move its cursor, are written as `?`.
std::string printable(std::string_view text);

/// Unix seconds as an RFC 3339 date and time in UTC.
std::string date_time(long long unix_seconds);

}  // namespace waxseal::command
