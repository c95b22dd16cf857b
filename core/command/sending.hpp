// The headers that deliver a body, signed; shared by sign and send.
#pragma once

#include <string>
#include <vector>

#include "arguments.hpp"
#include "input.hpp"
#include "waxseal/dialect.hpp"
#include "waxseal/verifier.hpp"

namespace waxseal::command {

/// What the user says of a message; empty fields are found or made.
struct sending {
  std::string body;
  std::string id;        ///< empty: the body's, else a new one in the dialect's form
  std::string type;      ///< empty: the body's, else none
  std::string delivery;  ///< empty: a new one in the dialect's form
  std::string url;
  std::string method;
  long long timestamp;   ///< Unix seconds
};

/// What is sent: the body is the message's own but where the signature stands in it.
struct signed_sending {
  std::vector<signed_header> headers;
  std::string body;
  bool signed_in_body = false;
};

/// Signs `what` with the first of the secrets, or with none where the dialect may send unsigned.
///
/// @param settings  the dialect's, such as `read_settings` reads them
result<signed_sending, failure> sign_message(const dialect& from, const std::vector<std::string>& secrets,
                                             const std::vector<header_line>& settings, sending what);

}  // namespace waxseal::command
