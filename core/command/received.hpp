// A webhook as it was received, read from the command line: what verify and explain look at.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "input.hpp"
#include "waxseal/dialect.hpp"
#include "waxseal/verifier.hpp"

namespace waxseal::command {

/// The options that tell it.
extern const std::span<const option_spec> received_options;

struct received {
  dialect from;
  std::vector<std::string> secrets;
  std::vector<header_line> settings;
  options how;
  std::int64_t now;  ///< Unix seconds
  std::vector<header_line> lines;
  std::string body;
  std::string url;
  std::string method;

  static result<received, failure> read(const arguments& given);

  /// Views into `lines`.
  std::vector<header> headers() const;
  request as_request(std::span<const header> headers) const { return {headers, body, url, method}; }
};

}  // namespace waxseal::command
