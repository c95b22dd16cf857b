// What a command reads besides its words: files, standard input, environment, clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.hpp"
#include "waxseal/dialect.hpp"
#include "waxseal/verifier.hpp"

namespace waxseal::command {

/// All bytes of the file at `path`; `-` is standard input.
result<std::string, failure> read_file(std::string_view path);

/// The embedded dialect called `name`, or the one in the file `name`, which is a path where it
/// ends in .json or contains a slash.
result<dialect, failure> read_dialect(std::string_view name);

/// The secrets that `--secret` names: `env:NAME`, `file:PATH` (one line end taken off) or the
/// secret itself, about which a terminal is warned.
result<std::vector<std::string>, failure> read_secrets(const arguments& given);

/// A header line as typed.
struct header_line {
  std::string name;
  std::string value;
};

/// The lines of `--headers FILE` and of each `--header`, in this order.
result<std::vector<header_line>, failure> read_headers(const arguments& given);

/// The integer that `option` holds, or `otherwise` where it was left out.
result<std::int64_t, failure> read_integer(const arguments& given, std::string_view option,
                                           std::int64_t otherwise);

/// Unix seconds. The command is where a clock is read; the library never does.
std::int64_t clock_now();

/// The names and values of each `--setting NAME=VALUE`.
result<std::vector<header_line>, failure> read_settings(const arguments& given);

/// Opens a verifier, its sentence a failure.
result<verifier, failure> open_verifier(const dialect& from, const std::vector<std::string>& secrets,
                                        const options& how, const std::vector<header_line>& settings);

}  // namespace waxseal::command
