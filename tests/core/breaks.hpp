// Every way in which the generator of explain_test.cpp breaks a webhook that verifies. Written apart
// from the core, from what is done to webhooks in practice, so that it does not repeat its mistakes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "vectors.hpp"

namespace test {

/// What a webhook that verifies says.
struct accepted {
  std::string id;
  unsigned secret;
  std::optional<std::int64_t> timestamp;
};

/// A webhook, and all that its verdict depends on.
struct webhook {
  const waxseal::dialect* from = nullptr;
  json said;  ///< the dialect's file
  std::string name;
  std::vector<std::string> secrets;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body, url, method;
  std::int64_t now = 0;
  waxseal::options how;

  std::vector<waxseal::header> lines() const;
  waxseal::result<accepted> verify() const;  ///< `internal` where no verifier can be opened
  bool is_accepted() const { return static_cast<bool>(verify()); }
  /// The header of that name, any case, or null.
  std::string* header(std::string_view name);
  std::string signature_header() const;
  std::string text_at(const char* pointer) const;
  /// Signs it anew with `secret`; false where the dialect cannot sign it so that it verifies with `secrets`.
  bool sign(std::string_view secret);
  std::string hint;  ///< ids that a new signature needs
  std::vector<std::pair<std::string, std::string>> settings = {};
  /// `how` with the settings, which `into` keeps.
  waxseal::options with_settings(std::vector<waxseal::setting>& into) const;
  /// Where the dialect has several ways of signing, leaves in `said` the one that this webhook shows.
  void choose_way();
};

/// Breaks a webhook; false where this way does not apply to it.
struct break_way {
  std::string expected;  ///< the code of the cause
  std::function<bool(webhook&)> apply;
};

const std::vector<break_way>& break_ways();

/// JSON text written anew, its numbers and the order of its keys untouched. `indent` < 0: compact;
/// 0: a space behind every comma and colon.
std::string reformat(const std::string& text, int indent);
std::string ascii_escaped(const std::string& text);
std::string encoded(waxseal::encoding how, const std::string& bytes);

}  // namespace test
